using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// emotion2vec of base size on one thread: features of five seconds, and one pre-training update on three clips of five
/// seconds with eight clones. Steps when it is asked to, as base_size.py does, which is the same in plain PyTorch;
/// <see cref="BaseSizeComparison"/> asks both.
/// </summary>
internal static class BaseSize
{
    private const int Samples = 80_000;

    /// <param name="shorter">Samples by which each clip is shorter than the one before: in a corpus hardly two are equally long.</param>
    internal static Task Inference(int shorter)
    {
        var samples = Samples + shorter;
        using var model = Random(new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec));
        model.eval();
        using var speech = Speech(1);
        return Serve(() =>
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            model.Forward(speech.narrow(1, 0, samples -= shorter));
        });
    }

    /// <summary>Another encoder: features of clips of which no two are equally long.</summary>
    internal static Task Encoder(SpeechTransformer model)
    {
        using var network = Random(model);
        model.eval();
        using var speech = Speech(1);
        var samples = Samples + 320;
        return Serve(() =>
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            model.Forward(speech.narrow(1, 0, samples -= 320));
        });
    }

    internal static Task Pretraining()
    {
        using var student = Random(new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec, Data2Vec2Role.Student));
        student.Dropout = new Data2Vec2Dropout(LayerDrop: 0, PrenetLayerDrop: 0);
        using var teacher = new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec, Data2Vec2Role.Teacher);
        var average = new EmaTeacher(student, teacher);
        average.Copy();
        var pretraining = new Data2Vec2Pretraining(student, teacher, new Data2Vec2Objective());
        using var optimizer = new FairseqAdam(student.named_parameters());
        using var speech = Speech(3);
        var mask = new MaskOptions().Draw(24, 249, new SplitMix64(1));
        return Serve(() =>
        {
            using var scope = NewDisposeScope();
            student.zero_grad();
            var losses = pretraining.Forward(speech, mask);
            losses.Total.backward();
            optimizer.ScaleGradients(1.0 / losses.SampleSize);
            optimizer.Step(7.5e-5);
            average.Update(0.999);
        });
    }

    private static Task Serve(Action step)
    {
        set_num_threads(1);
        step();
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null)
        {
            var (cpu, wall) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
            step();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.0000} {wall.Elapsed.TotalSeconds:0.0000}"));
        }
        Console.WriteLine($"peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20}");
        return Task.CompletedTask;
    }

    private static Tensor Speech(int utterances)
    {
        using var generator = new Generator(1);
        using var noise = randn(utterances, Samples, generator: generator);
        return nn.functional.layer_norm(noise, [Samples]);
    }

    private static T Random<T>(T model) where T : nn.Module
    {
        using var _ = no_grad();
        foreach (var parameter in model.parameters())
            if (parameter.ndim > 1) parameter.normal_(0, 0.02).Dispose();
        return model;
    }
}
