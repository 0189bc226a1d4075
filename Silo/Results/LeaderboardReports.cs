using System.Collections.Immutable;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>Results as tables, from the store.</summary>
internal sealed class LeaderboardReports(RowReader reader)
{
    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<ImmutableArray<LeaderboardRow>> Rows(FoldFilter filter, bool select = false)
    {
        var rows = await reader.Rows([filter], select);
        return Rows(rows, await reader.Statistics(rows));
    }

    /// <summary>Aggregated rows with what their predictions tell, in percent.</summary>
    internal static ImmutableArray<LeaderboardRow> Rows(ImmutableArray<AggregatedRow> rows, ImmutableArray<RowStatistics?> statistics) =>
    [
        .. rows.Zip(statistics, (r, s) => new LeaderboardRow(
            r.Corpus, r.Protocol, r.Head, r.Upstream, r.Seeds, r.FoldsDone, r.FoldsExpected,
            Figure(r.Wa, s, f => f.Wa, i => i.Wa), Figure(r.Ua, s, f => f.Ua, i => i.Ua), Figure(r.Wf1, s, f => f.Wf1, i => i.Wf1), Figure(r.MacroF1, s, f => f.MacroF1, i => i.MacroF1),
            r.Synthetic, r.Badges, r.Warnings, s?.Units)),
    ];

    /// <summary>A figure in percent.</summary>
    internal static Figure? Figure(FoldStatistics? overFolds, RowStatistics? row, Func<Scores, double> pooled, Func<Intervals, Interval> interval)
    {
        if (overFolds is null) return null;
        var ends = row?.Intervals is { } intervals ? interval(intervals) : null;
        return new(overFolds.Mean, overFolds.Sd, overFolds.SeedSd, row is null ? null : 100 * pooled(row.Pooled), 100 * ends?.Low, 100 * ends?.High);
    }
}
