using Emotion2Vec.Grains.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>Jobs of one fold of one cell of a grid that are in one state.</summary>
/// <param name="Head">Canonical JSON of the head.</param>
/// <param name="Jobs">How many: more than one where there are several seeds.</param>
/// <param name="Wa">Mean of their weighted accuracies, 0–1; null without result.</param>
public sealed record GridCell(string Corpus, string Protocol, string Upstream, string Head, int Fold, JobState State, int Jobs, double? Wa);

/// <summary>Jobs of one kind in one state.</summary>
public sealed record KindCount(string Kind, JobState State, int Jobs);

/// <summary>Jobs that failed with one message.</summary>
/// <param name="Key">Key of the first of them.</param>
public sealed record FailureGroup(JobState State, string? Error, int Jobs, string Key, string Title);

/// <summary>Which jobs of an experiment; null = whatever.</summary>
/// <param name="Head">Canonical JSON of the head.</param>
public sealed record JobFilter(JobState? State = null, string? Kind = null, string? Corpus = null, string? Protocol = null, string? Upstream = null, string? Head = null);

/// <summary>A job in a list.</summary>
public sealed record ListedJob(string Key, string Kind, string Title, JobState State, int Attempts, long? Ended, string? Error, double? Wa, double? WallSeconds);

/// <summary>Who else has to do with a job.</summary>
/// <param name="Dependants">The first of those that read its output.</param>
/// <param name="DependantCount">How many there are.</param>
/// <param name="Experiments">Those that want it: id and name.</param>
public sealed record JobSurroundings(IReadOnlyList<JobSummary> Dependants, int DependantCount, IReadOnlyList<(string Id, string Name)> Experiments);

/// <summary>Folds asked for in one row of the leaderboard, data and models of one name taken together.</summary>
/// <param name="Head">Canonical JSON of the head.</param>
public sealed record RowName(string Corpus, string Protocol, string Upstream, string Head, int Folds);

/// <summary>How long a slot held leases in a span of time.</summary>
public sealed record SlotUse(string Slot, int Attempts, double BusySeconds);

// What pages show: one page of a list at a time, grouped and counted by the database.
public sealed partial class JobStore
{
    /// <summary>The folds of an experiment, grouped as its matrix shows them.</summary>
    public Task<IReadOnlyList<GridCell>> GridCells(string experimentId) => Read<IReadOnlyList<GridCell>>(async context =>
        await (from link in context.ExperimentJobs
               where link.ExperimentId == experimentId
               join job in context.Jobs on link.JobId equals job.Id
               where job.Fold != null
               join r in context.Results on job.Id equals r.JobId into results
               from result in results.DefaultIfEmpty()
               select new { job.Corpus, job.Protocol, job.Upstream, job.Head, job.Fold, job.State, Wa = (double?)result.Wa } into fold
               group fold by new { fold.Corpus, fold.Protocol, fold.Upstream, fold.Head, fold.Fold, fold.State } into g
               select new GridCell(g.Key.Corpus!, g.Key.Protocol!, g.Key.Upstream!, g.Key.Head!, g.Key.Fold!.Value, g.Key.State, g.Count(), g.Average(f => f.Wa))).ToListAsync());

    /// <summary>The jobs of an experiment by kind and state.</summary>
    public Task<IReadOnlyList<KindCount>> Kinds(string experimentId) => Read<IReadOnlyList<KindCount>>(async context =>
        await (from link in context.ExperimentJobs
               where link.ExperimentId == experimentId
               join job in context.Jobs on link.JobId equals job.Id
               group job by new { job.Kind, job.State } into g
               select new KindCount(g.Key.Kind, g.Key.State, g.Count())).ToListAsync());

    /// <summary>What failed in an experiment, most frequent first.</summary>
    public Task<IReadOnlyList<FailureGroup>> Failures(string experimentId, int take) => Read<IReadOnlyList<FailureGroup>>(async context =>
    {
        var groups = await (from link in context.ExperimentJobs
                            where link.ExperimentId == experimentId
                            join job in context.Jobs on link.JobId equals job.Id
                            where job.State == JobState.Failed || job.State == JobState.Poisoned
                            group job by new { job.State, job.Error } into g
                            orderby g.Count() descending, g.Min(j => j.Id)
                            select new { g.Key.State, g.Key.Error, Jobs = g.Count(), First = g.Min(j => j.Id) }).Take(take).ToListAsync();
        var ids = groups.Select(g => g.First).ToArray();
        var first = await context.Jobs.Where(j => ids.Contains(j.Id)).Select(j => new { j.Id, j.Key, j.Title }).ToDictionaryAsync(j => j.Id);
        return [.. groups.Select(g => new FailureGroup(g.State, g.Error, g.Jobs, first[g.First].Key, first[g.First].Title))];
    });

