using Emotion2Vec.Grains.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>What a store is asked for every single job, translated to SQL once. Each store has its own: a translation belongs to one model.</summary>
internal sealed class HotQueries
{
    /// <summary>The job of a key.</summary>
    public readonly Func<StoreContext, string, JobRow?> Job = EF.CompileQuery((StoreContext context, string key) => context.Jobs.SingleOrDefault(j => j.Key == key));

    /// <summary>The attempt whose result a job has.</summary>
    public readonly Func<StoreContext, long, int?> StoredAttempt = EF.CompileQuery((StoreContext context, long job) =>
        context.Results.Where(r => r.JobId == job).Select(r => (int?)r.Attempt).SingleOrDefault());

    /// <summary>The job whose attempt a slot runs.</summary>
    public readonly Func<StoreContext, string, JobRow?> HeldBy = EF.CompileQuery((StoreContext context, string slot) =>
        (from attempt in context.Attempts
         where attempt.State == AttemptState.Running && attempt.Slot == slot
         join running in context.Jobs on attempt.JobId equals running.Id
         where running.State == JobState.Running && running.Attempt == attempt.Number
         select running).FirstOrDefault());

    /// <summary>All kinds of needs.</summary>
    public readonly Func<StoreContext, IEnumerable<NeedsRow>> Needs = EF.CompileQuery((StoreContext context) => context.Needs);

    /// <summary>The oldest queued job of a kind of needs.</summary>
    public readonly Func<StoreContext, int, JobRow?> NextQueued = EF.CompileQuery((StoreContext context, int needs) =>
        context.Jobs.Where(j => j.State == JobState.Queued && j.Needs == needs).OrderBy(j => j.Id).FirstOrDefault());

    /// <summary>Jobs that depend on one and may yet change because of it.</summary>
    public readonly Func<StoreContext, long, IEnumerable<JobRow>> Dependants = EF.CompileQuery((StoreContext context, long job) =>
        from d in context.JobDependencies
        where d.DependsOn == job
        join dependant in context.Jobs on d.JobId equals dependant.Id
        where dependant.State == JobState.Waiting || dependant.State == JobState.Queued || dependant.State == JobState.Blocked
        select dependant);
}
