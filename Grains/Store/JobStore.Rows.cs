using Emotion2Vec.Corpora.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>Which folds a table is made of; null = all.</summary>
/// <param name="Head">Canonical JSON of the head.</param>
public sealed record FoldFilter(string? Experiment = null, string? Corpus = null, string? Upstream = null, string? Protocol = null, string? Head = null);

/// <summary>A fold job by its columns, and its metrics, 0–1; those are null while it has no result.</summary>
/// <param name="Job">The job's number in this store.</param>
/// <param name="Head">Canonical JSON of the head.</param>
/// <param name="Finished">When the result came (Unix milliseconds).</param>
/// <param name="ValidationWa">Validation WA of the tested epoch; null also without validation part.</param>
/// <param name="Warnings">JSON array of its warnings; null where there are none.</param>
public sealed record StoredScore(
    long Job, string Corpus, string Manifest, string Upstream, string Features, string Protocol, string Folds, int Fold, string Head, int Seed,
    int? Attempt, long? Finished, double? Wa, double? Ua, double? Wf1, double? MacroF1, double? ValidationWa, string? Warnings);

// What leaderboards and paper tables read. Columns only: neither specs nor results are parsed, and ix_jobs_row finds the folds.
public sealed partial class JobStore
{
    /// <summary>Every fold that was asked for, with its scores where it has been run.</summary>
    public Task<IReadOnlyList<StoredScore>> Scores(FoldFilter filter) => Read<IReadOnlyList<StoredScore>>(async context => await ScoreQuery(context, filter).ToListAsync());

    /// <summary>Grows whenever a job, an experiment that wants one, or a result comes, and when badges change: while it is the same, so are all rows.</summary>
    public Task<long> Changes() => Read(context => context.Cells.SumAsync(c => c.Changes));

    internal static IQueryable<StoredScore> ScoreQuery(StoreContext context, FoldFilter filter)
    {
        // Conditions that do not apply are not in the SQL, so that the index serves those that do.
        var jobs = context.Jobs.Where(j => j.Fold != null);
        if (filter.Corpus is { } corpus) jobs = jobs.Where(j => j.Corpus == corpus);
        if (filter.Protocol is { } protocol) jobs = jobs.Where(j => j.Protocol == protocol);
        if (filter.Upstream is { } upstream) jobs = jobs.Where(j => j.Upstream == upstream);
        if (filter.Head is { } head) jobs = jobs.Where(j => j.Head == head);
        if (filter.Experiment is { } experiment) jobs = jobs.Where(j => context.ExperimentJobs.Any(e => e.ExperimentId == experiment && e.JobId == j.Id));
        return from job in jobs
               join r in context.Results on job.Id equals r.JobId into results
               from result in results.DefaultIfEmpty()
               orderby job.Id
               select new StoredScore(
                   job.Id, job.Corpus!, job.Manifest!, job.Upstream!, job.Features!, job.Protocol!, job.Folds!, job.Fold!.Value, job.Head!, job.Seed!.Value,
                   result.Attempt, result.Finished, result.Wa, result.Ua, result.Wf1, result.MacroF1, result.ValidationWa, result.Warnings);
    }

    /// <summary>Results (canonical JSON) of jobs by their numbers; a job without result is left out.</summary>
    public Task<IReadOnlyDictionary<long, string>> ResultTexts(IReadOnlyCollection<long> jobs) => Read<IReadOnlyDictionary<long, string>>(async context =>
        (await context.Results.Where(r => jobs.Contains(r.JobId)).Select(r => new { r.JobId, r.Result }).ToListAsync()).ToDictionary(r => r.JobId, r => r.Result));

    /// <summary>Statistics (JSON) that were computed before, by the hash of their results.</summary>
    public Task<IReadOnlyDictionary<string, string>> Statistics(IReadOnlyCollection<string> results) => Read<IReadOnlyDictionary<string, string>>(async context =>
        (await context.RowStatistics.Where(s => results.Contains(s.Results)).ToListAsync()).ToDictionary(s => s.Results, s => s.Statistics));

    /// <summary>Keeps statistics; those that are there already stay.</summary>
    public Task<int> Keep(IReadOnlyDictionary<string, string> statistics) => writer.Write(context =>
    {
        var known = context.RowStatistics.Where(s => statistics.Keys.Contains(s.Results)).Select(s => s.Results).ToHashSet();
        var fresh = statistics.Where(s => !known.Contains(s.Key)).ToArray();
        context.RowStatistics.AddRange(fresh.Select(s => new RowStatisticsRow { Results = s.Key, Statistics = s.Value, Computed = Now() }));
        return fresh.Length;
    });
}
