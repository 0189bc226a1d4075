using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;
using Tests.Common;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>The silos of a cluster on one store: who may be there, and who looks after the attempts of one that dies.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    // On a crowded machine a process of its own may need minutes to be heard.
    private readonly Lazy<string> database = new(() => PostgresServer.Shared.NewDatabase() + ";Timeout=300;Command Timeout=300");
    private readonly ManualTime time = new();

    private string Connection => database.Value;

    [SkippableFact]
    public async Task The_attempts_of_a_killed_silo_are_given_back_exactly_once_and_no_others()
    {
        await using var b = await Member.Join(Connection, "b:11112", time);
        await using var c = await Member.Join(Connection, "c:11113", time);
        var jobs = TestStore.NoOps(8);
        await b.Store.Submit("e", "e", "", jobs);
        using var a = KilledMember.Start(Connection, "a:11111", slots: 3);
        var ofB = (await b.Store.Claim("b:11112/cpu0"))!;
        // A machine that joined a silo speaks through its leases alone.
        var joined = (await c.Store.Claim("gpu-box/gpu0"))!;
        var ofA = (await b.Store.RunningAttempts()).Where(r => r.Slot.StartsWith("a:", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, ofA.Count);

        for (var i = 0; i < 3; i++)
        {
            time.Advance(2 * Grace);
            Assert.Equal(0, await b.Abandoned.Look() + await c.Abandoned.Look());
        }
        a.Kill();
        await UntilDead(b, "a:11111");
        Assert.Equal(0, await b.Abandoned.Look() + await c.Abandoned.Look());
        time.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await b.Abandoned.Look() + await c.Abandoned.Look());
        time.Advance(TimeSpan.FromSeconds(1));
        var looks = await Task.WhenAll(Task.Run(b.Abandoned.Look), Task.Run(c.Abandoned.Look));
        Assert.Equal(3, looks.Sum());
        Assert.Equal(0, await b.Abandoned.Look() + await c.Abandoned.Look());

        foreach (var attempt in ofA)
        {
            var job = (await b.Store.Job(attempt.Key))!;
            Assert.Equal((JobState.Queued, 1, 0), (job.Job.State, job.Job.Attempt, job.Job.Losses));
            Assert.Equal((AttemptState.Cancelled, "the silo a:11111 ended"), (Assert.Single(job.Attempts).State, job.Attempts[0].Error));
        }
        Assert.Equal(Sorted(ofB.Key, joined.Key), Sorted([.. (await b.Store.RunningAttempts()).Select(r => r.Key)]));

        // They run elsewhere; a result that the dead silo's worker had under way is one result all the same.
        var again = (await c.Store.Claim("c:11113/cpu0"))!;
        Assert.Equal((ofA[0].Key, 2), (again.Key, again.Attempt));
        Assert.True((await b.Store.Complete(again.Key, 1, "{}", TestStore.Run)).Accepted);
        var late = await c.Store.Complete(again.Key, 2, "{}", TestStore.Run);
        Assert.Equal((false, 1), (late.Accepted, late.StoredAttempt));
    }

    [SkippableFact]
    public async Task A_silo_that_comes_back_gives_back_what_it_left_and_is_not_robbed_of_what_it_claims()
    {
        await using var b = await Member.Join(Connection, "b:11112", time);
        await b.Store.Submit("e", "e", "", TestStore.NoOps(4));
        using (var a = KilledMember.Start(Connection, "a:11111", slots: 1)) a.Kill();
        await UntilDead(b, "a:11111");
        Assert.Equal(0, await b.Abandoned.Look());

        await using var back = await Member.Join(Connection, "a:11111", time);
        Assert.Equal(1, await back.Abandoned.ReleaseOwn());
        Assert.Equal(2, (await back.Store.Claim("a:11111/cpu0"))!.Attempt);
        time.Advance(2 * Grace);
        Assert.Equal(0, await b.Abandoned.Look());
        time.Advance(2 * Grace);
        Assert.Equal(0, await b.Abandoned.Look());
        Assert.Single(await b.Store.RunningAttempts());
    }

    [SkippableFact]
    public async Task While_another_silo_looks_after_its_attempts_a_silo_cannot_start()
    {
        await using var b = await Member.Join(Connection, "b:11112", time);
        await using (await b.Owner.TakeOver("a:11111"))
        {
            Assert.Null(await b.Owner.TakeOver("a:11111"));
            await Assert.ThrowsAsync<InputException>(() => Member.Join(Connection, "a:11111", time));
        }
        await using var a = await Member.Join(Connection, "a:11111", time);
        Assert.Null(await b.Owner.TakeOver("a:11111"));
        Assert.True(await b.Owner.Lives("a:11111"));
    }

    [SkippableFact]
    public async Task A_namesake_and_a_silo_of_no_cluster_are_refused_with_the_pid_of_who_is_there()
    {
        using var a = KilledMember.Start(Connection, "a:11111", slots: 0);
        await using var b = await Member.Join(Connection, "b:11112", time);
        Assert.Contains($"pid {a.Pid} ", (await Assert.ThrowsAsync<InputException>(() => Member.Join(Connection, "a:11111", time))).Message);
        Assert.Contains("in use by the silo with pid", (await Assert.ThrowsAsync<InputException>(() => StoreProvider.Of(Connection, "").Own(() => { }))).Message);
    }

    [SkippableFact]
    public async Task A_silo_of_a_cluster_is_refused_the_store_of_a_single_one()
    {
        await using var single = await StoreProvider.Of(Connection, "").Own(() => { });
        var refused = await Assert.ThrowsAsync<InputException>(() => Member.Join(Connection, "a:11111", time));
        Assert.Contains($"pid {Environment.ProcessId} ", refused.Message);
    }

    [Fact]
    public async Task A_file_is_no_store_for_a_cluster() =>
        Assert.Contains("PostgreSQL", (await Assert.ThrowsAsync<InputException>(() => StoreProvider.Of(null, "/nowhere/e2v.db").Own(() => { }, "a:11111"))).Message);

    [Theory]
    [InlineData("gpu1:11111/cpu0", "gpu1:11111")]
    [InlineData("local/cpu0", null)]
    [InlineData("gpu1/gpu0", null)]
    [InlineData("gpu1:api/gpu0", null)]
    public void Which_silo_a_slot_belongs_to_is_in_its_name(string slot, string? silo) => Assert.Equal(silo, AbandonedAttempts.SiloOf(slot));

    private static string[] Sorted(params string[] keys) => [.. keys.Order(StringComparer.Ordinal)];

    // The server needs a moment to notice that a process is gone.
    private static async Task UntilDead(Member member, string silo)
    {
        for (var until = DateTime.UtcNow.AddMinutes(1); await member.Owner.Lives(silo); await Task.Delay(20)) Assert.True(DateTime.UtcNow < until);
    }

    private sealed class Member : IAsyncDisposable
    {
        private readonly TestStore test;

        private Member(StoreOwner owner, TestStore test, string name, TimeProvider time)
        {
            (Owner, this.test) = (owner, test);
            Abandoned = new AbandonedAttempts(test.Store, owner, name, Grace, time);
        }

        public StoreOwner Owner { get; }

        public JobStore Store => test.Store;

        public AbandonedAttempts Abandoned { get; }

        public static async Task<Member> Join(string connection, string name, TimeProvider time)
        {
            var owner = await StoreProvider.Of(connection, "").Own(() => { }, name);
            return new Member(owner!, new TestStore(connection), name, time);
        }

        public async ValueTask DisposeAsync()
        {
            await test.DisposeAsync();
            await Owner.DisposeAsync();
        }
    }
}
