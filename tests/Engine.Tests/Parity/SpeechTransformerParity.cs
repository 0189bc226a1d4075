using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>wav2vec 2.0, HuBERT and WavLM.</summary>
internal static class SpeechTransformerParity
{
    internal static void Wav2Vec2(ParityFixture fixture, Comparison comparison) => Check(fixture, comparison, "wav2vec2", Engine.Upstreams.Wav2Vec2.Plan);

    internal static void Hubert(ParityFixture fixture, Comparison comparison) => Check(fixture, comparison, "hubert", Engine.Upstreams.Hubert.Plan);

    internal static void WavLm(ParityFixture fixture, Comparison comparison)
    {
        CheckBuckets(fixture, comparison);
        Check(fixture, comparison, "wavlm", Engine.Upstreams.WavLm.Plan);
    }

    private static void Check(ParityFixture fixture, Comparison comparison, string family, Func<ModelShapes, EncoderPlan> plan)
    {
        var made = plan(FixtureShapes.Of(fixture, family));
        using var module = made.Make();
        var model = (SpeechTransformer)module;
        Inference.CheckFeatureNames(model, fixture);
        Inference.Fill(model, fixture);
        using var _ = no_grad();
        model.eval();
        if (model is WavLm wavLm && fixture.Names.FirstOrDefault(n => n.StartsWith("rel_bias", StringComparison.Ordinal)) is { } table)
            comparison.Close("positions", table, wavLm.Positions(fixture.Shape(table)[^1]), fixture.Load(table).view(-1, fixture.Shape(table)[^2], fixture.Shape(table)[^1]), 1e-6);
        Inference.Check(fixture, comparison, FixtureShapes.Tolerance(model.Sizes.Width), (waveforms, valid, see) =>
        {
            var outputs = model.Forward(waveforms, valid, (stage, value) => see(stage, value));
            see("final", outputs.Layers[^1]);
            see("final_x", outputs.Layers[^1]);
            if (valid.Length > 0) see("padding_mask", Inference.Padding(outputs.ValidFrames, outputs.Layers[^1].shape[1]));
        }, made.Normalise);
    }

    /// <summary>Buckets of tables: of all pairs of frames, or of the distances 0, 1, … and 0, −1, ….</summary>
    private static void CheckBuckets(ParityFixture fixture, Comparison comparison)
    {
        var shapes = FixtureShapes.Of(fixture, "wavlm");
        var own = shapes.Has("encoder.layers.0.self_attn.relative_attention_bias.weight") ? shapes.Shape("encoder.layers.0.self_attn.relative_attention_bias.weight")[0] : 320;
        foreach (var name in fixture.Names.Where(n => n.StartsWith("bucket", StringComparison.Ordinal)))
        {
            // The ones called base have the base model's buckets.
            var buckets = name.Contains("base", StringComparison.Ordinal) ? 320 : own;
            var maximum = (int)(name.Contains("base", StringComparison.Ordinal) ? 800 : shapes.Number("max_distance") ?? own * 5 / 2);
            var (rows, columns) = (fixture.Shape(name)[0], fixture.Shape(name)[1]);
            var sign = name.EndsWith("neg", StringComparison.Ordinal) ? -1 : 1;
            var actual = new long[rows * columns];
            for (var i = 0L; i < rows; i++)
                for (var j = 0L; j < columns; j++) actual[i * columns + j] = Engine.Upstreams.WavLm.Bucket(rows == 1 ? sign * j : j - i, buckets, maximum);
            comparison.Close("buckets", name, tensor(actual, [rows, columns]), fixture.Load(name), 0);
        }
    }
}
