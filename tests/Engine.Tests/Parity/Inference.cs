using System.Text.RegularExpressions;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>What the inference fixtures of all encoders share: inputs, names of stages, layouts.</summary>
internal static class Inference
{
    /// <summary>Normalised to mean 0 and variance 1, as the fixture's own normalised waveform is.</summary>
    internal static Tensor Normalise(Tensor waveform) => nn.functional.layer_norm(waveform, [waveform.shape[^1]]);

    /// <summary>Runs what the fixture has input for (one utterance, a padded batch, its second utterance alone) and compares every stage it lists.</summary>
    /// <param name="normalise">Whether a raw waveform is normalised first.</param>
    /// <param name="run">Runs waveforms (B, samples) with their valid samples (empty: all) and gives every stage to the watcher.</param>
    internal static void Check(ParityFixture fixture, Comparison comparison, double tolerance, Action<Tensor, long[], Action<string, Tensor>> run, bool normalise = true)
    {
        if (fixture.First("wave_norm", "in_single", "in") is { } single)
        {
            var waveform = fixture.Load(single).view(1, -1);
            if (normalise && fixture.Has("wave_raw"))
                comparison.Close("normalisation", "wave_norm", Normalise(fixture.Load("wave_raw").view(1, -1)), waveform, 2e-6);
            Compare(waveform, [], "out.", "single.");
        }
        else if (fixture.First("wave_raw", "wave") is { } raw)
        {
            var waveform = fixture.Load(raw).view(1, -1);
            Compare(normalise ? Normalise(waveform) : waveform, [], "out.", "single.");
        }

        if (fixture.First("batch_in", "in_batch") is not { } batchName) return;
        var batch = fixture.Load(batchName);
        var samples = batch.shape[1];
        long[] valid = fixture.First("batch_padding_mask", "in_batch_padding_mask") is { } mask
            ? [.. ParityFixture.Flags(fixture.Load(mask)).Chunk((int)samples).Select(row => (long)row.Count(padded => !padded))]
            : [.. Enumerable.Repeat(samples, (int)batch.shape[0])];
        Compare(batch, valid, "batch_out.", "batch.");
        Compare(batch.narrow(0, 1, 1).narrow(1, 0, valid[1]), [], "second_alone.");

        void Compare(Tensor waveforms, long[] validSamples, params string[] prefixes)
        {
            string[] wanted = [.. fixture.Names.Where(n => prefixes.Any(p => n.StartsWith(p, StringComparison.Ordinal)))];
            if (wanted.Length == 0) return;
            using var scope = NewDisposeScope();
            var stages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            run(waveforms, validSamples, (name, value) => stages[name] = value.clone().MoveToOtherDisposeScope(scope));
            foreach (var name in wanted)
            {
                var stage = name[prefixes.First(p => name.StartsWith(p, StringComparison.Ordinal)).Length..];
                if (!stages.TryGetValue(stage, out var actual)) comparison.Unknown(name);
                else comparison.Close(stage.StartsWith("final", StringComparison.Ordinal) ? "final features" : "stages", name, Arrange(stage, actual, fixture.Shape(name)), fixture.Load(name), tolerance);
            }
        }
    }

    /// <summary>Convolutions are dumped (batch, channels, frames) where they come by number.</summary>
    internal static Tensor Arrange(string stage, Tensor actual, long[] expected)
    {
        var channelsFirst = Regex.IsMatch(stage, @"^(conv|pos_layer|decoder_block)\d") && actual.ndim == 3;
        if (channelsFirst && actual.transpose(1, 2).shape.SequenceEqual(expected)) return actual.transpose(1, 2);
        return actual;
    }

    internal static Tensor Padding(long[] validFrames, long frames)
    {
        var padded = new byte[validFrames.Length * frames];
        for (var row = 0; row < validFrames.Length; row++)
            padded.AsSpan((int)(row * frames + validFrames[row])..(int)((row + 1) * frames)).Fill(1);
        return tensor(padded, [validFrames.Length, frames]);
    }

    /// <summary>Fills a model with the fixture's weights, or where it has none with the generator's.</summary>
    internal static void Fill(nn.Module model, ParityFixture fixture)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var scope = NewDisposeScope();
            parameter.copy_(fixture.Has("w." + name) ? fixture.Load("w." + name) : ReferenceGenerator.Parameter(name, parameter.shape));
        }
    }

    /// <summary>The names and shapes of a model equal those that the fixture lists.</summary>
    internal static void CheckNames(nn.Module model, ParityFixture fixture)
    {
        if (!fixture.ListsParameters) return;
        var own = model.state_dict().Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]").Order(StringComparer.Ordinal);
        Assert.Equal(fixture.ParameterShapes().Select(p => $"{p.Key} [{string.Join(",", p.Value)}]").Order(StringComparer.Ordinal), own);
    }

    /// <summary>The same for a model without the parts of pre-training, which the fixture lists too.</summary>
    internal static void CheckFeatureNames(nn.Module model, ParityFixture fixture)
    {
        if (!fixture.ListsParameters) return;
        var own = model.state_dict().Select(p => $"{p.Key} [{string.Join(",", p.Value.shape)}]").Order(StringComparer.Ordinal);
        Assert.Equal(fixture.ParameterShapes().Where(p => !Architectures.OnlyForPretraining(p.Key))
            .Select(p => $"{p.Key} [{string.Join(",", p.Value)}]").Order(StringComparer.Ordinal), own);
    }
}
