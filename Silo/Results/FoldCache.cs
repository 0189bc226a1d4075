using System.Collections.Concurrent;
using System.Collections.Immutable;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Silo.Results;

/// <summary>Folds of rows, in memory. The store counts the changes of each cell; only cells with another count are read again.</summary>
/// <param name="most">Folds in memory, about 0.3 kB each: beyond it they are all read again as they are asked for.</param>
internal sealed class FoldCache(JobStore store, int most = 400_000)
{
    private const int ExperimentsKept = 64;

    /// <summary>Of so many cells one statement is cheaper than one for each.</summary>
    private const int ReadOneByOne = 16;

    private readonly ConcurrentDictionary<(string? Experiment, long Cell), (long Changes, FoldEntry[] Folds)> cells = new();
    private readonly ConcurrentDictionary<string, (long Changes, IReadOnlyList<RowName> Names)> names = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HeadSpec> heads = new(StringComparer.Ordinal);

    /// <summary>Folds in memory.</summary>
    public int Kept => cells.Sum(c => c.Value.Folds.Length);

    /// <summary>The cells of an experiment, or all; each with its count of changes.</summary>
    public async Task<IReadOnlyList<RowName>> Names(string? experiment)
    {
        var changes = await store.Changes();
        if (names.TryGetValue(experiment ?? "", out var known) && known.Changes == changes) return known.Names;
        if (names.Count >= ExperimentsKept) names.Clear();
        return (names[experiment ?? ""] = (changes, await store.RowNames(experiment))).Names;
    }

    /// <summary>The folds of a filter, in the order of their submission.</summary>
    /// <param name="names">Its cells, asked for before: what changes meanwhile is read again at the next look.</param>
    public async Task<IReadOnlyList<FoldEntry>> Entries(FoldFilter filter, IReadOnlyList<RowName> names)
    {
        // Looked up once: another look may empty the memory while this one waits for the store.
        var found = new List<FoldEntry>();
        var stale = new List<RowName>();
        foreach (var name in names)
        {
            if (cells.TryGetValue((filter.Experiment, name.Cell), out var known) && known.Changes == name.Changes) found.AddRange(known.Folds);
            else stale.Add(name);
        }
        if (stale.Count > 0 && Kept > most) cells.Clear();
        if (stale.Count > ReadOneByOne)
        {
            var scores = (await store.Scores(filter)).ToLookup(s => (s.Corpus, s.Protocol, s.Upstream, s.Head));
            foreach (var name in stale) Keep(name, scores[(name.Corpus, name.Protocol, name.Upstream, name.Head)]);
        }
        else
        {
            foreach (var name in stale) Keep(name, await store.Scores(new(filter.Experiment, name.Corpus, name.Upstream, name.Protocol, name.Head)));
        }
        return [.. found.OrderBy(f => f.Job)];

        void Keep(RowName name, IEnumerable<StoredScore> scores)
        {
            FoldEntry[] folds = [.. scores.Select(Entry)];
            found.AddRange(folds);
            cells[(filter.Experiment, name.Cell)] = (name.Changes, folds);
        }
    }

    private FoldEntry Entry(StoredScore s) => new(
        new FoldSpec(s.Corpus, s.Manifest, s.Upstream, s.Features, s.Protocol, s.Folds, s.Fold, heads.GetOrAdd(s.Head, CanonicalJson.Read<HeadSpec>), s.Seed),
        s is { Wa: { } wa, Ua: { } ua, Wf1: { } wf1, MacroF1: { } macroF1 }
            ? new FoldScore(wa, ua, wf1, macroF1, s.Warnings is null ? [] : CanonicalJson.Read<ImmutableArray<string>>(s.Warnings), s.ValidationWa) : null,
        s.Job);
}
