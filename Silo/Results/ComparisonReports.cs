using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>Two rows of the leaderboard against each other.</summary>
internal sealed class ComparisonReports(RowReader reader)
{
    /// <summary>The two rows wherever both have results on the same folds, by corpus and protocol.</summary>
    /// <param name="first">
    /// A row: names of its upstream, head, corpus or protocol, separated by <c>/</c>. Of upstreams and heads the name before <c>·</c> or <c>(</c> is
    /// enough where nothing has it as its whole name.
    /// </param>
    /// <param name="second">The other row.</param>
    /// <param name="filter">Which rows there are to choose from.</param>
    /// <exception cref="InputException">A name that no row has, several rows in one place, or no place where both have results.</exception>
    public async Task<ImmutableArray<RowComparison>> Compare(string first, string second, FoldFilter filter)
    {
        var all = (await reader.Rows([filter])).Where(r => r.FoldsDone > 0).ToArray();
        if (all.Length == 0)
        {
            if (filter.Protocol is { } protocol) ProtocolCatalogue.Find(protocol);
            throw new InputException("there are no results to compare" + (filter == new FoldFilter() ? "" : " with these options"));
        }
        var (left, right) = (Find(first, all), Find(second, all));
        if (left.SequenceEqual(right)) throw new InputException($"'{first}' and '{second}' are the same {(left.Length == 1 ? "row" : "rows")}");
        var pairs = (from a in left from b in right where a != b && Place(a) == Place(b) select (First: a, Second: b)).ToArray();
        // Where neither name says which head, like is compared with like.
        pairs = [.. pairs.GroupBy(p => Place(p.First)).SelectMany(g => g.Any(p => p.First.Head == p.Second.Head) ? g.Where(p => p.First.Head == p.Second.Head) : g)];
        if (pairs.Length == 0) throw new InputException($"'{first}' and '{second}' have no results on the same folds of a corpus");
        foreach (var place in pairs.GroupBy(p => (Place(p.First), p.First.Head, p.Second.Head)).Where(g => g.Count() > 1))
        {
            var choice = place.Select(p => p.First).Distinct().Count() > 1 ? (Name: first, Rows: place.Select(p => p.First)) : (Name: second, Rows: place.Select(p => p.Second));
            throw new InputException($"'{choice.Name}' fits several rows of {place.First().First.Corpus}, {place.First().First.Protocol}: "
                + string.Join("; ", choice.Rows.Distinct().Select(Describe)) + "; name more of it, or an experiment");
        }
        var comparisons = ImmutableArray.CreateBuilder<RowComparison>();
        foreach (var (a, b) in pairs) comparisons.Add(await Compare(a, b));
        return comparisons.DrainToImmutable();
    }

    /// <summary>Two rows on the folds and seeds of which both have results.</summary>
    /// <exception cref="InputException">They have none in common, or their manifest is gone.</exception>
    public async Task<RowComparison> Compare(AggregatedRow a, AggregatedRow b)
    {
        var units = reader.Units(a.Entries[0].Spec.Manifest)
            ?? throw new InputException($"{a.Corpus}: its manifest is not in the state folder any more; submitting its grid again brings it back");
        if (!Comparable(a, b)) throw new InputException($"{a.Corpus}, {a.Protocol}: '{Describe(a)}' ({Seeds(a)}) and '{Describe(b)}' ({Seeds(b)}) have no fold with a seed in common yet");
        var (first, classes) = await reader.Predictions(a);
        var (second, _) = await reader.Predictions(b);
        var paired = await Task.Run(() => PairedComparison.Of(first, second, units, classes));
        return new(a.Corpus, a.Protocol, Row(a, paired.Results), Row(b, paired.Results), paired.FoldsCompared, paired.Seeds, paired.Utterances, paired.Units, Bootstrap.Resamples,
            Figure(paired.Wa), Figure(paired.Ua), Figure(paired.Wf1), Figure(paired.MacroF1), a.Synthetic);
    }

    /// <summary>Whether there is a fold and seed of which both have a result.</summary>
    public static bool Comparable(AggregatedRow a, AggregatedRow b) => Tested(a).Intersect(Tested(b)).Any();

    private static AggregatedRow[] Find(string name, AggregatedRow[] rows)
    {
        var words = name.Split('/', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) throw new InputException("a row is named by its upstream, such as mfcc, or upstream/head, corpus/protocol/upstream");
        foreach (var (at, word) in words.Index())
        {
            var fitting = rows.Where(r => Names(r).Contains(word)).ToArray();
            if (fitting.Length == 0) fitting = [.. rows.Where(r => Beginning(r.Upstream, " · ") == word || Beginning(r.Head, " (") == word)];
            if (fitting.Length == 0)
            {
                var known = rows.SelectMany(r => (string[])[r.Upstream, Beginning(r.Upstream, " · "), r.Head, r.Corpus, r.Protocol]).Distinct().ToArray();
                throw new InputException($"no row with results has '{word}'{Nearest.Hint(word, known)}; upstreams are {string.Join(", ", rows.Select(r => r.Upstream).Distinct())}"
                    // Where words before have fitted, it may be the head that is meant.
                    + (at == 0 ? "" : $"; heads are {string.Join(", ", rows.Select(r => r.Head).Distinct())}"));
            }
            rows = fitting;
        }
        return rows;
    }

    private static string[] Names(AggregatedRow row) => [row.Upstream, row.Head, row.Corpus, row.Protocol];

    private static string Beginning(string text, string end) => text.IndexOf(end, StringComparison.Ordinal) is > 0 and var at ? text[..at] : text;

    private static IEnumerable<(int Fold, int Seed)> Tested(AggregatedRow row) => row.Entries.Where(e => e.Score is not null).Select(e => (e.Spec.Fold, e.Spec.Seed));

    private static string Seeds(AggregatedRow row) => Tested(row).Select(t => t.Seed).Distinct().Order().ToArray() is var seeds && seeds.Length == 1 ? $"seed {seeds[0]}" : $"seeds {string.Join(", ", seeds)}";

    private static (string, string) Place(AggregatedRow row) => (row.Entries[0].Spec.Manifest, row.Entries[0].Spec.Folds);

    private static string Describe(AggregatedRow row) => string.Join(", ", [$"{row.Upstream}, {row.Head}", .. row.Badges.Where(b => b.StartsWith("features ", StringComparison.Ordinal))]);

    private static ComparedRow Row(AggregatedRow row, int compared) => new(row.Upstream, row.Head, row.Seeds, row.FoldsDone, row.FoldsExpected, row.FoldsDone - compared, row.Badges);

    private static ComparedFigure Figure(PairedFigure f) => new(100 * f.First, 100 * f.Second, 100 * f.Difference, 100 * f.Interval?.Low, 100 * f.Interval?.High, f.P,
        f.Folds is { } test ? new SignedRanks(test.Better, test.Worse, test.Equal, test.Statistic, test.P) : null);
}
