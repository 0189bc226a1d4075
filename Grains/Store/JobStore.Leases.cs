using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

public sealed partial class JobStore
{
    /// <summary>
    /// Gives the oldest queued job that a slot can run to it; null where there is none. Durable before it returns. A slot runs one job at
    /// a time: one that has a running attempt gets that again, its answer was lost on the way.
    /// </summary>
    /// <param name="slot">Its name.</param>
    /// <param name="offer">What it has; null = <see cref="SlotOffer.Unknown"/>.</param>
    public Task<Assignment?> Claim(string slot, SlotOffer? offer = null) => writer.Write(context =>
    {
        if (queries.HeldBy(context, slot) is { } held) return Assign(held);
        var job = provider.NextQueued(context, Met(queries.Needs(context), offer ?? SlotOffer.Unknown), queries);
        if (job is null) return null;
        job.State = JobState.Running;
        job.Attempt++;
        job.Error = null;
        context.Attempts.Add(new AttemptRow { JobId = job.Id, Number = job.Attempt, Slot = slot, State = AttemptState.Running, Started = Now() });
        return Assign(job);
    }, claim: true);

    /// <summary>The job whose attempt a slot runs according to the store; null where it runs none.</summary>
    public Task<Assignment?> Held(string slot) => Read(context => Task.FromResult(queries.HeldBy(context, slot) is { } held ? Assign(held) : null));

    /// <summary>Whether a slot would find a job.</summary>
    public Task<bool> AnyQueued(SlotOffer offer) => Read(async context =>
    {
        var met = Met(await context.Needs.ToListAsync(), offer);
        return await context.Jobs.AnyAsync(j => j.State == JobState.Queued && met.Contains(j.Needs));
    });

    /// <summary>What queued jobs need, each once.</summary>
    public Task<IReadOnlyList<JobNeeds>> QueuedNeeds() => Read<IReadOnlyList<JobNeeds>>(async context =>
        [.. (await context.Needs.Where(n => context.Jobs.Any(j => j.State == JobState.Queued && j.Needs == n.Id)).Select(n => n.Needs).ToListAsync()).Select(JobNeeds.FromJson)]);

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

    private static Assignment Assign(JobRow job) => new(job.Key, job.Attempt, job.Kind, job.Title, job.Spec, job.Halvings);

    private static List<int> Met(IEnumerable<NeedsRow> needs, SlotOffer offer) => [0, .. needs.Where(n => offer.Meets(JobNeeds.FromJson(n.Needs))).Select(n => n.Id)];

    private static bool Wanted(StoreContext context, long jobId) =>
        (from link in context.ExperimentJobs
         where link.JobId == jobId
         join experiment in context.Experiments on link.ExperimentId equals experiment.Id
         where experiment.Cancelled == null
         select link).Any();
}
