using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>data2vec 1.0 audio.</summary>
internal static class Data2Vec1Parity
{
    internal static void Check(ParityFixture fixture, Comparison comparison)
    {
        var sizes = Sizes(fixture);
        using var model = new Data2Vec1Audio(sizes, pretraining: true);
        Inference.CheckNames(model, fixture);
        Inference.Fill(model, fixture);
        CheckInference(fixture, comparison, model);
        if (fixture.First("pretrain.source", "source") is { } source) CheckPretraining(fixture, comparison, model, fixture.Load(source));
    }

    internal static Data2Vec1Sizes Sizes(ParityFixture fixture)
    {
        var shapes = fixture.ParameterShapes();
        var standard = Data2Vec1Sizes.Base;
        if (!shapes.TryGetValue("encoder.layers.0.fc1.weight", out var fc1)) return standard;
        var (width, positional) = ((int)fc1[1], shapes["encoder.pos_conv.0.0.weight"]);
        return standard with
        {
            Width = width,
            FeedForward = (int)fc1[0],
            Extractor = ConvolutionalExtractor.Standard((int)shapes["feature_extractor.conv_layers.0.0.weight"][0]),
            // No shape tells the heads: 64 values each as in the base model, four in the tiny ones.
            Heads = fixture.Setting("heads", width >= 512 ? width / 64 : 4),
            Depth = shapes.Keys.Select(n => Regex.Match(n, @"^encoder\.layers\.(\d+)\.")).Where(m => m.Success).Max(m => int.Parse(m.Groups[1].Value)) + 1,
            PositionalDepth = shapes.Keys.Select(n => Regex.Match(n, @"^encoder\.pos_conv\.(\d+)\.")).Where(m => m.Success).Max(m => int.Parse(m.Groups[1].Value)) + 1,
            PositionalKernel = (int)positional[2],
            PositionalGroups = width / (int)positional[1],
        };
    }

    private static void CheckInference(ParityFixture fixture, Comparison comparison, Data2Vec1Audio model)
    {
        using var _ = no_grad();
        model.eval();
        Inference.Check(fixture, comparison, model.Sizes.Width >= 512 ? 1e-4 : 5e-5, (waveforms, valid, see) =>
        {
            var last = $"conv{model.Sizes.Extractor.Length - 1}";
            var outputs = model.Forward(waveforms, valid, (stage, value) =>
            {
                see(stage, value);
                see(stage == last ? "conv" : stage switch { "proj_ln" => "ln", "projected" => "proj", "pos" => "pos_conv", _ => Regex.Replace(stage, @"^block(\d+)$", "layer$1") }, value);
            });
            see("final", outputs.Last);
            see("final_x", outputs.Last);
            if (valid.Length == 0) return;
            long[] frames = [.. valid.Select(v => ConvolutionalExtractor.Frames(model.Sizes.Extractor, v))];
            see("padding_mask", Inference.Padding(frames, outputs.Last.shape[1]));
        });
    }

    private static void CheckPretraining(ParityFixture fixture, Comparison comparison, Data2Vec1Audio student, Tensor source)
    {
        student.train();
        using var teacher = new Data2Vec1Encoder(student.Sizes);
        var average = new EmaTeacher(student.Encoder, teacher, Data2Vec1Pretraining.CopiedToTeacher);
        average.Copy();
        var pretraining = new Data2Vec1Pretraining(student, teacher,
            new Data2Vec2Objective { TopLayers = fixture.Setting("topk", Math.Min(8, student.Sizes.Depth)), Utterance = UtteranceLoss.None });
        new PretrainingParity(fixture, comparison, student, teacher, average)
            .Run((_, mask, see) => pretraining.Forward(source, mask, (stage, value) => see(stage, value)), stage => stage);
    }
}
