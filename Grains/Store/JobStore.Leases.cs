using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains.Store;

public sealed partial class JobStore
{
    /// <summary>
    /// Gives the oldest queued job to a slot; null where none is queued. Durable before it returns. A slot runs one job at
    /// a time: one that has a running attempt gets that again, its answer was lost on the way.
    /// </summary>
    public Task<Assignment?> Claim(string slot) => writer.Write(context =>
    {
        var held = (from attempt in context.Attempts
                    where attempt.State == AttemptState.Running && attempt.Slot == slot
                    join running in context.Jobs on attempt.JobId equals running.Id
                    where running.State == JobState.Running && running.Attempt == attempt.Number
                    select running).FirstOrDefault();
        if (held is not null) return Assign(held);
        var job = provider.NextQueued(context);
        if (job is null) return null;
        job.State = JobState.Running;
        job.Attempt++;
        job.Error = null;
        context.Attempts.Add(new AttemptRow { JobId = job.Id, Number = job.Attempt, Slot = slot, State = AttemptState.Running, Started = Now() });
        return Assign(job);

        static Assignment? Assign(JobRow job) => new(job.Key, job.Attempt, job.Kind, job.Title, job.Spec, job.Halvings);
    }, claim: true);

    /// <summary>
    /// The worker of an attempt died, or its lease ran out. The job is queued again, or taken for poisonous after more
    /// losses than <see cref="LeaseOptions.FreeLosses"/>. Nothing happens where the attempt has ended already.
    /// </summary>
    public Task<JobState> Lose(string key, int attempt, string evidence) => writer.Write(context =>
    {
        var job = Find(context, key);
        var row = context.Attempts.Find(job.Id, attempt);
        if (row is not { State: AttemptState.Running }) return job.State;
        End(row, AttemptState.Lost, evidence);
        if (job.State != JobState.Running || job.Attempt != attempt) return job.State;
        job.Losses++;
        if (!Wanted(context, job.Id)) End(job, JobState.Cancelled, null);
        else if (job.Losses > freeLosses) End(job, JobState.Poisoned, $"its worker died {job.Losses} times; last: {evidence}");
        else End(job, JobState.Queued, evidence);
        Propagate(context, job);
        return job.State;
    });

    /// <summary>
    /// An attempt was stopped on purpose, for no fault of its job: nobody wanted it, or its silo stops. Not counted as a
    /// loss. The job is cancelled only where still no live experiment wants it.
    /// </summary>
    public Task<JobState> Release(string key, int attempt, string reason) => writer.Write(context =>
    {
        var job = Find(context, key);
        var row = context.Attempts.Find(job.Id, attempt);
        if (row is not { State: AttemptState.Running }) return job.State;
        End(row, AttemptState.Cancelled, reason);
        if (job.State == JobState.Running && job.Attempt == attempt)
        {
            End(job, Wanted(context, job.Id) ? JobState.Queued : JobState.Cancelled, null);
            Propagate(context, job);
        }
        return job.State;
    });

    private static bool Wanted(StoreContext context, long jobId) =>
        (from link in context.ExperimentJobs
         where link.JobId == jobId
         join experiment in context.Experiments on link.ExperimentId equals experiment.Id
         where experiment.Cancelled == null
         select link).Any();
}
