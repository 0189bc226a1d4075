using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;

namespace Emotion2Vec.Corpora.Tests.Leaderboards;

/// <summary>Hyper-parameters are chosen by validation, whatever the test figures are.</summary>
public sealed class HeadSelectionTests
{
    private static readonly HeadSpec Short = new(Epochs: 5), Long = new(Epochs: 50);

    [Fact]
    public void TheHighestValidationIsTakenFoldByFold()
    {
        var row = Assert.Single(Rows(
            Entry(0, Short, validation: 0.9, test: 0.2), Entry(0, Long, validation: 0.5, test: 0.8),
            Entry(1, Short, validation: 0.3, test: 0.9), Entry(1, Long, validation: 0.4, test: 0.4)));
        Assert.Equal("linear, best of 2 by validation", row.Head);
        Assert.Equal((2, 2), (row.FoldsDone, row.FoldsExpected));
        Assert.Equal(30, row.Wa!.Mean, 1e-10);
    }

    [Fact]
    public void TestFiguresChangeNothing()
    {
        FoldEntry[] Entries(Func<int, double> test) => [.. Enumerable.Range(0, 20).SelectMany(f => new[] { Entry(f, Short, 0.5 + 0.01 * (f % 3), test(2 * f)), Entry(f, Long, 0.51, test(2 * f + 1)) })];
        HeadSpec[] Chosen(Func<int, double> test) => [.. HeadSelection.Choose(Entries(test)).Select(e => e.Spec.Head)];
        Assert.Equal(Chosen(i => i / 40.0), Chosen(i => 1 - i / 40.0));
        Assert.Equal(2, Chosen(i => 0.5).Distinct().Count());
    }

    [Fact]
    public void EqualValidationTakesTheFirstInCanonicalOrder()
    {
        // "epochs":5 sorts before "epochs":50.
        var forwards = HeadSelection.Choose([Entry(0, Short, 0.5, 0.1), Entry(0, Long, 0.5, 0.9)]);
        Assert.Equal(Short, Assert.Single(forwards).Spec.Head);
        Assert.Equal(forwards.AsEnumerable(), HeadSelection.Choose([Entry(0, Long, 0.5, 0.9), Entry(0, Short, 0.5, 0.1)]));
    }

    [Fact]
    public void AFoldIsChosenWhenAllCandidatesAreDone()
    {
        var row = Assert.Single(Rows(Entry(0, Short, 0.9, 0.2), Entry(0, Long, null, null), Entry(1, Short, 0.5, 0.5), Entry(1, Long, 0.4, 0.9)));
        Assert.Equal((1, 2), (row.FoldsDone, row.FoldsExpected));
        Assert.Equal(50, row.Wa!.Mean, 1e-10);
    }

    [Fact]
    public void OnlySeedsThatAllCandidatesWereAskedForCount()
    {
        var row = Assert.Single(Rows(
            Entry(0, Short, 0.5, 0.4, seed: 1), Entry(0, Short, 0.5, 0.6, seed: 2), Entry(0, Short, null, null, seed: 3), Entry(0, Long, 0.6, 0.8, seed: 1),
            Entry(1, Short, 0.5, 0.4, seed: 1), Entry(1, Short, 0.5, 0.6, seed: 2), Entry(1, Short, null, null, seed: 3), Entry(1, Long, 0.4, 0.9, seed: 1)));
        Assert.Equal((1, 2, 2), (row.Seeds, row.FoldsDone, row.FoldsExpected));
        Assert.Equal(60, row.Wa!.Mean, 1e-10);
    }

    [Fact]
    public void SettingsWithoutACommonSeedKeepTheirRows() =>
        Assert.Equal([(40.0, 1), (80.0, 1)], Rows(Entry(0, Short, 0.5, 0.4, seed: 1), Entry(0, Long, 0.6, 0.8, seed: 2)).Select(r => (Math.Round(r.Wa!.Mean, 10), r.FoldsExpected)).Order());

    [Fact]
    public void AHeadWithoutChoiceStaysAsItIs()
    {
        var rows = Rows(Entry(0, Short, 0.9, 0.2), Entry(0, new HeadSpec("superb"), 0.5, 0.8));
        Assert.Equal(["linear (epochs 5)", "superb"], rows.Select(r => r.Head.Split(" (optimizer")[0]).Order());
    }

    private static IReadOnlyList<AggregatedRow> Rows(params FoldEntry[] entries) => LeaderboardAggregation.Aggregate(HeadSelection.Choose(entries), _ => new(["speaker-dependent"], false));

    private static FoldEntry Entry(int fold, HeadSpec head, double? validation, double? test, int seed = 1) => new(
        new FoldSpec("emodb", "mmmmmmmmmm", "mfcc", "features", "random10", "ffffffffff", fold, head, seed), test is { } t ? new FoldScore(t, t, t, t, [], validation) : null);
}
