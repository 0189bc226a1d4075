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
/// <param name="Cell">Its number in this store.</param>
/// <param name="Changes">Grows whenever a fold or a result comes into it.</param>
public sealed record RowName(string Corpus, string Protocol, string Upstream, string Head, int Folds, long Cell = 0, long Changes = 0);

/// <summary>How long a slot held leases in a span of time.</summary>
public sealed record SlotUse(string Slot, int Attempts, double BusySeconds);

// What pages show: one page of a list at a time, grouped and counted by the database.
public sealed partial class JobStore
{
    private const int FewJobs = 2000;

    /// <summary>The folds of an experiment, grouped as its matrix shows them.</summary>
    /// <param name="experimentId">Id of an experiment; empty for all jobs.</param>
    /// <param name="cells">Which cells; null for all.</param>
    public Task<IReadOnlyList<GridCell>> GridCells(string experimentId, IReadOnlyCollection<long>? cells = null) => Read<IReadOnlyList<GridCell>>(async context =>
    {
        var tallies = context.Tallies.Where(t => t.ExperimentId == experimentId && t.Fold >= 0);
        if (cells is not null) tallies = tallies.Where(t => cells.Contains(t.CellId));
        var counted = await (from tally in tallies
                             join cell in context.Cells on tally.CellId equals cell.Id
                             select new GridCell(cell.Corpus, cell.Protocol, cell.Upstream, cell.Head, tally.Fold, tally.State, tally.Jobs, tally.Scores == 0 ? null : tally.Wa / tally.Scores)).ToListAsync();
        var running = (await (from job in context.Jobs
                              where job.State == JobState.Running && job.Fold != null
                              where experimentId == "" || context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == job.Id)
                              select new { job.Corpus, job.Protocol, job.Upstream, job.Head, job.Fold }).ToListAsync())
            .CountBy(j => (j.Corpus!, j.Protocol!, j.Upstream!, j.Head!, j.Fold!.Value)).ToDictionary();
        return [.. counted.SelectMany(c => Apart([(c.State, c.Jobs)], running.GetValueOrDefault((c.Corpus, c.Protocol, c.Upstream, c.Head, c.Fold))).Select(a => c with { State = a.State, Jobs = a.Jobs }))];
    });

    /// <summary>The jobs of an experiment by kind and state.</summary>
    public Task<IReadOnlyList<KindCount>> Kinds(string experimentId) => Read<IReadOnlyList<KindCount>>(async context =>
    {
        // Cell by cell first: an experiment has far fewer cells than folds.
        var counted = await (from perCell in from tally in context.Tallies
                                             where tally.ExperimentId == experimentId
                                             group tally by new { tally.CellId, tally.State } into g
                                             select new { g.Key.CellId, g.Key.State, Jobs = g.Sum(t => t.Jobs) }
                             join cell in context.Cells on perCell.CellId equals cell.Id
                             group perCell by new { cell.Kind, perCell.State } into g
                             select new KindCount(g.Key.Kind, g.Key.State, g.Sum(t => t.Jobs))).ToListAsync();
        var running = await (from job in context.Jobs
                             where job.State == JobState.Running && context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == job.Id)
                             group job by job.Kind into g
                             select new { g.Key, Jobs = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Jobs);
        return [.. counted.SelectMany(c => Apart([(c.State, c.Jobs)], running.GetValueOrDefault(c.Kind)).Select(a => new KindCount(c.Kind, a.State, a.Jobs)))];
    });

    /// <summary>What failed in an experiment, most frequent first.</summary>
    public Task<IReadOnlyList<FailureGroup>> Failures(string experimentId, int take) => Read<IReadOnlyList<FailureGroup>>(async context =>
    {
        // Few jobs fail: they are found by their state, not among all that the experiment wants.
        var groups = await (from job in context.Jobs
                            where (job.State == JobState.Failed || job.State == JobState.Poisoned) && context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == job.Id)
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
        var jobs = context.Jobs.AsQueryable();
        var tallies = from tally in context.Tallies where tally.ExperimentId == experimentId join cell in context.Cells on tally.CellId equals cell.Id select new { tally, cell };
        if (filter.Kind is { } kind) (jobs, tallies) = (jobs.Where(j => j.Kind == kind), tallies.Where(t => t.cell.Kind == kind));
        if (filter.Corpus is { } corpus) (jobs, tallies) = (jobs.Where(j => j.Corpus == corpus), tallies.Where(t => t.cell.Corpus == corpus));
        if (filter.Protocol is { } protocol) (jobs, tallies) = (jobs.Where(j => j.Protocol == protocol), tallies.Where(t => t.cell.Protocol == protocol));
        if (filter.Upstream is { } upstream) (jobs, tallies) = (jobs.Where(j => j.Upstream == upstream), tallies.Where(t => t.cell.Upstream == upstream));
        if (filter.Head is { } head) (jobs, tallies) = (jobs.Where(j => j.Head == head), tallies.Where(t => t.cell.Head == head));
        var running = filter.State is JobState.Queued or JobState.Running
            ? await jobs.CountAsync(j => j.State == JobState.Running && context.ExperimentJobs.Any(e => e.ExperimentId == experimentId && e.JobId == j.Id)) : 0;
        var total = running;
        if (filter.State is not JobState.Running)
        {
            total = filter with { State = null } == new JobFilter()
                ? await context.Tallies.Where(t => t.ExperimentId == experimentId && (filter.State == null || t.State == filter.State)).SumAsync(t => t.Jobs)
                : await tallies.Where(t => filter.State == null || t.tally.State == filter.State).SumAsync(t => t.tally.Jobs);
            if (filter.State is JobState.Queued) total = Math.Max(0, total - running);
        }
        if (filter.State is { } state) jobs = jobs.Where(j => j.State == state);
        // Few are found among all jobs and sorted; many are walked in their order.
        var links = total <= FewJobs
            ? jobs.Select(j => new { Position = context.ExperimentJobs.Where(e => e.ExperimentId == experimentId && e.JobId == j.Id).Max(e => (int?)e.Position), job = j }).Where(l => l.Position != null)
            : from link in context.ExperimentJobs where link.ExperimentId == experimentId join job in jobs on link.JobId equals job.Id select new { Position = (int?)link.Position, job };
        // The page first, then its results: those have long columns.
        if (total > FewJobs && filter == new JobFilter())
        {
            // Skipped links alone, without their jobs.
            var numbers = await context.ExperimentJobs.Where(e => e.ExperimentId == experimentId).OrderBy(e => e.Position).ThenBy(e => e.JobId).Skip(skip).Take(take).Select(e => e.JobId).ToListAsync();
            links = links.Where(l => numbers.Contains(l.job.Id));
            skip = 0;
        }
        var page = await links.OrderBy(l => l.Position).ThenBy(l => l.job.Id).Skip(skip).Take(take)
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
        var rows = await (from counted in from tally in context.Tallies
                                          where tally.ExperimentId == (experimentId ?? "") && tally.Fold >= 0
                                          group tally by tally.CellId into g
                                          select new { Cell = g.Key, Folds = g.Sum(t => t.Jobs) }
                          join cell in context.Cells on counted.Cell equals cell.Id
                          select new RowName(cell.Corpus, cell.Protocol, cell.Upstream, cell.Head, counted.Folds, cell.Id, cell.Changes)).ToListAsync();
        return [.. rows.OrderBy(r => r.Corpus, StringComparer.Ordinal).ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.Upstream, StringComparer.Ordinal).ThenBy(r => r.Cell)];
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
