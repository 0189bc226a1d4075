using System.Collections.Immutable;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Leaderboards;

/// <summary>What a leaderboard needs of one fold's result. Figures 0–1.</summary>
public sealed record FoldScore(double Wa, double Ua, double Wf1, double MacroF1, ImmutableArray<string> Warnings)
{
    /// <summary>The score of a whole result.</summary>
    public static FoldScore Of(FoldResult result) => new(result.Wa, result.Ua, result.Wf1, result.MacroF1, result.Warnings);
}

/// <summary>One fold job that somebody asked for.</summary>
/// <param name="Spec">What it is.</param>
/// <param name="Score">What it gave; null while it has no result.</param>
public sealed record FoldEntry(FoldSpec Spec, FoldScore? Score);

/// <summary>What is known of a set of folds without its results.</summary>
/// <param name="Badges">Such as <c>speaker-dependent</c>.</param>
/// <param name="Synthetic">The corpus was made by a synthesizer.</param>
public sealed record FoldSetFacts(ImmutableArray<string> Badges, bool Synthetic);

/// <summary>One row of a leaderboard: a corpus, protocol, head and upstream. Figures in percent, 0–100; null before the first result.</summary>
/// <param name="Corpus">Corpus name.</param>
/// <param name="Protocol">Protocol name.</param>
/// <param name="Head">Head, with what differs from its default recipe.</param>
/// <param name="Upstream">Upstream name.</param>
/// <param name="Seeds">Seeds asked for.</param>
/// <param name="FoldsDone">Fold jobs with a result, all seeds together.</param>
/// <param name="FoldsExpected">Fold jobs asked for, all seeds together.</param>
/// <param name="Wa">Weighted accuracy.</param>
/// <param name="Ua">Mean recall over the classes present.</param>
/// <param name="Wf1">Support-weighted F1.</param>
/// <param name="MacroF1">F1 averaged over classes.</param>
/// <param name="Synthetic">The speech is synthesized.</param>
/// <param name="Badges">What every figure here has to carry.</param>
/// <param name="Warnings">What results warned of, each with the folds (from 1) that it concerns.</param>
public sealed record AggregatedRow(
    string Corpus, string Protocol, string Head, string Upstream, int Seeds, int FoldsDone, int FoldsExpected,
    FoldStatistics? Wa, FoldStatistics? Ua, FoldStatistics? Wf1, FoldStatistics? MacroF1,
    bool Synthetic, ImmutableArray<string> Badges, ImmutableArray<string> Warnings);

/// <summary>Turns fold results into leaderboard rows.</summary>
public static class LeaderboardAggregation
{
    /// <summary>
    /// Rows by corpus and protocol (ordinal), in each the best mean WA first, rows without result last. A fold's value is
    /// its mean over the seeds that are done; mean and deviation are over folds. Results on different data under one corpus
    /// name, on different folds, or with features of different models of one name, are never averaged together: they make rows of
    /// their own, each with a badge that tells the beginning of its manifest's or fold set's hash or of its extract job's key.
    /// </summary>
    /// <param name="entries">Fold jobs; a job that is there twice counts once.</param>
    /// <param name="factsOf">What is known of a set of folds, by its hash.</param>
    /// <param name="heardBy">By the key of the extract job: the corpora that an upstream made here was pre-trained on; null asks <see cref="PretrainingCorpora"/>.</param>
    public static ImmutableArray<AggregatedRow> Aggregate(
        IEnumerable<FoldEntry> entries, Func<string, FoldSetFacts> factsOf, Func<string, IReadOnlyCollection<string>?>? heardBy = null)
    {
        var rows = entries.DistinctBy(e => e.Spec)
            .GroupBy(e => new { e.Spec.Corpus, e.Spec.Manifest, e.Spec.Protocol, e.Spec.Folds, e.Spec.Head, e.Spec.Upstream, e.Spec.Features })
            .ToArray();
        var manifests = rows.Select(r => r.Key).GroupBy(k => k.Corpus).ToDictionary(g => g.Key, g => g.Select(k => k.Manifest).Distinct().Count());
        var foldSets = rows.Select(r => r.Key).GroupBy(k => (k.Manifest, k.Protocol)).ToDictionary(g => g.Key, g => g.Select(k => k.Folds).Distinct().Count());
        // One name may have stood for several models in several grids.
        var models = rows.Select(r => r.Key).GroupBy(k => (k.Manifest, k.Folds, k.Head, k.Upstream)).ToDictionary(g => g.Key, g => g.Select(k => k.Features).Distinct().Count());
        var facts = rows.Select(r => r.Key.Folds).Distinct().ToDictionary(f => f, factsOf);

        return [.. rows.Select(row =>
            {
                var key = row.Key;
                ImmutableArray<string> badges =
                [
                    .. facts[key.Folds].Badges,
                    .. PretrainingCorpora.Heard(key.Upstream, key.Corpus, heardBy?.Invoke(key.Features)) ? [Badges.SeenInPretraining] : (string[])[],
                    .. manifests[key.Corpus] > 1 ? [$"data {key.Manifest[..8]}"] : (string[])[],
                    .. models[(key.Manifest, key.Folds, key.Head, key.Upstream)] > 1 ? [$"features {key.Features[..8]}"] : (string[])[],
                    .. foldSets[(key.Manifest, key.Protocol)] > 1 ? [$"folds {key.Folds[..8]}"] : (string[])[],
                ];
                return Row(key.Corpus, key.Protocol, HeadCatalogue.Describe(key.Head), key.Upstream, [.. row], facts[key.Folds].Synthetic, badges);
            })
            .OrderBy(r => r.Corpus, StringComparer.Ordinal).ThenBy(r => r.Protocol, StringComparer.Ordinal)
            .ThenByDescending(r => r.Wa?.Mean ?? double.NegativeInfinity).ThenByDescending(r => r.Ua?.Mean ?? double.NegativeInfinity)
            .ThenBy(r => r.Upstream, StringComparer.Ordinal).ThenBy(r => r.Head, StringComparer.Ordinal)];
    }

    private static AggregatedRow Row(
        string corpus, string protocol, string head, string upstream, FoldEntry[] entries, bool synthetic, ImmutableArray<string> badges)
    {
        var done = entries.Where(e => e.Score is not null).ToArray();
        return new(corpus, protocol, head, upstream,
            entries.Select(e => e.Spec.Seed).Distinct().Count(), done.Length, entries.Length,
            OverFolds(s => s.Wa), OverFolds(s => s.Ua), OverFolds(s => s.Wf1), OverFolds(s => s.MacroF1),
            synthetic, badges, Warnings(done));

        FoldStatistics? OverFolds(Func<FoldScore, double> figure) => done.Length == 0 ? null
            : FoldStatistics.Of([.. done.GroupBy(e => e.Spec.Fold).OrderBy(g => g.Key).Select(g => 100 * g.OrderBy(e => e.Spec.Seed).Average(e => figure(e.Score!)))]);
    }

    private static ImmutableArray<string> Warnings(FoldEntry[] done)
    {
        var folds = done.Select(e => e.Spec.Fold).Distinct().Count();
        return [.. done.SelectMany(e => e.Score!.Warnings.Select(text => (text, e.Spec.Fold)))
            .GroupBy(w => w.text, StringComparer.Ordinal).OrderBy(g => g.Min(w => w.Fold)).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g =>
            {
                var concerned = g.Select(w => w.Fold + 1).Distinct().Order().ToArray();
                return concerned.Length == folds ? g.Key : $"{(concerned.Length == 1 ? "fold" : "folds")} {string.Join(", ", concerned)}: {g.Key}";
            })];
    }
}
