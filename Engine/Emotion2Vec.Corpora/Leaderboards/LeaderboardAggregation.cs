using System.Collections.Immutable;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Leaderboards;

/// <summary>What a leaderboard needs of one fold's result. Figures 0–1.</summary>
/// <param name="ValidationWa">Of the tested epoch; null without validation part.</param>
public sealed record FoldScore(double Wa, double Ua, double Wf1, double MacroF1, ImmutableArray<string> Warnings, double? ValidationWa = null)
{
    /// <summary>The score of a whole result.</summary>
    public static FoldScore Of(FoldResult result) => new(result.Wa, result.Ua, result.Wf1, result.MacroF1, result.Warnings,
        result.BestEpoch < result.ValidationWa.Length ? result.ValidationWa[result.BestEpoch] : null);
}

/// <summary>One fold job that somebody asked for.</summary>
/// <param name="Spec">What it is.</param>
/// <param name="Score">What it gave; null while it has no result.</param>
/// <param name="Job">What the caller knows it by.</param>
/// <param name="Chosen">Where its hyper-parameters were chosen (<see cref="HeadSelection"/>): of how many candidates.</param>
public sealed record FoldEntry(FoldSpec Spec, FoldScore? Score, long Job = 0, int? Chosen = null)
{
    /// <summary>The head of the row that it belongs to.</summary>
    internal string HeadText => Chosen is { } candidates ? $"{Spec.Head.Name}, best of {candidates} by validation" : HeadCatalogue.Describe(Spec.Head);
}

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
    bool Synthetic, ImmutableArray<string> Badges, ImmutableArray<string> Warnings)
{
    /// <summary>The fold jobs behind it, each once.</summary>
    public ImmutableArray<FoldEntry> Entries { get; init; } = [];
}

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
    /// <param name="heardBy">By the key of the extract job: the corpora that its upstream was pre-trained on (<see cref="PretrainingCorpora"/>); null = none.</param>
    public static ImmutableArray<AggregatedRow> Aggregate(
        IEnumerable<FoldEntry> entries, Func<string, FoldSetFacts> factsOf, Func<string, IReadOnlyCollection<string>?>? heardBy = null)
    {
        var rows = entries.DistinctBy(e => e.Spec)
            .GroupBy(e => new { e.Spec.Corpus, e.Spec.Manifest, e.Spec.Protocol, e.Spec.Folds, Head = e.Chosen is null ? e.Spec.Head : new HeadSpec(e.HeadText), e.Spec.Upstream, e.Spec.Features })
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
                    .. heardBy?.Invoke(key.Features)?.Contains(key.Corpus) == true ? [Badges.SeenInPretraining] : (string[])[],
                    .. manifests[key.Corpus] > 1 ? [$"data {key.Manifest[..8]}"] : (string[])[],
                    .. models[(key.Manifest, key.Folds, key.Head, key.Upstream)] > 1 ? [$"features {key.Features[..8]}"] : (string[])[],
                    .. foldSets[(key.Manifest, key.Protocol)] > 1 ? [$"folds {key.Folds[..8]}"] : (string[])[],
                ];
                return Row(key.Corpus, key.Protocol, row.First().HeadText, key.Upstream, [.. row], facts[key.Folds].Synthetic, badges);
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
            synthetic, badges, Warnings(done)) { Entries = [.. entries] };

        FoldStatistics? OverFolds(Func<FoldScore, double> figure)
        {
            if (done.Length == 0) return null;
            var folds = done.GroupBy(e => e.Spec.Fold).OrderBy(g => g.Key).Select(g => g.OrderBy(e => e.Spec.Seed).ToArray()).ToArray();
            // Seeds that lack a fold cannot be compared with those that have it.
            double[] seeds = [.. done.GroupBy(e => e.Spec.Seed).Where(g => g.Count() == folds.Length).OrderBy(g => g.Key).Select(g => 100 * g.OrderBy(e => e.Spec.Fold).Average(e => figure(e.Score!)))];
            return FoldStatistics.Of([.. folds.Select(f => 100 * f.Average(e => figure(e.Score!)))]) with { SeedSd = seeds.Length < 2 ? null : FoldStatistics.Of(seeds).Sd };
        }
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
