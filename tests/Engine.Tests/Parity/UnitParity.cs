using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>The small fixtures: ALiBi, targets, masks, schedules.</summary>
internal static class UnitParity
{
    internal static void Alibi(ParityFixture fixture, Comparison comparison)
    {
        foreach (var name in fixture.Names)
        {
            var expected = fixture.Load(name);
            if (Regex.Match(name, @"^slopes_h(\d+)$") is { Success: true } slopes)
                comparison.Close("slopes", name, tensor(AlibiSlopes.Of(Int(slopes, 1))), expected, 1e-7);
            else if (Regex.Match(name, @"^alibi_h(\d+)_T(\d+)$") is { Success: true } bias)
            {
                using var model = new Data2Vec2Audio(Data2Vec2Sizes.Base with { Heads = Int(bias, 1), Width = 16 * Int(bias, 1), PositionalGroups = 1, Depth = 1, Prenet = 0 });
                comparison.Close("bias", name, model.Alibi(arange(Int(bias, 2)).unsqueeze(0)).squeeze(0), expected, 1e-6);
            }
            else comparison.Unknown(name);
        }
    }

    internal static void Targets(ParityFixture fixture, Comparison comparison)
    {
        Tensor[] layers = [.. fixture.Names.Where(n => n.StartsWith("layer", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(fixture.Load)];
        foreach (var name in fixture.Names.Where(n => n.StartsWith("out", StringComparison.Ordinal)))
        {
            var flags = Regex.Match(name, "^out_in([01])_ln([01])_bn([01])_lnT([01])_inT([01])$");
            var norms = new TargetNorms(Flag(1), Flag(3), Flag(2), Flag(4), Flag(5));
            comparison.Close("targets", name, norms.Average(layers, fixture.Setting("average_top_k", 3)), fixture.Load(name), 5e-6);

            bool Flag(int group) => flags.Groups[group].Value == "1";
        }
    }

    /// <summary>The reference draws from its own generator: the distributions are compared, over many more rows than the reference's 2000.</summary>
    internal static void Masks(ParityFixture fixture, Comparison comparison)
    {
        const int rows = 10_000, sampled = 2000;
        // Five standard errors of the reference's own estimate of a share near one half, frames of neighbouring blocks counted as one.
        var share = 5 * 0.5 / Math.Sqrt(sampled);
        foreach (var name in fixture.Scalars)
        {
            var expected = fixture.ScalarElement(name);
            var random = SplitMix64.Stream(1, 0);
            if (Regex.Match(name, @"^block1d_T(\d+)$") is { Success: true } block)
            {
                var frames = Int(block, 1);
                var mask = new MaskOptions().Draw(rows, frames, random);
                var runs = Runs(mask);
                for (var row = 0; row < rows; row++) Assert.Equal(expected.GetProperty("expected").GetInt32(), mask.Row(row).Count(true));
                comparison.Relative("mask statistics", $"{name}: mean run", runs.Average(), expected.GetProperty("mean_run").GetDouble(), 0.03);
                Near($"{name}: runs of one frame", runs.Count(r => r == 1) / (double)runs.Count, expected.GetProperty("frac_run1").GetDouble(), 0.02);
                var first = expected.GetProperty("pos_first10").EnumerateArray().Select(p => p.GetDouble()).ToArray();
                for (var t = 0; t < first.Length; t++) Near($"{name}: frame {t}", Enumerable.Range(0, rows).Count(r => mask.Row(r)[t]) / (double)rows, first[t], share);
            }
            else if (Regex.Match(name, @"^compute_mask_indices_T(\d+)_p([\d.]+)_l(\d+)$") is { Success: true } spans)
            {
                // One call per row: the reference's rows differ in their number of spans too.
                var counts = Enumerable.Range(0, rows).Select(_ => Pretraining.Spans(Int(spans, 1), double.Parse(spans.Groups[2].Value, CultureInfo.InvariantCulture), Int(spans, 3), random)).ToList();
                Near($"{name}: mean share", counts.Average() / Int(spans, 1), expected.GetProperty("mean_frac").GetDouble(), 0.01);
                Near($"{name}: fewest", counts.Min() / (double)Int(spans, 1), expected.GetProperty("min").GetDouble() / Int(spans, 1), 0.1);
                Near($"{name}: most", counts.Max() / (double)Int(spans, 1), expected.GetProperty("max").GetDouble() / Int(spans, 1), 0.1);
            }
            else comparison.Unknown(name);
        }

        void Near(string what, double actual, double expected, double tolerance) =>
            comparison.Close("mask statistics", what, tensor(actual), tensor(expected), tolerance);
    }

    internal static void Schedules(ParityFixture fixture, Comparison comparison)
    {
        var rate = new CosineRate(7.5e-5, 5000, 100_000);
        foreach (var point in fixture.ScalarElement("cosine_e2v").EnumerateObject())
            comparison.Relative("learning rates", $"rate after {point.Name}", rate.At(Number(point)), point.Value.GetDouble(), 1e-9);
        var decay = new TeacherDecay();
        foreach (var point in fixture.ScalarElement("ema_e2v").EnumerateObject())
            comparison.Relative("teacher decay", $"decay after {point.Name}", decay.At(Number(point)), point.Value.GetDouble(), 1e-12);

        static long Number(JsonProperty point) => long.Parse(point.Name, CultureInfo.InvariantCulture);
    }

    private static List<int> Runs(FrameMask mask)
    {
        var runs = new List<int>();
        for (var row = 0; row < mask.Rows; row++)
        {
            var run = 0;
            foreach (var masked in mask.Row(row))
            {
                if (masked) run++;
                else if (run > 0)
                {
                    runs.Add(run);
                    run = 0;
                }
            }
            if (run > 0) runs.Add(run);
        }
        return runs;
    }

    private static int Int(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static class Pretraining
    {
        internal static int Spans(int frames, double probability, int length, SplitMix64 random) =>
            Emotion2Vec.Engine.Pretraining.Masks.Spans(1, frames, probability, length, random, equalRows: false).Count;
    }
}
