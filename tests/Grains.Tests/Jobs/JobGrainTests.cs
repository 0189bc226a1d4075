using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;

namespace Emotion2Vec.Grains.Tests.Jobs;

public sealed class JobGrainTests
{
    [Fact]
    public async Task A_job_goes_through_slot_and_job_grain_into_the_store()
    {
        await using var silo = await TestSilo.Start();
        var jobs = TestStore.ExtractAndFolds(1);
        Assert.Equal(2, (await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. jobs])).New);
        var slot = silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0");

        var extract = (await slot.Lease())!;
        Assert.Equal(("extract", 1), (extract.Kind, extract.Attempt));
        Assert.Equal(Directive.Continue, await silo.Grains.Job(extract.Kind, extract.Key).Heartbeat(1, "{\"done\":1,\"total\":2}"));
        var live = Assert.Single(await silo.Grains.GetGrain<IExperimentGrain>("e").Running());
        Assert.Equal(("local/cpu0", "{\"done\":1,\"total\":2}"), (live.Slot, live.Progress));
        await silo.Grains.Job(extract.Kind, extract.Key).Complete(1, "{}", CanonicalJson.Write(TestStore.Run));
        await slot.Free(extract.Key, 1);

        var fold = (await slot.Lease())!;
        Assert.Equal(jobs[1].Key, fold.Key);
        await silo.Grains.Job(fold.Kind, fold.Key).Complete(1, TestStore.FoldResult(0.5), CanonicalJson.Write(TestStore.Run));
        Assert.Equal(2, (await silo.Store.Experiments("e")).Single().Count(JobState.Succeeded));
        Assert.Empty(await silo.Grains.GetGrain<IExperimentGrain>("e").Running());
    }

    [Fact]
    public async Task A_silent_worker_loses_its_lease_and_a_beating_one_keeps_it()
    {
        // Whatever else this machine does, only the silent worker's silence passes the lease.
        var clock = new StoppedClock();
        var lease = TimeSpan.FromMilliseconds(200);
        await using var silo = await TestSilo.Start(lease, clock);
        var jobs = TestStore.NoOps(2);
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. jobs]);
        var silent = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        var beating = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu1").Lease())!;

        var queued = silo.Queue.Next;
        clock.Advance(0.6 * lease);
        Assert.Equal(Directive.Continue, await silo.Grains.Job(beating.Kind, beating.Key).Heartbeat(1, null));
        await Task.Delay(2 * lease);
        Assert.False(queued.IsCompleted);
        clock.Advance(0.6 * lease);
        await queued.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(JobState.Queued, await silo.Store.State(silent.Key));
        Assert.Equal(JobState.Running, await silo.Store.State(beating.Key));
        Assert.Equal(2, (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu1").Lease())!.Attempt);
    }

    [Fact]
    public async Task A_worker_that_was_thought_lost_may_still_be_the_first()
    {
        await using var silo = await TestSilo.Start();
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(1)]);
        var job = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        var grain = silo.Grains.Job(job.Kind, job.Key);
        await grain.Lose(1, "silent");
        Assert.Equal(2, (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu1").Lease())!.Attempt);

        Assert.Equal(Directive.Continue, await grain.Heartbeat(1, null));
        Assert.True((await grain.Complete(1, "{}", CanonicalJson.Write(TestStore.Run))).Accepted);
        // The lease of attempt 2 still runs; its worker hears at its next heartbeat that it need not go on.
        Assert.Equal(Directive.Superseded, await grain.Heartbeat(2, null));
        Assert.Equal([AttemptState.Succeeded, AttemptState.Superseded], (await silo.Store.Job(job.Key))!.Attempts.Select(a => a.State));
    }

    [Fact]
    public async Task Cancelling_reaches_the_worker_with_its_next_heartbeat()
    {
        await using var silo = await TestSilo.Start();
        var experiment = silo.Grains.GetGrain<IExperimentGrain>("e");
        await experiment.Submit("e", "", [.. TestStore.NoOps(2)]);
        var job = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        Assert.Equal(2, await experiment.Cancel());
        Assert.Equal(Directive.Cancel, await silo.Grains.Job(job.Kind, job.Key).Heartbeat(1, null));
        await silo.Grains.Job(job.Kind, job.Key).Release(1, "cancelled");
        Assert.Equal(2, (await silo.Store.Experiments("e")).Single().Count(JobState.Cancelled));
    }

    [Fact]
    public async Task A_dead_worker_gives_its_job_back_at_once_and_a_slot_that_cannot_start_is_quarantined()
    {
        await using var silo = await TestSilo.Start();
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(1)]);
        var slot = silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0");
        await slot.WorkerStarted(100);
        var job = (await slot.Lease())!;
        Assert.Equal("leased", (await slot.Picture()).State);
        await slot.WorkerExited(100, "signal 9", wanted: false);
        Assert.Equal(JobState.Queued, await silo.Store.State(job.Key));
        Assert.Equal("signal 9", (await silo.Store.Job(job.Key))!.Attempts[0].Error);

        await slot.WorkerStarted(101);
        Assert.True(await slot.WorkerExited(101, "status 1", wanted: false));
        Assert.Equal("free", (await slot.Picture()).State);
        await slot.WorkerStarted(102);
        Assert.False(await slot.WorkerExited(102, "status 1", wanted: false));
        var picture = await slot.Picture();
        Assert.Equal("quarantined", picture.State);
        Assert.Contains("status 1", picture.Reason);
    }

    [Fact]
    public async Task Only_failed_starts_in_a_row_count_and_no_wanted_stop()
    {
        await using var silo = await TestSilo.Start();
        var slot = silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0");
        Assert.True(await slot.WorkerNotStarted("no such program"));
        await slot.WorkerStarted(100);
        Assert.Null(await slot.Lease());
        Assert.True(await slot.WorkerExited(100, "signal 9", wanted: false));
        await slot.WorkerStarted(101);
        Assert.True(await slot.WorkerExited(101, "signal 15", wanted: true));
        Assert.True(await slot.WorkerNotStarted("no such program"));
        Assert.False(await slot.WorkerNotStarted("no such program"));
        Assert.Contains("no such program", (await slot.Picture()).Reason);
    }

    [Fact]
    public async Task A_running_attempt_that_no_grain_knows_gets_a_lease_that_can_expire()
    {
        var clock = new StoppedClock();
        await using var silo = await TestSilo.Start(TimeSpan.FromMilliseconds(200), clock);
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(1)]);
        // Claimed past the grains, as by a claim whose answer was lost.
        var job = (await silo.Store.Claim("local/cpu0"))!;
        var grain = silo.Grains.Job(job.Kind, job.Key);
        var queued = silo.Queue.Next;
        await grain.Watched(1, "local/cpu0");
        Assert.Equal(1, (await grain.Live()).Attempt);
        clock.Advance(TimeSpan.FromSeconds(1));
        await queued.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AttemptState.Lost, (await silo.Store.Job(job.Key))!.Attempts.Single().State);

        // One that has ended gets none.
        await grain.Watched(1, "local/cpu0");
        Assert.Equal(0, (await grain.Live()).Attempt);
    }

    [Fact]
    public async Task A_slot_grain_that_has_forgotten_its_claim_gives_the_same_job_again()
    {
        await using var silo = await TestSilo.Start();
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(2)]);
        var claimed = await silo.Store.Claim("local/cpu0");
        var slot = silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0");
        Assert.Equal(claimed, await slot.Lease());
        // From here on it knows what it gave; asking again is giving up.
        Assert.NotEqual(claimed, await slot.Lease());
        Assert.Equal(AttemptState.Lost, (await silo.Store.Job(claimed!.Key))!.Attempts[0].State);
    }

    [Fact]
    public async Task A_changed_wall_clock_neither_expires_nor_prolongs_a_lease()
    {
        var clock = new StoppedClock();
        var lease = TimeSpan.FromMilliseconds(200);
        await using var silo = await TestSilo.Start(lease, clock);
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(2)]);
        var job = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        var queued = silo.Queue.Next;
        clock.SetWallClock(TimeSpan.FromDays(400));
        await Task.Delay(2 * lease);
        Assert.False(queued.IsCompleted);
        clock.SetWallClock(TimeSpan.FromDays(-400));
        clock.Advance(2 * lease);
        await queued.WaitAsync(TimeSpan.FromMinutes(1));

        // The queue goes by number and the first result wins, whatever the times of the rows say.
        Assert.Equal(2, (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu1").Lease())!.Attempt);
        clock.SetWallClock(TimeSpan.FromDays(800));
        Assert.True((await silo.Grains.Job(job.Kind, job.Key).Complete(2, "{}", CanonicalJson.Write(TestStore.Run))).Accepted);
        clock.SetWallClock(TimeSpan.FromDays(-800));
        Assert.Equal(new Completion(false, 2), await silo.Grains.Job(job.Kind, job.Key).Complete(1, "{}", CanonicalJson.Write(TestStore.Run)));
    }

    [Fact]
    public async Task Twenty_deliveries_of_one_job_store_one_result()
    {
        await using var silo = await TestSilo.Start();
        await silo.Grains.GetGrain<IExperimentGrain>("e").Submit("e", "", [.. TestStore.NoOps(1)]);
        var job = (await silo.Grains.GetGrain<IGpuSlotGrain>("local/cpu0").Lease())!;
        // What a second activation would do: the same calls, past the grain's own memory.
        var completions = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0
            ? silo.Grains.Job(job.Kind, job.Key).Complete(1, "{}", CanonicalJson.Write(TestStore.Run))
            : silo.Store.Complete(job.Key, 1, "{}", TestStore.Run)));
        Assert.All(completions, c => Assert.Equal(new Completion(true, 1), c));
        Assert.Single(await silo.Store.LastFinished("e", 10));
    }
}
