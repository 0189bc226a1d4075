using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Leaderboards;

public sealed class LeaderboardAggregationTests
{
    private static readonly FoldSetFacts Facts = new(["speaker-dependent"], Synthetic: false);

    [Fact]
    public void MeanAndDeviationAreOverFolds()
    {
        var row = Assert.Single(Aggregate([Entry(fold: 0, wa: 0.5), Entry(fold: 1, wa: 0.7), Entry(fold: 2, wa: 0.9)]));
        Assert.Equal(70, row.Wa!.Mean, 1e-10);
        Assert.Equal(20, row.Wa.Sd!.Value, 1e-10);
        Assert.Equal((1, 3, 3, "linear", false), (row.Seeds, row.FoldsDone, row.FoldsExpected, row.Head, row.Synthetic));
        Assert.Equal(["speaker-dependent"], row.Badges.AsEnumerable());
        Assert.Equal([50.0, 40, 30], new[] { row.Ua!.Mean - 10, row.Wf1!.Mean - 10, row.MacroF1!.Mean - 10 }.Select(v => Math.Round(v, 10)));
    }

    [Fact]
    public void WhatAnUpstreamHeardBeforeIsABadge()
    {
        // By what made its features; what it is called plays no role.
        string Badges(params string[] heard) => string.Join(", ", Assert.Single(LeaderboardAggregation.Aggregate([Entry(0, 0.5, corpus: "iemocap", upstream: "emotion2vec_base")], _ => Facts, _ => heard)).Badges);
        Assert.Equal("speaker-dependent, seen in pre-training", Badges("urdu", "iemocap"));
        Assert.Equal("speaker-dependent", Badges("urdu"));
    }

    [Fact]
    public void SeedsAreAveragedWithinAFoldFirst()
    {
        // Fold means 0.6 and 0.8: their deviation, not that of the four values.
        var row = Assert.Single(Aggregate([Entry(0, 0.5, seed: 1), Entry(0, 0.7, seed: 2), Entry(1, 0.8, seed: 1), Entry(1, 0.8, seed: 2)]));
        Assert.Equal(70, row.Wa!.Mean, 1e-10);
        Assert.Equal(Math.Sqrt(200), row.Wa.Sd!.Value, 1e-10);
        Assert.Equal((2, 4, 4, 2), (row.Seeds, row.FoldsDone, row.FoldsExpected, row.Wa.Count));
    }

    [Fact]
    public void UnfinishedRowsCountWhatIsThere()
    {
        var rows = Aggregate([Entry(0, 0.5), Entry(1, null), Entry(0, null, upstream: "mfcc")]);
        Assert.Equal(["fbank", "mfcc"], rows.Select(r => r.Upstream));
        Assert.Equal((1, 2), (rows[0].FoldsDone, rows[0].FoldsExpected));
        Assert.Equal(new FoldStatistics(50, null, 1), rows[0].Wa);
        Assert.Null(rows[1].Wa);
        Assert.Equal((0, 1), (rows[1].FoldsDone, rows[1].FoldsExpected));
    }

    [Fact]
    public void BestFirstWithinCorpusAndProtocol()
    {
        var rows = Aggregate([
            Entry(0, 0.9, corpus: "urdu", upstream: "fbank"), Entry(0, 0.5, corpus: "emodb", upstream: "fbank"),
            Entry(0, 0.6, corpus: "emodb", upstream: "mfcc"), Entry(0, 0.6, corpus: "emodb", upstream: "mfcc", head: new HeadSpec(Epochs: 5)),
            Entry(0, 0.1, corpus: "emodb", protocol: "leave-one-speaker-out")]);
        Assert.Equal(
            ["emodb leave-one-speaker-out fbank linear", "emodb random10 mfcc linear", "emodb random10 mfcc linear (epochs 5)", "emodb random10 fbank linear", "urdu random10 fbank linear"],
            rows.Select(r => $"{r.Corpus} {r.Protocol} {r.Upstream} {r.Head}"));
    }

    [Fact]
    public void RowsDependOnNeitherOrderNorRepetition()
    {
        var entries = (from fold in Enumerable.Range(0, 10) from seed in new[] { 1, 2, 3 } from upstream in new[] { "fbank", "mfcc" }
                       select Entry(fold, 0.3 + 0.017 * fold + 0.0013 * seed + (upstream == "mfcc" ? 0.1 : 0), seed, upstream)).ToArray();
        var expected = Aggregate(entries);
        var random = new SplitMix64(3);
        for (var i = 0; i < 20; i++)
        {
            FoldEntry[] shuffled = [.. entries, .. entries[..7]];
            random.Shuffle(shuffled.AsSpan());
            Assert.Equal(expected.Select(r => (r.Upstream, r.Wa, r.FoldsDone)), Aggregate(shuffled).Select(r => (r.Upstream, r.Wa, r.FoldsDone)));
        }
    }

    [Fact]
    public void WarningsNameTheirFoldsOnce()
    {
        var rows = Aggregate([
            Entry(0, 0.5, warnings: ["everywhere"]), Entry(1, 0.5, warnings: ["everywhere", "class 'x' is absent from training"]),
            Entry(2, 0.5, warnings: ["everywhere", "class 'x' is absent from training"]), Entry(2, 0.5, seed: 2, warnings: ["everywhere", "odd"])]);
        Assert.Equal(["everywhere", "folds 2, 3: class 'x' is absent from training", "fold 3: odd"], Assert.Single(rows).Warnings.AsEnumerable());
    }

    [Fact]
    public void DifferentDataUnderOneNameAreKeptApart()
    {
        var rows = Aggregate([Entry(0, 0.5, manifest: "aaaaaaaaaa"), Entry(0, 0.7, manifest: "bbbbbbbbbb"), Entry(0, 0.8, manifest: "bbbbbbbbbb", folds: "cccccccccc")]);
        Assert.Equal(
            ["speaker-dependent, data bbbbbbbb, folds cccccccc", "speaker-dependent, data bbbbbbbb, folds ffffffff", "speaker-dependent, data aaaaaaaa"],
            rows.Select(r => string.Join(", ", r.Badges)));
    }

    [Fact]
    public void TwoModelsOfOneNameAreKeptApart()
    {
        FoldEntry With(double wa, string features) => Entry(0, wa, upstream: "mini") is var entry ? entry with { Spec = entry.Spec with { Features = features } } : entry;
        var rows = Aggregate([With(0.5, "1111111111"), With(0.7, "2222222222"), Entry(0, 0.6)]);
        Assert.Equal([("mini", "speaker-dependent, features 22222222"), ("fbank", "speaker-dependent"), ("mini", "speaker-dependent, features 11111111")],
            rows.Select(r => (r.Upstream, string.Join(", ", r.Badges))));
    }

    private static ImmutableArray<AggregatedRow> Aggregate(IEnumerable<FoldEntry> entries) => LeaderboardAggregation.Aggregate(entries, _ => Facts);

    private static FoldEntry Entry(
        int fold, double? wa, int seed = 1, string upstream = "fbank", string corpus = "emodb", string protocol = "random10", HeadSpec? head = null,
        string manifest = "mmmmmmmmmm", string folds = "ffffffffff", string[]? warnings = null) =>
        new(new FoldSpec(corpus, manifest, upstream, "features-" + upstream, protocol, folds, fold, head ?? new HeadSpec(), seed),
            wa is { } w ? new FoldScore(w, w - 0.1, w - 0.2, w - 0.3, [.. warnings ?? []]) : null);
}
