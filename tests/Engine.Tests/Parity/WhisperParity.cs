using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Whisper's log mel energies and encoder.</summary>
internal static class WhisperParity
{
    internal static void Check(ParityFixture fixture, Comparison comparison)
    {
        using var model = (WhisperEncoder)WhisperEncoder.Plan(FixtureShapes.Of(fixture, "whisper")).Make();
        Inference.CheckFeatureNames(model, fixture);
        if (fixture.Has("positional_embedding")) comparison.Close("positions", "positional_embedding", model.state_dict()["positional_embedding"], fixture.Load("positional_embedding"), 1e-6);
        Inference.Fill(model, fixture);
        using var _ = no_grad();
        if (fixture.Names.FirstOrDefault(n => n.StartsWith("mel_filters", StringComparison.Ordinal)) is { } filters)
            comparison.Close("mel filters", filters, tensor(SlaneyMel.Triangles((int)fixture.Shape(filters)[0], WhisperMel.Frame), fixture.Shape(filters)), fixture.Load(filters), 1e-8);

        var (mel, window) = (new WhisperMel(model.Sizes.MelBins), model.Sizes.Frames * 320L);
        var waveform = fixture.Load(fixture.First("in", "in_single", "wave_raw")!).view(1, -1);
        var energies = mel.LogEnergies(nn.functional.pad(waveform, (0, window - waveform.shape[1])));
        var long30 = mel.LogEnergies(nn.functional.pad(waveform, (0, 480_000 - waveform.shape[1])));
        if (fixture.Has("log_mel")) comparison.Close("log mel", "log_mel", energies.squeeze(0).t(), fixture.Load("log_mel"), 2e-5);
        foreach (var name in fixture.Names.Where(n => n.StartsWith("log_mel_30s_first", StringComparison.Ordinal)))
            comparison.Close("log mel", name, long30.squeeze(0).t().narrow(1, 0, fixture.Shape(name)[1]), fixture.Load(name), 2e-5);
        if (fixture.Scalar("log_mel_30s_min") is { } minimum) comparison.Relative("log mel", "log_mel_30s_min", long30.min().ToDouble(), minimum, 1e-5);

        var stages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        model.Encode(energies, (stage, value) => stages[stage] = value.clone().MoveToOuterDisposeScope());
        foreach (var name in fixture.Names.Where(n => n.StartsWith("out.", StringComparison.Ordinal)))
        {
            if (!stages.TryGetValue(name["out.".Length..], out var actual)) comparison.Unknown(name);
            else comparison.Close(name.EndsWith("final", StringComparison.Ordinal) ? "final features" : "stages", name, actual, fixture.Load(name), FixtureShapes.Tolerance(model.Sizes.Width));
        }
        // The way features are made: from the waveform, as many frames as it has samples / 320.
        var frames = Math.Min(waveform.shape[1] / 320, model.Sizes.Frames);
        if (fixture.Has("out.final"))
            comparison.Close("features", "Layers", model.Layers(waveform.narrow(1, 0, Math.Min(waveform.shape[1], window)))[^1], fixture.Load("out.final").narrow(1, 0, frames), FixtureShapes.Tolerance(model.Sizes.Width));
    }
}
