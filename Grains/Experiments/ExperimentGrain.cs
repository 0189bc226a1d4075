using System.Collections.Immutable;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Emotion2Vec.Grains.Experiments;

/// <summary>A submitted grid; the key is the experiment's id. Jobs belong to nobody: several experiments may want the same one.</summary>
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>Stores the grid and the jobs that are missing. Submitting again adds nothing and revives what was cancelled.</summary>
    Task<Submitted> Submit(string name, string grid, ImmutableArray<NewJob> jobs);

    /// <summary>Cancels the jobs that no other live experiment wants; returns how many.</summary>
    Task<int> Cancel();

    /// <summary>Queues failed, poisoned and blocked jobs anew; returns how many.</summary>
    Task<int> Retry();

    /// <summary>The jobs of this grid that run now.</summary>
    [ReadOnly]
    Task<ImmutableArray<JobLive>> Running();
}

/// <inheritdoc cref="IExperimentGrain"/>
public sealed class ExperimentGrain(JobStore store, QueueSignal queue) : Grain, IExperimentGrain
{
    public async Task<Submitted> Submit(string name, string grid, ImmutableArray<NewJob> jobs)
    {
        var submitted = await store.Submit(this.GetPrimaryKeyString(), name, grid, jobs);
        queue.Set();
        return submitted;
    }

    public async Task<int> Cancel()
    {
        var cancelled = await store.Cancel(this.GetPrimaryKeyString());
        var unwanted = cancelled.Running.ToHashSet();
        foreach (var attempt in await store.RunningAttempts(this.GetPrimaryKeyString()))
        {
            if (unwanted.Contains(attempt.Key)) await GrainFactory.Job(attempt.Kind, attempt.Key).Cancel(attempt.Attempt);
        }
        return cancelled.Jobs;
    }

    public async Task<int> Retry()
    {
        var jobs = await store.Retry(this.GetPrimaryKeyString());
        queue.Set();
        return jobs;
    }

    public async Task<ImmutableArray<JobLive>> Running()
    {
        var live = new List<JobLive>();
        foreach (var attempt in await store.RunningAttempts(this.GetPrimaryKeyString()))
        {
            var job = await GrainFactory.Job(attempt.Kind, attempt.Key).Live();
            if (job.Attempt != 0) live.Add(job);
        }
        return [.. live.DistinctBy(j => j.Key)];
    }
}
