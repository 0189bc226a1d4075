using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>A job that nobody wants any more is not queued again, however its attempt ends.</summary>
public sealed class CancelledWhileRunningTests
{
    [Fact]
    public async Task When_its_worker_dies()
    {
        await using var test = new TestStore();
        var jobs = TestStore.NoOps(1);
        await test.Store.Submit("a", "a", "", jobs);
        await test.Store.Claim("s0");
        await test.Store.Cancel("a");
        Assert.Equal(JobState.Cancelled, await test.Store.Lose(jobs[0].Key, 1, "signal 9"));
        Assert.Null(await test.Store.Claim("s0"));
    }

    [Fact]
    public async Task When_it_runs_out_of_memory()
    {
        await using var test = new TestStore();
        var jobs = TestStore.ExtractAndFolds(1);
        await test.Store.Submit("a", "a", "", jobs);
        await test.Store.Claim("s0");
        await test.Store.Cancel("a");
        Assert.Equal(JobState.Cancelled, await test.Store.Fail(jobs[0].Key, 1, "not enough memory", outOfMemory: true, halve: true));
    }

    [Fact]
    public async Task When_it_was_claimed_but_its_lease_had_not_begun()
    {
        await using var silo = await TestSilo.Start();
        var experiment = silo.Grains.GetGrain<IExperimentGrain>("e");
        await experiment.Submit("e", "", [.. TestStore.NoOps(1)]);
        await silo.Store.Claim("local/cpu0");
        await experiment.Cancel();
        var job = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        Assert.Equal(Directive.Cancel, await silo.Grains.Job(job.Kind, job.Key).Heartbeat(job.Attempt, null));
    }
}
