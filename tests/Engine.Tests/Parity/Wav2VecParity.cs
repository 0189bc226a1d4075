using System.Text.Json.Nodes;
using Emotion2Vec.Engine.Upstreams;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>wav2vec and vq-wav2vec. Their numbers lie (batch, channels, frames).</summary>
internal static class Wav2VecParity
{
    internal static void Wav2Vec(ParityFixture fixture, Comparison comparison) => Check(fixture, comparison, "wav2vec", Engine.Upstreams.Wav2Vec.Plan, new());

    /// <summary>The reference was run with the compression that the published vq-wav2vec has not.</summary>
    internal static void VqWav2Vec(ParityFixture fixture, Comparison comparison) =>
        Check(fixture, comparison, "vq_wav2vec", Engine.Upstreams.VqWav2Vec.Plan, new() { ["log_compression"] = true });

    private static void Check(ParityFixture fixture, Comparison comparison, string family, Func<ModelShapes, EncoderPlan> plan, JsonObject standard)
    {
        var made = plan(FixtureShapes.Of(fixture, family, standard));
        using var model = made.Make();
        Inference.CheckFeatureNames(model, fixture);
        Inference.Fill(model, fixture);
        using var _ = no_grad();
        var waveform = fixture.Load(fixture.First("in", "in_single", "wave_raw", "wave")!);
        var stages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var layers = model is VqWav2Vec quantised
            ? quantised.Layers(waveform.view(-1, waveform.shape[^1]), (stage, value) => stages[stage] = value)
            : ((Wav2Vec)model).Layers(waveform.view(-1, waveform.shape[^1]));
        stages.TryAdd("z", layers[0]);
        (stages["quantized"], stages["c"], stages["final"]) = (layers[0], layers[^1], layers[^1]);
        foreach (var name in fixture.Names.Where(n => !n.StartsWith("w.", StringComparison.Ordinal) && !n.StartsWith("in", StringComparison.Ordinal)))
        {
            if (!stages.TryGetValue(name[(name.IndexOf('.') + 1)..], out var actual)) comparison.Unknown(name);
            else comparison.Close(name, name, name.EndsWith("codes", StringComparison.Ordinal) ? actual : actual.transpose(1, 2), fixture.Load(name), name.EndsWith("codes", StringComparison.Ordinal) ? 0 : FixtureShapes.Tolerance(made.Width));
        }
    }
}
