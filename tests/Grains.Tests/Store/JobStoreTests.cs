using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>What the store promises, on every database that can hold it.</summary>
public abstract class JobStoreTests : IAsyncLifetime
{
    private TestStore test = null!;

    private JobStore Store => test.Store;

    private protected abstract TestStore Open();

    public Task InitializeAsync()
    {
        test = Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (test is not null) await test.DisposeAsync();
    }

    [SkippableFact]
    public async Task Submitting_the_same_jobs_again_adds_nothing()
    {
        var jobs = TestStore.ExtractAndFolds(10);
        Assert.Equal(11, (await Store.Submit("a", "a", "", jobs)).New);
        Assert.Equal(0, (await Store.Submit("a", "a", "", jobs)).New);
        Assert.Equal(0, (await Store.Submit("b", "b", "", jobs)).New);
        Assert.Equal(11, (await Store.Experiments("b")).Single().Total);
    }

    /// <summary>SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.</summary>
    [SkippableFact]
    public async Task A_grid_may_have_more_jobs_than_a_statement_has_parameters()
    {
        var jobs = TestStore.ExtractAndFolds(2);
        await Store.Submit("a", "a", "", jobs);
        string[] keys = [.. Enumerable.Range(0, 70_000).Select(i => $"{i:x64}"), .. jobs.Select(j => j.Key)];
        Assert.Equal(jobs.Select(j => j.Key).Order(), (await Store.States(keys)).Keys.Order());
    }

    [SkippableFact]
    public async Task Folds_wait_for_their_features()
    {
        var jobs = TestStore.ExtractAndFolds(2);
        await Store.Submit("a", "a", "", jobs);
        var extract = await Store.Claim("s0");
        Assert.Equal(jobs[0].Key, extract!.Key);
        Assert.Null(await Store.Claim("s1"));
        await Store.Complete(extract.Key, 1, "{}", TestStore.Run);
        Assert.Equal(jobs[1].Key, (await Store.Claim("s0"))!.Key);
        Assert.Equal(jobs[2].Key, (await Store.Claim("s1"))!.Key);
    }

