using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>An experiment with its jobs counted by state.</summary>
public sealed record ExperimentCounts(string Id, string Name, long Submitted, long? Cancelled, long? LastEnded, IReadOnlyDictionary<JobState, int> Jobs)
{
    public int Count(JobState state) => Jobs.GetValueOrDefault(state);
    public int Total => Jobs.Values.Sum();
}

/// <summary>A job row without its spec.</summary>
public sealed record JobSummary(string Key, string Kind, string Title, JobState State, int Attempts, string? Error);

/// <summary>One job with what surrounds it.</summary>
public sealed record JobPicture(JobRow Job, IReadOnlyList<JobSummary> DependsOn, IReadOnlyList<AttemptRow> Attempts, ResultRow? Result, int QueuedBefore, JobNeeds Needs);

/// <summary>An attempt that was running when the store was last written.</summary>
public sealed record RunningAttempt(string Key, string Kind, int Attempt, string Slot);

/// <summary>Mean duration of the results of one kind of job.</summary>
public sealed record MeanDuration(string Kind, string? Corpus, string? Upstream, double Seconds);

// Readers materialise everything and hold no transaction: one that sits on a connection can never stop the writer.
public sealed partial class JobStore
{
    /// <summary>All experiments, newest first, or the one with this id.</summary>
    public Task<IReadOnlyList<ExperimentCounts>> Experiments(string? id = null) => Read<IReadOnlyList<ExperimentCounts>>(async context =>
    {
        var experiments = await context.Experiments.Where(e => id == null || e.Id == id)
            .OrderByDescending(e => e.Submitted).ThenBy(e => e.Id)
            .Select(e => new { e.Id, e.Name, e.Submitted, e.Cancelled }).ToListAsync();
        var counts = await (from tally in context.Tallies
                            where id == null ? tally.ExperimentId != "" : tally.ExperimentId == id
                            group tally by new { tally.ExperimentId, tally.State } into g
                            select new { g.Key.ExperimentId, g.Key.State, Jobs = g.Sum(t => t.Jobs), Ended = g.Max(t => t.Ended) }).ToListAsync();
        var running = (await (from job in context.Jobs
                              where job.State == JobState.Running
                              select context.ExperimentJobs.Where(e => e.JobId == job.Id).Select(e => e.ExperimentId).ToList()).ToListAsync()).SelectMany(e => e).CountBy(e => e).ToDictionary();
        var byExperiment = counts.ToLookup(c => c.ExperimentId);
        return [.. experiments.Select(e => new ExperimentCounts(
            e.Id, e.Name, e.Submitted, e.Cancelled, byExperiment[e.Id].Select(c => c.Ended).DefaultIfEmpty().Max() is > 0 and var ended ? ended : null,
            Apart(byExperiment[e.Id].Select(c => (c.State, c.Jobs)), running.GetValueOrDefault(e.Id)).ToDictionary(c => c.State, c => c.Jobs)))];
    });

    /// <summary>Running jobs are counted as queued ones; there are as many of them as slots, so that they are looked up.</summary>
    private static IEnumerable<(JobState State, int Jobs)> Apart(IEnumerable<(JobState State, int Jobs)> counted, int running)
    {
        foreach (var (state, jobs) in counted)
        {
            // Those that were claimed after the counting are not among the counted.
            var run = state == JobState.Queued ? Math.Min(jobs, running) : 0;
            if (jobs > run) yield return (state, jobs - run);
            if (run > 0) yield return (JobState.Running, run);
        }
    }

    /// <summary>Jobs of an experiment in grid order.</summary>
    public Task<IReadOnlyList<JobSummary>> Jobs(string experimentId, JobState? state, int skip, int take) => Read<IReadOnlyList<JobSummary>>(async context =>
        await (from link in context.ExperimentJobs
               where link.ExperimentId == experimentId
               join job in context.Jobs on link.JobId equals job.Id
               where state == null || job.State == state
               orderby link.Position
               select new JobSummary(job.Key, job.Kind, job.Title, job.State, job.Attempt, job.Error)).Skip(skip).Take(take).ToListAsync());

    /// <summary>Titles of jobs by their keys.</summary>
    public Task<IReadOnlyDictionary<string, string>> Titles(IReadOnlyCollection<string> keys) => Read<IReadOnlyDictionary<string, string>>(async context =>
        await context.Jobs.Where(j => keys.Contains(j.Key)).Select(j => new { j.Key, j.Title }).ToDictionaryAsync(j => j.Key, j => j.Title));

