using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>Results as tables, from the store.</summary>
internal sealed class LeaderboardReports(JobStore store)
{
    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<ImmutableArray<LeaderboardRow>> Rows(string? experiment, string? corpus, string? upstream, string? protocol)
    {
        if (experiment is not null && (await store.Experiments(experiment)).Count == 0)
            throw new KeyNotFoundException($"no experiment has the id '{experiment}'");
        var scores = await store.Scores(experiment, corpus, upstream, protocol);
        var datasets = await store.Datasets();
        var foldSets = await store.FoldSets();
        var entries = scores.Select(s => new FoldEntry(CanonicalJson.Read<FoldSpec>(s.Spec), Score(s))).ToArray();
        var heard = await Heard([.. entries.Select(e => e.Spec.Features).Distinct()]);
        var rows = LeaderboardAggregation.Aggregate(
            entries,
            folds => new FoldSetFacts(CanonicalJson.Read<ImmutableArray<string>>(foldSets[folds].Badges), datasets[foldSets[folds].Manifest].Synthetic),
            heard.GetValueOrDefault);
        return
        [
            .. rows.Select(r => new LeaderboardRow(
                r.Corpus, r.Protocol, r.Head, r.Upstream, r.Seeds, r.FoldsDone, r.FoldsExpected,
                Percent(r.Wa), Percent(r.Ua), Percent(r.Wf1), Percent(r.MacroF1), r.Synthetic, r.Badges, r.Warnings)),
        ];
    }

    /// <summary>By extract job: the corpora that its upstream was pre-trained on, where a job of this platform made it; those that it started from count.</summary>
    private async Task<Dictionary<string, IReadOnlyCollection<string>>> Heard(string[] features)
    {
        var extracts = (await store.Specs(features)).Select(e => (e.Key, CanonicalJson.Read<ExtractSpec>(e.Value).Pretrain)).Where(e => e.Pretrain is not null).ToArray();
        var models = new Dictionary<string, PretrainSpec>(StringComparer.Ordinal);
        for (string[] next = [.. extracts.Select(e => e.Pretrain!).Distinct()]; next.Length > 0;)
        {
            foreach (var (key, spec) in await store.Specs(next)) models[key] = CanonicalJson.Read<PretrainSpec>(spec);
            next = [.. next.Select(key => models.GetValueOrDefault(key)?.Parent).OfType<string>().Where(key => !models.ContainsKey(key)).Distinct()];
        }
        return extracts.ToDictionary(e => e.Key, e => (IReadOnlyCollection<string>)Corpora(e.Pretrain!).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);

        IEnumerable<string> Corpora(string? model)
        {
            for (; model is not null && models.TryGetValue(model, out var spec); model = spec.Parent)
                foreach (var corpus in spec.Corpora) yield return corpus.Corpus;
        }
    }

    private static FoldScore? Score(StoredScore s) => s is { Wa: { } wa, Ua: { } ua, Wf1: { } wf1, MacroF1: { } macroF1 }
        ? new FoldScore(wa, ua, wf1, macroF1, s.Warnings is null ? [] : CanonicalJson.Read<ImmutableArray<string>>(s.Warnings))
        : null;

    private static MeanSd? Percent(FoldStatistics? statistics) => statistics is null ? null : new MeanSd(statistics.Mean, statistics.Sd);
}
