using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Silo.Results;

/// <summary>Rows of tables from the store, with what their predictions tell; that is computed once per set of results and kept there.</summary>
internal sealed class RowReader(JobStore store, HomeFolder home)
{
    /// <summary>Rows whose predictions are in memory at a time; tables and statistics that stay in memory.</summary>
    private const int RowsAtATime = 64, TablesKept = 128, StatisticsKept = 8192;

    private readonly ConcurrentDictionary<string, ResamplingUnits> units = new(StringComparer.Ordinal);
    private readonly FoldCache folds = new(store);
    private readonly ConcurrentDictionary<(string Filters, bool Select), Table> tables = new();
    private readonly ConditionalWeakTable<AggregatedRow, string> hashes = [];
    private readonly ConcurrentDictionary<string, RowStatistics> parsed = new(StringComparer.Ordinal);

    /// <summary>The rows of a table.</summary>
    /// <param name="filters">Which: those that one of these lets through.</param>
    /// <param name="select">Whether hyper-parameters of a head are chosen by validation (<see cref="HeadSelection"/>).</param>
    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<ImmutableArray<AggregatedRow>> Rows(IReadOnlyCollection<FoldFilter> filters, bool select = false)
    {
        foreach (var experiment in filters.Select(f => f.Experiment).OfType<string>().Distinct())
            if ((await store.Experiments(experiment)).Count == 0) throw new KeyNotFoundException($"no experiment has the id '{experiment}'");
        // Rows of the same cells in the same state are the same rows, and their statistics go with them.
        var (state, cells) = (new StringBuilder(), new List<(FoldFilter Filter, IReadOnlyList<RowName> Cells)>());
        foreach (var filter in filters)
        {
            RowName[] names = [.. (await folds.Names(filter.Experiment)).Where(n =>
                (filter.Corpus is null || n.Corpus == filter.Corpus) && (filter.Protocol is null || n.Protocol == filter.Protocol)
                && (filter.Upstream is null || n.Upstream == filter.Upstream) && (filter.Head is null || n.Head == filter.Head))];
            cells.Add((filter, names));
            foreach (var name in names) state.Append(CultureInfo.InvariantCulture, $"{name.Cell} {name.Changes} ");
            state.Append(';');
        }
        var table = (string.Join('\n', filters), select);
        if (tables.TryGetValue(table, out var known) && known.Cells == state.ToString() && known.Published.All(p => CheckpointLinks.Published(home, p.Key) == p.Value)) return known.Rows;
        var published = new Dictionary<string, string?>(StringComparer.Ordinal);
        var rows = await Aggregate(cells, select, hash => published.TryGetValue(hash, out var name) ? name : published[hash] = CheckpointLinks.Published(home, hash));
        if (tables.Count >= TablesKept) tables.Clear();
        tables[table] = new(state.ToString(), published, rows);
        return rows;
    }

    private async Task<ImmutableArray<AggregatedRow>> Aggregate(IEnumerable<(FoldFilter Filter, IReadOnlyList<RowName> Cells)> cells, bool select, Func<string, string?> published)
    {
        var entries = new List<FoldEntry>();
        foreach (var (filter, names) in cells) entries.AddRange(await folds.Entries(filter, names));
        var datasets = await store.Datasets();
        var foldSets = await store.FoldSets();
        var heard = await Heard([.. entries.Select(e => e.Spec.Features).Distinct()], published);
        return LeaderboardAggregation.Aggregate(
            select ? HeadSelection.Choose(entries) : entries,
            folds => new FoldSetFacts(CanonicalJson.Read<ImmutableArray<string>>(foldSets[folds].Badges), datasets[foldSets[folds].Manifest].Synthetic),
            heard.GetValueOrDefault);
    }

    /// <summary>Names of all rows of an experiment, or of the store.</summary>
    public Task<IReadOnlyList<RowName>> Names(string? experiment) => folds.Names(experiment);