    /// <summary>Keys of jobs that begin with a text; at most two, enough to see that it is ambiguous.</summary>
    public Task<IReadOnlyList<string>> Keys(string prefix) => Read<IReadOnlyList<string>>(async context =>
        await context.Jobs.Where(j => j.Key.CompareTo(prefix) >= 0 && j.Key.CompareTo(prefix + "g") < 0).OrderBy(j => j.Key).Select(j => j.Key).Take(2).ToListAsync());

    /// <summary>Everything about one job; null where there is none.</summary>
    public Task<JobPicture?> Job(string key) => Read<JobPicture?>(async context =>
    {
        var job = await context.Jobs.SingleOrDefaultAsync(j => j.Key == key);
        if (job is null) return null;
        var dependencies = await (from d in context.JobDependencies
                                  where d.JobId == job.Id
                                  join needed in context.Jobs on d.DependsOn equals needed.Id
                                  select new JobSummary(needed.Key, needed.Kind, needed.Title, needed.State, needed.Attempt, needed.Error)).ToListAsync();
        var attempts = await context.Attempts.Where(a => a.JobId == job.Id).OrderBy(a => a.Number).ToListAsync();
        var result = await context.Results.FindAsync(job.Id);
        var before = await context.Jobs.CountAsync(j => j.State == JobState.Queued && j.Id < job.Id);
        var needs = await context.Needs.Where(n => n.Id == job.Needs).Select(n => n.Needs).SingleOrDefaultAsync();
        return new JobPicture(job, dependencies, attempts, result, before, JobNeeds.FromJson(needs));
    });

    /// <summary>State of each of these jobs that the store has.</summary>
    public Task<IReadOnlyDictionary<string, JobState>> States(IReadOnlyCollection<string> keys) => Read<IReadOnlyDictionary<string, JobState>>(async context =>
        await context.Jobs.Where(j => keys.Contains(j.Key)).ToDictionaryAsync(j => j.Key, j => j.State));

    /// <summary>How many jobs are in each state.</summary>
    public Task<IReadOnlyDictionary<JobState, int>> Counts() => Read<IReadOnlyDictionary<JobState, int>>(async context =>
    {
        var counts = await (from tally in context.Tallies
                            where tally.ExperimentId == ""
                            group tally by tally.State into g
                            select new { g.Key, Jobs = g.Sum(t => t.Jobs) }).ToListAsync();
        return Apart(counts.Select(c => (c.Key, c.Jobs)), await context.Jobs.CountAsync(j => j.State == JobState.Running)).ToDictionary(c => c.State, c => c.Jobs);
    });

    /// <summary>Whether any job is queued.</summary>
    public Task<bool> AnyQueued() => Read(context => context.Jobs.AnyAsync(j => j.State == JobState.Queued));

    /// <summary>What state a job is in; null where the store has no such job.</summary>
    public Task<JobState?> State(string key) => Read(async context =>
        await context.Jobs.Where(j => j.Key == key).Select(j => (JobState?)j.State).SingleOrDefaultAsync());

    /// <summary>Whether an attempt runs according to the store, and whether any live experiment wants its job.</summary>
    public Task<(bool Runs, bool Wanted)> Running(string key, int attempt) => Read(async context =>
    {
        var job = await (from j in context.Jobs
                         where j.Key == key
                         join a in context.Attempts on j.Id equals a.JobId
                         where a.Number == attempt && a.State == AttemptState.Running
                         select (long?)j.Id).SingleOrDefaultAsync();
        return job is { } id ? (true, Wanted(context, id)) : (false, false);
    });

