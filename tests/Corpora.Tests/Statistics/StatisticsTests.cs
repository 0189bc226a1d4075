using System.Text.Json;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Statistics;

/// <summary>
/// Against numbers computed with scipy 1.10.1 and scikit-learn 1.2.1: metrics of every resample by scikit-learn on the utterances themselves,
/// percentiles by numpy, signed-rank tests by scipy (those with equal differences by going through all signs).
/// </summary>
public sealed class StatisticsTests
{
    private const double Tolerance = 1e-10;

    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllText(TestData.Fixture("statistics", "index.json"))).RootElement;

    public static IEnumerable<object[]> Cases => Enumerable.Range(0, Reference.GetProperty("cases").GetArrayLength()).Select(i => new object[] { i });

    public static IEnumerable<object[]> SignedRanks => Enumerable.Range(0, Reference.GetProperty("wilcoxon").GetArrayLength()).Select(i => new object[] { i });

    [Theory]
    [MemberData(nameof(Cases))]
    public void RowsAndIntervalsEqualTheReference(int number)
    {
        var c = new Case(number);
        var row = new RowTally(c.Folds("first"), c.Units, c.Classes);
        Assert.Equal(c.Json.GetProperty("units").GetInt32(), row.Units);
        Near(c.Numbers("mean"), Array(row.Mean));
        Near(c.Numbers("pooled"), Array(row.Pooled));
        Near([.. c.Json.GetProperty("fold_means").EnumerateArray().SelectMany(Doubles)], [.. row.FoldMeans.SelectMany(Array)]);
        var intervals = Bootstrap.Of(row)!;
        Interval[] all = [intervals.Wa, intervals.Ua, intervals.Wf1, intervals.MacroF1];
        Near(c.Numbers("low"), [.. all.Select(i => i.Low)]);
        Near(c.Numbers("high"), [.. all.Select(i => i.High)]);
        Assert.Equal(intervals, Bootstrap.Of(new RowTally(c.Folds("first").Reverse(), c.Units, c.Classes)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void PairedDifferencesEqualTheReference(int number)
    {
        var c = new Case(number);
        var paired = PairedComparison.Of(c.Folds("first"), c.Folds("second"), c.Units, c.Classes);
        PairedFigure[] figures = [paired.Wa, paired.Ua, paired.Wf1, paired.MacroF1];
        Near(c.Numbers("mean"), [.. figures.Select(f => f.First)]);
        Near(c.Numbers("second_mean"), [.. figures.Select(f => f.Second)]);
        Near(c.Numbers("difference"), [.. figures.Select(f => f.Difference)]);
        Near(c.Numbers("difference_low"), [.. figures.Select(f => f.Interval!.Low)]);
        Near(c.Numbers("difference_high"), [.. figures.Select(f => f.Interval!.High)]);
        Near(c.Numbers("p"), [.. figures.Select(f => f.P!.Value)]);
        Assert.Equal(paired.FoldsCompared == 1, paired.Wa.Folds is null);
    }

    [Theory]
    [MemberData(nameof(SignedRanks))]
    public void SignedRanksEqualScipy(int number)
    {
        var c = Reference.GetProperty("wilcoxon")[number];
        var test = WilcoxonSignedRank.Of(Doubles(c.GetProperty("x")), Doubles(c.GetProperty("y")));
        Assert.Equal(c.GetProperty("statistic").GetDouble(), test.Statistic, Tolerance);
        Assert.Equal(c.GetProperty("p").GetDouble(), test.P, Tolerance);
    }

    [Fact]
    public void EqualRowsDoNotDiffer()
    {
        var c = new Case(0);
        var paired = PairedComparison.Of(c.Folds("first"), c.Folds("first"), c.Units, c.Classes);
        Assert.Equal(new PairedFigure(paired.Wa.First, paired.Wa.First, 0, new Interval(0, 0), 1, new WilcoxonSignedRank(0, 0, 5, 0, 1)), paired.Wa);
    }

    [Fact]
    public void OnlyFoldsThatBothHaveAreCompared()
    {
        var c = new Case(0);
        var paired = PairedComparison.Of([.. c.Folds("first").Where(f => f.Fold > 0)], [.. c.Folds("second").Where(f => f.Fold < 4)], c.Units, c.Classes);
        Assert.Equal(3, paired.FoldsCompared);
        Assert.Throws<ArgumentException>(() => PairedComparison.Of([c.Folds("first")[0]], [c.Folds("second")[1]], c.Units, c.Classes));
        var other = c.Folds("second")[0];
        Assert.Throws<ArgumentException>(() => PairedComparison.Of([c.Folds("first")[0]], [other with { Test = [.. other.Test.Skip(1).Append(999)] }], new ResamplingUnits([.. Enumerable.Range(0, 1000)]), c.Classes));
    }

    /// <summary>A row with two seeds against one with one of them is compared as if it had only that one.</summary>
    [Fact]
    public void OnlySeedsThatBothHaveAreCompared()
    {
        TestedFold Of(int fold, int seed, int[] predicted) => new(fold, seed, [2 * fold, 2 * fold + 1], [0, 1], [.. predicted]);
        TestedFold[] one = [Of(0, 1, [0, 0]), Of(1, 1, [1, 1]), Of(2, 3, [0, 1])];
        TestedFold[] two = [Of(0, 1, [0, 1]), Of(1, 1, [0, 1]), Of(2, 1, [1, 0])];
        TestedFold[] further = [Of(0, 2, [1, 0]), Of(1, 2, [1, 0]), Of(2, 2, [1, 0])];
        var units = new ResamplingUnits([0, 1, 2, 3, 4, 5]);
        var paired = PairedComparison.Of(one, [.. two, .. further], units, 2);
        // The third fold has no seed that both have.
        Assert.Equal((2, 2, 4, 0.5, 1.0), (paired.FoldsCompared, paired.Results, paired.Utterances, paired.Wa.First, paired.Wa.Second));
        Assert.Equal([1], paired.Seeds.AsEnumerable());
        Assert.Equal(PairedComparison.Of(one[..2], two[..2], units, 2).Wa, paired.Wa);
        Assert.Throws<ArgumentException>(() => PairedComparison.Of(one, further, units, 2));
    }

    [Fact]
    public void OneSpeakerHasNoInterval()
    {
        TestedFold fold = new(0, 1, [0, 1], [0, 1], [0, 0]);
        Assert.Null(Bootstrap.Of(new RowTally([fold], new ResamplingUnits([0, 0]), 2)));
        Assert.NotNull(Bootstrap.Of(new RowTally([fold], new ResamplingUnits([0, 1]), 2)));
    }

    [Fact]
    public void UnitsAreSpeakersAndUtterancesWithout()
    {
        var manifest = new Manifest("c", ["x"], [new("1", "", "x", "b"), new("2", "", "x"), new("3", "", "x", "b"), new("4", "", "x"), new("5", "", "x", "a")]);
        Assert.Equal([0, 1, 0, 2, 3], ResamplingUnits.From(manifest).Of.AsEnumerable());
    }

    /// <summary>
    /// Speakers of different skill, one per fold: where the interval lies around the mean of all speakers there could be. Percentile intervals of ten
    /// units are known to be somewhat short.
    /// </summary>
    [Fact]
    public void IntervalsOfOneSpeakerPerFoldHoldTheTruthAsOftenAsTenUnitsAllow()
    {
        var random = new SplitMix64(5);
        var held = 0;
        for (var trial = 0; trial < 200; trial++)
        {
            var folds = Enumerable.Range(0, 10).Select(speaker =>
            {
                // Skill between 0.4 and 0.8, 0.6 on average.
                var skill = 400 + random.Below(401);
                int[] right = [.. Enumerable.Range(0, 40).Select(_ => random.Below(1000) < skill ? 0 : 1)];
                return new TestedFold(speaker, 1, [.. Enumerable.Range(40 * speaker, 40)], [.. new int[40]], [.. right]);
            });
            var interval = Bootstrap.Of(new RowTally(folds, new ResamplingUnits([.. Enumerable.Range(0, 400).Select(p => p / 40)]), 2))!.Wa;
            if (interval.Low <= 0.6 && 0.6 <= interval.High) held++;
        }
        Assert.InRange(held, 172, 196);
    }

    private static double[] Array(Scores s) => [s.Wa, s.Ua, s.Wf1, s.MacroF1];

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], Tolerance);
    }

    private sealed class Case(int number)
    {
        public JsonElement Json { get; } = Reference.GetProperty("cases")[number];

        public int Classes => Json.GetProperty("classes").GetInt32();

        public ResamplingUnits Units => new(Json.GetProperty("speakers") is { ValueKind: JsonValueKind.Array } speakers
            ? [.. speakers.EnumerateArray().Select(s => s.GetInt32())] : [.. Enumerable.Range(0, Json.GetProperty("utterances").GetInt32())]);

        public TestedFold[] Folds(string row) => [.. Json.GetProperty(row).EnumerateArray().Select(f => new TestedFold(
            f.GetProperty("fold").GetInt32(), f.GetProperty("seed").GetInt32(), [.. Ints(f.GetProperty("test"))], [.. Ints(f.GetProperty("truth"))], [.. Ints(f.GetProperty("predicted"))]))];

        public double[] Numbers(string name) => Doubles(Json.GetProperty(name));

        private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];
    }
}