    /// <summary>Statistics of each row; null where it has no result, or its manifest is not in the home any more.</summary>
    public async Task<ImmutableArray<RowStatistics?>> Statistics(ImmutableArray<AggregatedRow> rows)
    {
        var hashes = rows.Select(Name).ToArray();
        var found = await Stored(hashes);
        var missing = rows.Zip(hashes).Where(r => r.Second is not null && !found.ContainsKey(r.Second) && Units(r.First.Entries[0].Spec.Manifest) is not null).DistinctBy(r => r.Second).ToArray();
        foreach (var chunk in missing.Chunk(RowsAtATime))
        {
            var texts = await store.ResultTexts([.. chunk.SelectMany(r => Done(r.First)).Select(e => e.Job)]);
            var fresh = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (row, hash) in chunk)
            {
                var (folds, classes) = Read(row, texts);
                found[hash!] = await Task.Run(() => RowStatistics.Of(new RowTally(folds, Units(row.Entries[0].Spec.Manifest)!, classes)));
                fresh[hash!] = CanonicalJson.Write(found[hash!]);
            }
            if (fresh.Count > 0) await store.Keep(fresh);
        }
        return [.. hashes.Select(h => h is null ? null : found.GetValueOrDefault(h))];
    }

    /// <summary>What has been computed before of each row, and the name of its results; that is null without result.</summary>
    public async Task<ImmutableArray<(string? Results, RowStatistics? Statistics)>> Kept(IReadOnlyCollection<AggregatedRow> rows)
    {
        var hashes = rows.Select(Name).ToArray();
        var found = await Stored(hashes);
        return [.. hashes.Select(h => (h, h is null ? null : found.GetValueOrDefault(h)))];
    }

    private async Task<Dictionary<string, RowStatistics>> Stored(string?[] names)
    {
        var (found, unknown) = (new Dictionary<string, RowStatistics>(StringComparer.Ordinal), new List<string>());
        foreach (var name in names.OfType<string>())
        {
            if (parsed.TryGetValue(name, out var known)) found[name] = known;
            else unknown.Add(name);
        }
        if (unknown.Count == 0) return found;
        if (parsed.Count > StatisticsKept) parsed.Clear();
        foreach (var (name, text) in await store.Statistics(unknown)) found[name] = parsed[name] = CanonicalJson.Read<RowStatistics>(text);
        return found;
    }

    /// <summary>The predictions of a row's folds, and its number of classes.</summary>
    public async Task<(ImmutableArray<TestedFold> Folds, int Classes)> Predictions(AggregatedRow row) =>
        Read(row, await store.ResultTexts([.. Done(row).Select(e => e.Job)]));

    /// <summary>What a bootstrap draws in a corpus; null where its manifest is not in the home.</summary>
    public ResamplingUnits? Units(string manifest) => units.TryGetValue(manifest, out var known) ? known
        : File.Exists(home.Manifest(manifest)) ? units.GetOrAdd(manifest, hash => ResamplingUnits.From(ManifestFile.Load(home.Manifest(hash)))) : null;

    private static IEnumerable<FoldEntry> Done(AggregatedRow row) => row.Entries.Where(e => e.Score is not null);

    private static (ImmutableArray<TestedFold> Folds, int Classes) Read(AggregatedRow row, IReadOnlyDictionary<long, string> texts)
    {
        var read = Done(row).Select(e => StoredPredictions.Read(e.Spec.Fold, e.Spec.Seed, texts[e.Job])).ToArray();
        return ([.. read.Select(r => r.Fold)], read[0].Classes);
    }

    /// <summary>Names a row's results: they are written once, so number and figures of each tell them apart from any other.</summary>
    private string? Name(AggregatedRow row)
    {
        if (hashes.TryGetValue(row, out var known)) return known;
        var name = Hash(row);
        if (name is not null) hashes.AddOrUpdate(row, name);
        return name;
    }

    private static string? Hash(AggregatedRow row)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{RowStatistics.Version}");
        var any = false;
        foreach (var entry in Done(row).OrderBy(e => e.Spec.Fold).ThenBy(e => e.Spec.Seed))
        {
            any = true;
            var score = entry.Score!;
            text.Append(CultureInfo.InvariantCulture, $"\n{entry.Job} {entry.Spec.Fold} {entry.Spec.Seed} {score.Wa:R} {score.Ua:R} {score.Wf1:R} {score.MacroF1:R}");
        }
        return any ? CanonicalJson.Hash(text.Append(CultureInfo.InvariantCulture, $"\n{row.Entries[0].Spec.Manifest}").ToString()) : null;
    }

    /// <summary>By extract job: the corpora that its upstream was pre-trained on.</summary>
    private async Task<Dictionary<string, IReadOnlyCollection<string>>> Heard(string[] features, Func<string, string?> published)
    {
        var extracts = (await store.Specs(features)).ToDictionary(e => e.Key, e => CanonicalJson.Read<ExtractSpec>(e.Value), StringComparer.Ordinal);
        var models = new Dictionary<string, PretrainSpec>(StringComparer.Ordinal);
        for (string[] next = [.. extracts.Values.SelectMany(Trained).Distinct()]; next.Length > 0;)
        {
            foreach (var (key, spec) in await store.Specs(next)) models[key] = CanonicalJson.Read<PretrainSpec>(spec);
            next = [.. next.Select(key => models.GetValueOrDefault(key)?.Parent).OfType<string>().Where(key => !models.ContainsKey(key)).Distinct()];
        }
        return extracts.ToDictionary(e => e.Key, e => (IReadOnlyCollection<string>)PretrainingCorpora.Of(e.Value, models.GetValueOrDefault, published), StringComparer.Ordinal);

        static IEnumerable<string> Trained(ExtractSpec? part)
        {
            for (; part is not null; part = part.With)
                if (part.Pretrain is { } key) yield return key;
        }
    }

    /// <param name="Cells">Its cells and the count of changes of each.</param>
    /// <param name="Published">What was known of the checkpoints that its models are made of, by the hash of the file.</param>
    private sealed record Table(string Cells, IReadOnlyDictionary<string, string?> Published, ImmutableArray<AggregatedRow> Rows);
}