    /// <summary>Jobs of an experiment in grid order, with how many there are in all.</summary>
    public Task<(int Total, IReadOnlyList<ListedJob> Jobs)> JobPage(string experimentId, JobFilter filter, int skip, int take) => Read<(int, IReadOnlyList<ListedJob>)>(async context =>
    {
        var links = from link in context.ExperimentJobs where link.ExperimentId == experimentId join job in context.Jobs on link.JobId equals job.Id select new { link.Position, job };
        if (filter.State is { } state) links = links.Where(l => l.job.State == state);
        if (filter.Kind is { } kind) links = links.Where(l => l.job.Kind == kind);
        if (filter.Corpus is { } corpus) links = links.Where(l => l.job.Corpus == corpus);
        if (filter.Protocol is { } protocol) links = links.Where(l => l.job.Protocol == protocol);
        if (filter.Upstream is { } upstream) links = links.Where(l => l.job.Upstream == upstream);
        if (filter.Head is { } head) links = links.Where(l => l.job.Head == head);
        var total = await links.CountAsync();
        // The page first, then its results: those have long columns.
        var page = await links.OrderBy(l => l.Position).Skip(skip).Take(take)
            .Select(l => new { l.job.Id, l.job.Key, l.job.Kind, l.job.Title, l.job.State, l.job.Attempt, l.job.Ended, l.job.Error }).ToListAsync();
        var ids = page.Select(j => j.Id).ToArray();
        var results = await context.Results.Where(r => ids.Contains(r.JobId)).Select(r => new { r.JobId, r.Wa, r.WallSeconds }).ToDictionaryAsync(r => r.JobId);
        return (total, [.. page.Select(j => new ListedJob(j.Key, j.Kind, j.Title, j.State, j.Attempt, j.Ended, j.Error, results.GetValueOrDefault(j.Id)?.Wa, results.GetValueOrDefault(j.Id)?.WallSeconds))]);
    });

    /// <summary>The YAML that an experiment was submitted as; null where there is no such experiment.</summary>
    public Task<string?> GridText(string experimentId) => Read(async context =>
        await context.Experiments.Where(e => e.Id == experimentId).Select(e => e.Grid).SingleOrDefaultAsync());

    /// <summary>Who else has to do with a job.</summary>
    public Task<JobSurroundings> Surroundings(string key, int take) => Read(async context =>
    {
        var dependants = from job in context.Jobs
                         where job.Key == key
                         join d in context.JobDependencies on job.Id equals d.DependsOn
                         join dependant in context.Jobs on d.JobId equals dependant.Id
                         select dependant;
        var experiments = await (from job in context.Jobs
                                 where job.Key == key
                                 join link in context.ExperimentJobs on job.Id equals link.JobId
                                 join e in context.Experiments on link.ExperimentId equals e.Id
                                 orderby e.Submitted descending
                                 select new { e.Id, e.Name }).ToListAsync();
        return new JobSurroundings(
            await dependants.OrderBy(j => j.Id).Take(take).Select(j => new JobSummary(j.Key, j.Kind, j.Title, j.State, j.Attempt, j.Error)).ToListAsync(),
            await dependants.CountAsync(), [.. experiments.Select(e => (e.Id, e.Name))]);
    });

    /// <summary>Names of the rows that a leaderboard has, by corpus and protocol.</summary>
    /// <param name="experimentId">Only those with a fold of this experiment; null for all.</param>
    public Task<IReadOnlyList<RowName>> RowNames(string? experimentId = null) => Read<IReadOnlyList<RowName>>(async context =>
    {
        var jobs = context.Jobs.Where(j => j.Fold != null);
        if (experimentId is not null) jobs = jobs.Where(j => context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == j.Id));
        var rows = await (from job in jobs
                          group job by new { job.Corpus, job.Protocol, job.Upstream, job.Head } into g
                          select new RowName(g.Key.Corpus!, g.Key.Protocol!, g.Key.Upstream!, g.Key.Head!, g.Count())).ToListAsync();
        return [.. rows.OrderBy(r => r.Corpus, StringComparer.Ordinal).ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Upstream, StringComparer.Ordinal)];
    });

    /// <summary>All jobs of a kind of which there are few, newest first.</summary>
    public Task<IReadOnlyList<JobSummary>> OfKind(string kind, int take) => Read<IReadOnlyList<JobSummary>>(async context =>
        await context.Jobs.Where(j => j.Kind == kind).OrderByDescending(j => j.Id).Take(take)
            .Select(j => new JobSummary(j.Key, j.Kind, j.Title, j.State, j.Attempt, j.Error)).ToListAsync());

    /// <summary>How busy slots were between two times (Unix milliseconds).</summary>
    public Task<IReadOnlyList<SlotUse>> SlotUses(long from, long to) => Read<IReadOnlyList<SlotUse>>(async context =>
    {
        var uses = await (from attempt in context.Attempts
                          where attempt.State == AttemptState.Running || attempt.Ended > @from
                          select new { attempt.Slot, attempt.Started, Ended = attempt.State == AttemptState.Running ? to : attempt.Ended!.Value } into span
                          group span by span.Slot into g
                          select new { Slot = g.Key, Attempts = g.Count(), Busy = g.Sum(s => (s.Ended > to ? to : s.Ended) - (s.Started < @from ? @from : s.Started)) }).ToListAsync();
        return [.. uses.Select(u => new SlotUse(u.Slot, u.Attempts, u.Busy / 1000.0))];
    });
}