    /// <summary>All attempts that run according to the store.</summary>
    public Task<IReadOnlyList<RunningAttempt>> RunningAttempts(string? experimentId = null) => Read<IReadOnlyList<RunningAttempt>>(async context =>
        await (from attempt in context.Attempts
               where attempt.State == AttemptState.Running
               join job in context.Jobs on attempt.JobId equals job.Id
               where experimentId == null || context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == job.Id)
               orderby job.Id
               select new RunningAttempt(job.Key, job.Kind, attempt.Number, attempt.Slot)).ToListAsync());

    /// <summary>How long jobs took, by kind, corpus and upstream.</summary>
    public Task<IReadOnlyList<MeanDuration>> Durations() => Read<IReadOnlyList<MeanDuration>>(async context =>
        await (from cell in context.Cells
               where cell.Results > 0
               group cell by new { cell.Kind, cell.Corpus, cell.Upstream } into g
               select new MeanDuration(g.Key.Kind, g.Key.Corpus == "" ? null : g.Key.Corpus, g.Key.Upstream == "" ? null : g.Key.Upstream, g.Sum(c => c.Seconds) / g.Sum(c => c.Results))).ToListAsync());

    /// <summary>Jobs of an experiment that have not ended, counted as <see cref="Durations"/> groups them.</summary>
    public Task<IReadOnlyList<(MeanDuration Group, int Jobs)>> Remaining(string experimentId) => Read<IReadOnlyList<(MeanDuration, int)>>(async context =>
    {
        var rows = await (from tally in context.Tallies
                          where tally.ExperimentId == experimentId && (tally.State == JobState.Waiting || tally.State == JobState.Queued)
                          join cell in context.Cells on tally.CellId equals cell.Id
                          group tally by new { cell.Kind, cell.Corpus, cell.Upstream } into g
                          select new { g.Key.Kind, Corpus = g.Key.Corpus == "" ? null : g.Key.Corpus, Upstream = g.Key.Upstream == "" ? null : g.Key.Upstream, Jobs = g.Sum(t => t.Jobs) }).ToListAsync();
        return [.. rows.Select(r => (new MeanDuration(r.Kind, r.Corpus, r.Upstream, 0), r.Jobs))];
    });

    /// <summary>When the last <paramref name="count"/> results of an experiment came in (Unix milliseconds, newest first), of those since <paramref name="since"/>.</summary>
    public Task<IReadOnlyList<long>> LastFinished(string experimentId, int count, long since = 0) => Read<IReadOnlyList<long>>(async context =>
        await context.Results.Where(r => r.Finished >= since && context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == r.JobId))
            .OrderByDescending(r => r.Finished).Select(r => r.Finished).Take(count).ToListAsync());

    /// <summary>Specs (canonical JSON) by key, of those keys that are jobs.</summary>
    public Task<IReadOnlyDictionary<string, string>> Specs(IReadOnlyCollection<string> keys) => Read<IReadOnlyDictionary<string, string>>(async context =>
        (await context.Jobs.Where(j => keys.Contains(j.Key)).Select(j => new { j.Key, j.Spec }).ToListAsync()).ToDictionary(j => j.Key, j => j.Spec));

    /// <summary>Kind of a job, and its result (canonical JSON) where it has one; null where there is no such job.</summary>
    public Task<(string Kind, string? Result)?> Product(string key) => Read(async context =>
    {
        var job = await (from j in context.Jobs
                         where j.Key == key
                         join r in context.Results on j.Id equals r.JobId into results
                         from result in results.DefaultIfEmpty()
                         select new { j.Kind, Result = (string?)result.Result }).SingleOrDefaultAsync();
        return job is null ? ((string, string?)?)null : (job.Kind, job.Result);
    });

    /// <summary>Scanned corpora by manifest hash.</summary>
    public Task<ImmutableDictionary<string, DatasetRow>> Datasets() => Read(async context =>
        (await context.Datasets.ToListAsync()).ToImmutableDictionary(d => d.Manifest));

    /// <summary>Fold sets by hash.</summary>
    public Task<ImmutableDictionary<string, FoldSetRow>> FoldSets() => Read(async context =>
        (await context.FoldSets.ToListAsync()).ToImmutableDictionary(f => f.Hash));

    /// <summary>Records what a scan found; a repeated scan refreshes its warnings.</summary>
    public Task<bool> Record(DatasetRow dataset) => writer.Write(context =>
    {
        var row = context.Datasets.Find(dataset.Manifest);
        if (row is null)
        {
            context.Datasets.Add(dataset);
            return true;
        }
        row.Scanned = dataset.Scanned;
        row.Warnings = dataset.Warnings;
        return false;
    });

    /// <summary>Records a fold set; badges that are worded anew take the place of those that were there, and count as a change of the cells that carry them.</summary>
    public Task<bool> Record(FoldSetRow folds) => writer.Write(context =>
    {
        var row = context.FoldSets.Find(folds.Hash);
        if (row is null)
        {
            context.FoldSets.Add(folds);
            return true;
        }
        if (row.Badges == folds.Badges) return false;
        row.Badges = folds.Badges;
        context.Cells.Where(c => c.Protocol == row.Protocol && context.Datasets.Any(d => d.Manifest == row.Manifest && d.Corpus == c.Corpus))
            .ExecuteUpdate(set => set.SetProperty(c => c.Changes, c => c.Changes + 1));
        return false;
    });

    private async Task<T> Read<T>(Func<StoreContext, Task<T>> read)
    {
        await using var context = contexts.CreateDbContext();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await read(context);
    }
}
