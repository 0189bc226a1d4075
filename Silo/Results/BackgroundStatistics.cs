using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Silo.Api;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Results;

/// <summary>
/// Intervals and comparisons for pages, which never wait for them: what is known is given at once, the rest is computed one by one behind it.
/// Results never change, so neither does what was computed from them.
/// </summary>
internal sealed partial class BackgroundStatistics(RowReader reader, ComparisonReports comparisons, TimeProvider time, ILogger<BackgroundStatistics> logger) : BackgroundService
{
    private const int LongestQueue = 512, ComparisonsKept = 4096;

    /// <summary>What has failed, such as for want of a manifest, is tried again at the first look after so long.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Channel<(string Name, Func<Task> Work)> queue = Channel.CreateBounded<(string, Func<Task>)>(LongestQueue);
    private readonly ConcurrentDictionary<string, DateTimeOffset> asked = new(StringComparer.Ordinal); // until when it is not asked again
    private readonly ConcurrentDictionary<string, RowComparison> compared = new(StringComparer.Ordinal);

    /// <summary>What waits for its turn or has it.</summary>
    internal int Queued => asked.Count(a => a.Value == DateTimeOffset.MaxValue);

    /// <summary>The statistics of each row; null while they are computed, and where there are none.</summary>
    public async Task<ImmutableArray<(string? Results, RowStatistics? Statistics)>> Statistics(ImmutableArray<AggregatedRow> rows)
    {
        var known = await reader.Kept(rows);
        foreach (var (row, (results, _)) in rows.Zip(known).Where(r => r.Second is { Results: not null, Statistics: null })) Ask($"row {results}", () => reader.Statistics([row]));
        return known;
    }

    /// <summary>One row against another of the same folds; null while it is computed, and where they cannot be compared.</summary>
    public RowComparison? Compare((AggregatedRow Row, string? Results) first, (AggregatedRow Row, string? Results) second)
    {
        if (first.Results is null || second.Results is null) return null;
        var name = $"{first.Results} {second.Results}";
        if (compared.TryGetValue(name, out var known)) return known;
        Ask(name, async () =>
        {
            if (compared.Count > ComparisonsKept) compared.Clear();
            compared[name] = await comparisons.Compare(first.Row, second.Row);
        });
        return null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (name, work) in queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await work();
                asked.TryRemove(name, out _);
                continue;
            }
            catch (InputException)
            {
                // Its manifest is not there, or the rows share no fold yet.
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, name, error);
            }
            if (asked.Count > ComparisonsKept)
                foreach (var failed in asked.Where(a => a.Value != DateTimeOffset.MaxValue)) asked.TryRemove(failed);
            asked[name] = time.GetUtcNow() + Pause;
        }
    }

    private void Ask(string name, Func<Task> work)
    {
        if (asked.TryGetValue(name, out var until) ? time.GetUtcNow() < until || !asked.TryUpdate(name, DateTimeOffset.MaxValue, until) : !asked.TryAdd(name, DateTimeOffset.MaxValue)) return;
        if (!queue.Writer.TryWrite((name, work))) asked.TryRemove(name, out _);
    }

    [LoggerMessage(LogLevel.Error, "Statistics of {Name} failed")]
    private static partial void LogFailed(ILogger logger, string name, Exception error);
}