    [SkippableFact]
    public async Task Concurrent_claims_never_give_a_job_twice()
    {
        await Store.Submit("a", "a", "", TestStore.NoOps(200));
        var claims = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => Store.Claim($"s{i}"))));
        var given = claims.OfType<Assignment>().Select(a => a.Key).ToList();
        Assert.Equal(200, given.Count);
        Assert.Equal(200, given.Distinct().Count());
    }

    [SkippableFact]
    public async Task A_slot_whose_claim_got_lost_on_the_way_gets_the_same_job_again()
    {
        await Store.Submit("a", "a", "", TestStore.NoOps(2));
        var first = await Store.Claim("s0");
        Assert.Equal(first, await Store.Claim("s0"));
        await Store.Lose(first!.Key, 1, "silent");
        Assert.Equal(2, (await Store.Claim("s0"))!.Attempt);
    }

    [SkippableFact]
    public async Task The_first_result_wins_and_a_second_is_stored_nowhere()
    {
        var key = await ClaimedFold();
        await Store.Lose(key, 1, "silent");
        Assert.Equal(2, (await Store.Claim("s1"))!.Attempt);

        var late = await Store.Complete(key, 1, TestStore.FoldResult(0.25), TestStore.Run);
        Assert.Equal(new Completion(true, 1), late);
        var second = await Store.Complete(key, 2, TestStore.FoldResult(0.75), TestStore.Run);
        Assert.Equal(new Completion(false, 1), second);

        var picture = (await Store.Job(key))!;
        Assert.Equal(0.25, picture.Result!.Wa);
        Assert.Equal(JobState.Succeeded, picture.Job.State);
        Assert.Equal([AttemptState.Succeeded, AttemptState.Superseded], picture.Attempts.Select(a => a.State));
    }

    [SkippableFact]
    public async Task Delivering_twice_is_answered_as_accepted()
    {
        var key = await ClaimedFold();
        await Store.Complete(key, 1, TestStore.FoldResult(0.5), TestStore.Run);
        Assert.Equal(new Completion(true, 1), await Store.Complete(key, 1, TestStore.FoldResult(0.5), TestStore.Run));
    }

    [SkippableFact]
    public async Task A_result_that_is_not_one_is_refused_and_the_job_goes_on()
    {
        var key = await ClaimedFold();
        await Assert.ThrowsAnyAsync<System.Text.Json.JsonException>(() => Store.Complete(key, 1, "{\"wa\": 1", TestStore.Run));
        Assert.Equal(JobState.Running, await Store.State(key));
        await Store.Complete(key, 1, TestStore.FoldResult(0.5), TestStore.Run);
    }

    [SkippableFact]
    public async Task Losses_are_free_three_times_and_then_the_job_is_poisoned()
    {
        var jobs = TestStore.ExtractAndFolds(2);
        await Store.Submit("a", "a", "", jobs);
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            Assert.Equal(attempt, (await Store.Claim("s0"))!.Attempt);
            Assert.Equal(attempt < 4 ? JobState.Queued : JobState.Poisoned, await Store.Lose(jobs[0].Key, attempt, "signal 9"));
        }
        Assert.Equal(JobState.Blocked, await Store.State(jobs[1].Key));
        Assert.Contains("signal 9", (await Store.Job(jobs[0].Key))!.Job.Error);

        Assert.Equal(3, await Store.Retry("a"));
        Assert.Equal(JobState.Queued, await Store.State(jobs[0].Key));
        Assert.Equal(JobState.Waiting, await Store.State(jobs[1].Key));
    }

    [SkippableFact]
    public async Task A_stopped_silo_costs_no_free_loss()
    {
        await Store.Submit("a", "a", "", TestStore.NoOps(1));
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            var job = (await Store.Claim("s0"))!;
            Assert.Equal(attempt, job.Attempt);
            Assert.Equal(JobState.Queued, await Store.Release(job.Key, attempt, "the silo ended"));
        }
    }

    [SkippableFact]
    public async Task A_failure_is_final_and_blocks_what_depends_on_it()
    {
        var jobs = TestStore.ExtractAndFolds(1);
        await Store.Submit("a", "a", "", jobs);
        await Store.Claim("s0");
        await Store.Fail(jobs[0].Key, 1, "no such file", outOfMemory: false, halve: true);
        Assert.Equal(JobState.Failed, await Store.State(jobs[0].Key));
        Assert.Equal(JobState.Blocked, await Store.State(jobs[1].Key));
        Assert.Null(await Store.Claim("s0"));
        await Store.Submit("a", "a", "", jobs);
        Assert.Equal(JobState.Failed, await Store.State(jobs[0].Key));
    }

    [SkippableFact]
    public async Task Out_of_memory_is_tried_once_more_with_half_the_micro_batch()
    {
        var jobs = TestStore.ExtractAndFolds(0);
        await Store.Submit("a", "a", "", jobs);
        Assert.Equal(0, (await Store.Claim("s0"))!.Halvings);
        await Store.Fail(jobs[0].Key, 1, "not enough memory", outOfMemory: true, halve: true);
        Assert.Equal(1, (await Store.Claim("s0"))!.Halvings);
        await Store.Fail(jobs[0].Key, 2, "not enough memory", outOfMemory: true, halve: true);
        Assert.Equal(JobState.Failed, await Store.State(jobs[0].Key));
        Assert.All((await Store.Job(jobs[0].Key))!.Attempts, a => Assert.Equal(AttemptState.OutOfMemory, a.State));
    }

    [SkippableFact]
    public async Task Cancelling_leaves_what_another_experiment_wants()
    {
        var shared = TestStore.NoOps(3);
        await Store.Submit("a", "a", "", [.. shared, .. TestStore.NoOps(2, "only a")]);
        await Store.Submit("b", "b", "", shared);
        Assert.Equal(2, (await Store.Cancel("a")).Jobs);
        Assert.All(shared, job => Assert.Equal(JobState.Queued, Store.State(job.Key).Result));
        Assert.Equal(3, (await Store.Cancel("b")).Jobs);
        Assert.Null(await Store.Claim("s0"));

        Assert.Equal(3, (await Store.Submit("b", "b", "", shared)).New);
        Assert.NotNull(await Store.Claim("s0"));
    }

    [SkippableFact]
    public async Task A_cancelled_job_that_runs_ends_cancelled_unless_it_is_wanted_again()
    {
        var jobs = TestStore.NoOps(2);
        await Store.Submit("a", "a", "", jobs);
        await Store.Claim("s0");
        await Store.Claim("s1");
        Assert.Equal(2, (await Store.Cancel("a")).Running.Length);
        Assert.Equal(JobState.Cancelled, await Store.Release(jobs[0].Key, 1, "cancelled"));
        await Store.Submit("a", "a", "", jobs);
        Assert.Equal(JobState.Queued, await Store.Release(jobs[1].Key, 1, "cancelled"));
        Assert.Equal(JobState.Queued, await Store.State(jobs[0].Key));
    }

    [SkippableFact]
    public async Task Everything_is_there_after_a_restart()
    {
        var key = await ClaimedFold();
        await Store.Complete(key, 1, TestStore.FoldResult(0.625), TestStore.Run);
        var next = (await Store.Claim("s1"))!;
        await test.Reopen();
        Assert.Equal(0.625, (await Store.Job(key))!.Result!.Wa);
        var running = Assert.Single(await Store.RunningAttempts());
        Assert.Equal((next.Key, 1, "s1"), (running.Key, running.Attempt, running.Slot));
    }

    [SkippableFact]
    public async Task A_unit_of_work_that_throws_takes_nothing_of_its_neighbours_along()
    {
        await Store.Submit("a", "a", "", TestStore.NoOps(20));
        var claims = Enumerable.Range(0, 20).Select(i => (Task)Store.Claim($"s{i}")).ToList();
        var faults = Enumerable.Range(0, 20).Select(_ => Store.Lose("no such key", 1, "x")).ToList();
        await Task.WhenAll(claims);
        foreach (var fault in faults) await Assert.ThrowsAsync<KeyNotFoundException>(() => fault);
        Assert.Equal(20, (await Store.Experiments("a")).Single().Count(JobState.Running));
    }

    [SkippableFact]
    public async Task Scores_list_expected_folds_with_and_without_result()
    {
        var key = await ClaimedFold(folds: 3);
        await Store.Complete(key, 1, TestStore.FoldResult(0.5), TestStore.Run);
        var scores = await Store.Scores(new("a"));
        Assert.Equal([0.5, null, null], scores.Select(s => s.Wa));
        Assert.Equal([0, 1, 2], scores.Select(s => s.Fold));
        Assert.Empty(await Store.Scores(new("another")));
    }

    [SkippableFact]
    public async Task Statistics_are_kept_once()
    {
        Assert.Equal(2, await Store.Keep(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }));
        Assert.Equal(1, await Store.Keep(new Dictionary<string, string> { ["b"] = "other", ["c"] = "3" }));
        Assert.Equal([("a", "1"), ("b", "2"), ("c", "3")], (await Store.Statistics(["a", "b", "c", "d"])).OrderBy(s => s.Key).Select(s => (s.Key, s.Value)));
    }

    [SkippableFact]
    public async Task Errors_are_kept_without_the_characters_that_no_database_takes()
    {
        var key = await ClaimedFold();
        await Store.Fail(key, 1, "bad\0 word\n", outOfMemory: false, halve: false);
        Assert.Equal("bad word\n", (await Store.Job(key))!.Job.Error);
    }

    [SkippableFact]
    public async Task Jobs_are_found_by_the_beginning_of_their_key_and_durations_are_grouped()
    {
        var key = await ClaimedFold(folds: 3);
        Assert.Equal([key], await Store.Keys(key[..16]));
        Assert.Equal([key], await Store.Keys(key));
        Assert.Empty(await Store.Keys("zz"));
        await Store.Complete(key, 1, TestStore.FoldResult(0.5), TestStore.Run);
        Assert.Equal(["extract", "fold"], (await Store.Durations()).Where(d => d.Seconds == 1.5).Select(d => d.Kind).Order());
        Assert.Equal(2, Assert.Single(await Store.Remaining("a")).Jobs);
        Assert.Equal(2, (await Store.LastFinished("a", 5)).Count);
        Assert.Equal(2, (await Store.ResultTexts([1, 2, 3])).Count);
        Assert.Equal(4, (await Store.Jobs("a", null, 0, 100)).Count);
        Assert.Equal(JobState.Succeeded, (await Store.States([key]))[key]);
    }

    [SkippableFact]
    public async Task Scans_and_fold_sets_are_recorded_once()
    {
        var scan = new DatasetRow { Manifest = "m", Corpus = "c", Seconds = 1.25, Synthetic = true, Scanned = 1, Classes = "{}", Warnings = "[]" };
        Assert.True(await Store.Record(scan));
        Assert.False(await Store.Record(new DatasetRow { Manifest = "m", Corpus = "c", Scanned = 2, Classes = "{}", Warnings = "[1]" }));
        var kept = (await Store.Datasets())["m"];
        Assert.Equal((2, "[1]", true, 1.25), (kept.Scanned, kept.Warnings, kept.Synthetic, kept.Seconds));
        Assert.True(await Store.Record(new FoldSetRow { Hash = "f", Manifest = "m", Protocol = "p", Folds = 5, Badges = "[]" }));
        Assert.False(await Store.Record(new FoldSetRow { Hash = "f", Manifest = "m", Protocol = "p", Folds = 5, Badges = "[]" }));
        Assert.Equal(5, (await Store.FoldSets())["f"].Folds);
    }

    private async Task<string> ClaimedFold(int folds = 2)
    {
        await Store.Submit("a", "a", "", TestStore.ExtractAndFolds(folds));
        var extract = (await Store.Claim("s0"))!;
        await Store.Complete(extract.Key, 1, "{}", TestStore.Run);
        return (await Store.Claim("s0"))!.Key;
    }
}

public sealed class SqliteJobStoreTests : JobStoreTests
{
    private protected override TestStore Open() => new();
}

public sealed class PostgresJobStoreTests : JobStoreTests
{
    private protected override TestStore Open() => new(PostgresServer.Shared.NewDatabase());
}
