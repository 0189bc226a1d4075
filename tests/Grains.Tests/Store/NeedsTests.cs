using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>A slot is given only what it can run, on every database.</summary>
public sealed class NeedsTests
{
    private static readonly SlotOffer Cpu = new("cpu", 4_000_000_000, true, []), Small = new("cuda:0", 8_589_934_592, true, []), Large = new("cuda:1", 24_000_000_000, true, []);
    private static readonly SlotOffer Elsewhere = new("cpu", 4_000_000_000, false, ["m1", "m2"]);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_oldest_job_that_the_slot_can_run(bool postgres)
    {
        await using var test = new TestStore(postgres ? PostgresServer.Shared.NewDatabase() : null);
        var jobs = Jobs(new(), new("cuda", 20), new("cuda", 8), new("cpu"), new(Memory: 10), new("cuda"), new JobNeeds().WithAudio(["m2", "m1"]), new JobNeeds().WithAudio(["m2", "m3"]));
        await test.Store.Submit("a", "a", "", jobs);
        Assert.Equal(7, (await test.Store.QueuedNeeds()).Count);

        // 8 GB are 8 · 10⁹ bytes: a card that is sold with 8 GB has them, and 10 GB of any memory it has not.
        Assert.Equal([0, 2, 5, 6, 7], await Claims(test.Store, "gpu/0", Small));
        Assert.Equal([1, 4], await Claims(test.Store, "gpu/1", Large));
        Assert.False(await test.Store.AnyQueued(Large));
        Assert.True(await test.Store.AnyQueued(Cpu));
        Assert.Equal([3], await Claims(test.Store, "cpu/0", Cpu));
        Assert.False(await test.Store.AnyQueued());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_machine_without_the_audio_is_given_no_job_that_reads_it_and_a_slot_that_nobody_described_none_that_asks_for_memory(bool postgres)
    {
        await using var test = new TestStore(postgres ? PostgresServer.Shared.NewDatabase() : null);
        await test.Store.Submit("a", "a", "", Jobs(new JobNeeds().WithAudio(["m1", "m3"]), new JobNeeds().WithAudio(["m1", "m2"]), new(), new(Memory: 0.5)));
        Assert.Equal([1, 2, 3], await Claims(test.Store, "far/cpu0", Elsewhere));
        Assert.Equal([0], await Claims(test.Store, "s", null));
    }

    [Fact]
    public async Task The_last_submission_decides_what_a_job_that_waits_needs()
    {
        await using var test = new TestStore();
        await test.Store.Submit("a", "a", "", Jobs(new("cuda"), new("cuda")));
        Assert.Null(await test.Store.Claim("s", Cpu));
        await test.Store.Submit("b", "b", "", Jobs(new(), new("cuda")));
        Assert.Equal([0], await Claims(test.Store, "s", Cpu));
        Assert.Equal(new JobNeeds("cuda"), (await test.Store.Job(Jobs(new(), new())[1].Key))!.Needs);
    }

    [Fact]
    public async Task Jobs_for_other_slots_cost_a_claim_nothing_however_many_they_are()
    {
        await using var test = new TestStore();
        await test.Store.Submit("a", "a", "", Jobs([.. Enumerable.Repeat(new JobNeeds("cuda"), 20_000)]));
        await test.Store.Claim("s", Cpu);
        // The whole queue would take ten times as long to look through.
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 0; i < 100; i++) Assert.Null(await test.Store.Claim("s", Cpu));
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalMilliseconds / 100, 0, 20);
    }

    /// <summary>Claims and completes until there is nothing more; the numbers of the jobs.</summary>
    private static async Task<List<int>> Claims(JobStore store, string slot, SlotOffer? offer)
    {
        var given = new List<int>();
        while (await store.Claim(slot, offer) is { } job)
        {
            given.Add(CanonicalJson.Read<NoOpSpec>(job.Spec).Number);
            await store.Complete(job.Key, job.Attempt, "{}", TestStore.Run);
        }
        return given;
    }

    private static NewJob[] Jobs(params JobNeeds[] needs) => [.. TestStore.NoOps(needs.Length).Zip(needs, (job, n) => job with { Needs = n.ToJson() })];
}
