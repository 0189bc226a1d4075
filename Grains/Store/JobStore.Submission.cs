using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains.Store;

public sealed partial class JobStore
{
    /// <summary>
    /// Stores an experiment and the jobs that the store lacks, in one transaction. Jobs that exist are reused in
    /// whatever state they are; only cancelled ones (and what they blocked) are queued anew.
    /// </summary>
    public Task<Submitted> Submit(string id, string name, string grid, IReadOnlyList<NewJob> jobs) => writer.Write(context =>
    {
        var experiment = context.Experiments.Find(id);
        if (experiment is null)
            context.Experiments.Add(experiment = new ExperimentRow { Id = id, Name = name, Grid = grid, Submitted = Now() });
        experiment.Cancelled = null;

        var keys = jobs.Select(j => j.Key).ToArray();
        var rows = context.Jobs.Where(j => keys.Contains(j.Key)).ToDictionary(j => j.Key);
        var fresh = jobs.Where(j => !rows.ContainsKey(j.Key)).ToList();
        var needs = NumberNeeds(context, jobs);
        foreach (var job in jobs)
        {
            var number = job.Needs is null ? 0 : needs[job.Needs];
            if (!rows.TryGetValue(job.Key, out var known)) rows[job.Key] = context.Jobs.Add(ToRow(job, number)).Entity;
            else if (known.State is not (JobState.Running or JobState.Succeeded)) known.Needs = number;
        }
        context.SaveChanges();

        foreach (var job in fresh)
        {
            foreach (var dependency in job.DependsOn)
                context.JobDependencies.Add(new JobDependencyRow { JobId = rows[job.Key].Id, DependsOn = rows[dependency].Id });
        }
        var linked = context.ExperimentJobs.Where(e => e.ExperimentId == id).Select(e => e.JobId).ToHashSet();
        for (var i = 0; i < jobs.Count; i++)
        {
            if (linked.Add(rows[jobs[i].Key].Id))
                context.ExperimentJobs.Add(new ExperimentJobRow { ExperimentId = id, JobId = rows[jobs[i].Key].Id, Position = i });
        }
        context.SaveChanges();

        var revived = jobs.Select(j => rows[j.Key]).Where(r => r.State == JobState.Cancelled).ToList();
        foreach (var job in revived) Requeue(context, job);
        // New jobs stand in grid order, dependencies first, so one pass settles them.
        foreach (var job in fresh.Where(j => j.DependsOn.Length > 0))
        {
            var row = rows[job.Key];
            var dependencies = job.DependsOn.Select(d => rows[d]).ToList();
            if (dependencies.TrueForAll(d => d.State == JobState.Succeeded)) row.State = JobState.Queued;
            else if (dependencies.Find(d => d.State.IsDeadEnd()) is { } dead) End(row, JobState.Blocked, $"needs \"{dead.Title}\", which is {dead.State}");
        }
        context.SaveChanges();
        return new Submitted(fresh.Count + revived.Count, rows.Values.Count(r => r.State == JobState.Succeeded));
    });

    /// <summary>
    /// Cancels an experiment: its jobs that no other live experiment wants. Returns the keys of those that run now;
    /// their workers hear of it at the next heartbeat.
    /// </summary>
    public Task<CancelledJobs> Cancel(string experimentId) => writer.Write(context =>
    {
        var experiment = context.Experiments.Find(experimentId) ?? throw new KeyNotFoundException($"no experiment has the id {experimentId}");
        experiment.Cancelled ??= Now();
        context.SaveChanges();
        var unwanted = (from link in context.ExperimentJobs
                        where link.ExperimentId == experimentId
                        join job in context.Jobs on link.JobId equals job.Id
                        where job.State == JobState.Waiting || job.State == JobState.Queued || job.State == JobState.Running
                        where !(from other in context.ExperimentJobs
                                where other.JobId == job.Id
                                join e in context.Experiments on other.ExperimentId equals e.Id
                                where e.Cancelled == null
                                select other).Any()
                        select job).ToList();
        foreach (var job in unwanted.Where(j => j.State != JobState.Running)) End(job, JobState.Cancelled, null);
        return new CancelledJobs([.. unwanted.Where(j => j.State == JobState.Running).Select(j => j.Key)], unwanted.Count);
    });

    /// <summary>Queues the failed, poisoned and blocked jobs of an experiment anew; returns how many.</summary>
    public Task<int> Retry(string experimentId) => writer.Write(context =>
    {
        if (context.Experiments.Find(experimentId) is null) throw new KeyNotFoundException($"no experiment has the id {experimentId}");
        var dead = (from link in context.ExperimentJobs
                    where link.ExperimentId == experimentId
                    join job in context.Jobs on link.JobId equals job.Id
                    where job.State == JobState.Failed || job.State == JobState.Poisoned || job.State == JobState.Blocked
                    orderby job.Id
                    select job).ToList();
        foreach (var job in dead.Where(j => j.State != JobState.Blocked)) Requeue(context, job);
        return dead.Count;
    });

    private void Requeue(StoreContext context, JobRow job)
    {
        job.Losses = 0;
        job.Halvings = 0;
        var (state, error) = StateByDependencies(context, job.Id);
        End(job, state, error);
        Propagate(context, job);
    }

    private static Dictionary<string, int> NumberNeeds(StoreContext context, IReadOnlyList<NewJob> jobs)
    {
        var asked = jobs.Select(j => j.Needs).OfType<string>().Distinct().ToArray();
        var known = context.Needs.Where(n => asked.Contains(n.Needs)).ToList();
        var fresh = asked.Except(known.Select(n => n.Needs)).Select(n => context.Needs.Add(new NeedsRow { Needs = n }).Entity).ToList();
        context.SaveChanges();
        return known.Concat(fresh).ToDictionary(n => n.Needs, n => n.Id);
    }

    private static JobRow ToRow(NewJob job, int needs) => new()
    {
        Needs = needs,
        Key = job.Key,
        Kind = job.Kind,
        Title = job.Title,
        Spec = job.Spec,
        State = job.DependsOn.IsEmpty ? JobState.Queued : JobState.Waiting,
        Corpus = job.Labels?.Corpus,
        Manifest = job.Labels?.Manifest,
        Upstream = job.Labels?.Upstream,
        Protocol = job.Labels?.Protocol,
        Folds = job.Labels?.Folds,
        Fold = job.Labels?.Fold,
        Head = job.Labels?.Head,
        Seed = job.Labels?.Seed,
        Features = job.Kind == FoldSpec.Name ? job.DependsOn.Single() : null,
    };
}
