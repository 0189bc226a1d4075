using System.Collections.Concurrent;
using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>What PostgreSQL adds to the store: several clients on one store, a server that goes away, secrets.</summary>
public sealed class PostgresTests
{
    [SkippableFact]
    public async Task Several_clients_claim_and_complete_at_once_and_every_job_has_one_result()
    {
        const int jobs = 150, clients = 4, slots = 3;
        var connection = PostgresServer.Shared.NewDatabase();
        await using var first = new TestStore(connection);
        await first.Store.Submit("a", "a", "", TestStore.NoOps(jobs));
        var given = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            await using var own = new TestStore(connection);
            await Task.WhenAll(Enumerable.Range(0, slots).Select(async slot =>
            {
                while (await own.Store.Claim($"m{client}/cpu{slot}") is { } job)
                {
                    given.Add(job.Key);
                    Assert.True((await own.Store.Complete(job.Key, job.Attempt, "{}", TestStore.Run)).Accepted);
                }
            }));
        })));
        Assert.Equal(jobs, given.Count);
        Assert.Equal(jobs, given.Distinct().Count());
        Assert.Equal(jobs, (await first.Store.Experiments("a")).Single().Count(JobState.Succeeded));
        Assert.Empty(await first.Store.RunningAttempts());
    }

    [SkippableFact]
    public async Task A_claim_steps_over_a_row_that_another_client_holds()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        await using var test = new TestStore(connection);
        var jobs = TestStore.NoOps(2);
        await test.Store.Submit("a", "a", "", jobs);
        await using var other = test.Context();
        await using var transaction = await other.Database.BeginTransactionAsync();
        await other.Database.ExecuteSqlRawAsync("SELECT 1 FROM jobs WHERE id = 1 FOR UPDATE");
        Assert.Equal(jobs[1].Key, (await test.Store.Claim("s0"))!.Key);
        Assert.Null(await test.Store.Claim("s1"));
        await transaction.RollbackAsync();
        Assert.Equal(jobs[0].Key, (await test.Store.Claim("s1"))!.Key);
    }

    [SkippableFact]
    public async Task Dependencies_that_end_at_once_in_different_clients_free_what_needs_them()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        await using var first = new TestStore(connection);
        await using var second = new TestStore(connection);
        var needed = TestStore.NoOps(40);
        var needing = Enumerable.Range(0, 20).Select(i => needed[0] with { Key = $"needs{i}", DependsOn = [needed[2 * i].Key, needed[2 * i + 1].Key] }).ToArray();
        await first.Store.Submit("a", "a", "", [.. needed, .. needing]);
        for (var i = 0; i < needed.Length; i++) await first.Store.Claim($"s{i}");
        await Task.WhenAll(needed.Select((job, i) => Task.Run(() => (i % 2 == 0 ? first : second).Store.Complete(job.Key, 1, "{}", TestStore.Run))));
        Assert.All((await first.Store.States([.. needing.Select(j => j.Key)])).Values, state => Assert.Equal(JobState.Queued, state));
    }

    [SkippableFact]
    public async Task Results_from_two_clients_for_one_job_leave_one()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        await using var first = new TestStore(connection);
        await using var second = new TestStore(connection);
        var jobs = TestStore.NoOps(30);
        await first.Store.Submit("a", "a", "", jobs);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            for (var i = 0; i < jobs.Length; i++) await first.Store.Claim($"s{i}");
            if (attempt == 1) await Task.WhenAll(jobs.Select(j => first.Store.Lose(j.Key, 1, "silent")));
        }
        var answers = await Task.WhenAll(jobs.SelectMany(j => (Task<Completion>[])
            [Task.Run(() => first.Store.Complete(j.Key, 1, "{}", TestStore.Run)), Task.Run(() => second.Store.Complete(j.Key, 2, "{}", TestStore.Run))]));
        Assert.Equal(30, answers.Count(a => a.Accepted));
        Assert.All(answers.Chunk(2), pair => Assert.Equal(pair[0].StoredAttempt, pair[1].StoredAttempt));
    }

    [SkippableFact]
    public async Task Clients_that_open_a_new_store_at_once_make_its_schema_once()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => new TestStore(connection))));
        Assert.Equal([$"{Schema.Newest(StoreProvider.Of(connection, ""))}"], PostgresServer.Shared.Rows(PostgresServer.Database(connection), "SELECT version FROM schema_version"));
        foreach (var store in stores) await store.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_client_that_is_frozen_in_a_transaction_does_not_stop_the_others()
    {
        var connection = PostgresServer.Shared.NewDatabase();
        await using var test = new TestStore(connection);
        await using var frozen = test.Context();
        await using var transaction = await frozen.Database.BeginTransactionAsync();
        StoreProvider.Of(connection, "").Lock(frozen.Database.GetDbConnection(), Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(transaction), claimsOnly: false);
        // Waits for the frozen one's lock until the server ends that connection.
        Assert.Equal(1, (await test.Store.Submit("a", "a", "", TestStore.NoOps(1))).New);
        await Assert.ThrowsAnyAsync<Exception>(() => transaction.CommitAsync());
    }

    [SkippableFact]
    public async Task A_commit_waits_for_the_disk()
    {
        await using var test = new TestStore(PostgresServer.Shared.NewDatabase());
        await using var context = test.Context();
        Assert.Equal("on", (await context.Database.SqlQueryRaw<string>("SELECT current_setting('synchronous_commit') AS \"Value\"").ToListAsync()).Single());
    }

    [SkippableFact]
    public async Task The_second_owner_of_a_store_is_refused_and_told_the_pid_of_the_first()
    {
        var provider = StoreProvider.Of(PostgresServer.Shared.NewDatabase(), "");
        var first = await provider.Own(() => { });
        var error = await Assert.ThrowsAsync<InputException>(() => provider.Own(() => { }));
        Assert.Contains($"the silo with pid {Environment.ProcessId}", error.Message);
        await first!.DisposeAsync();
        await (await provider.Own(() => { }))!.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData("Host=127.0.0.1;Port={0};Database=none;Username=e2v;Password={1}", "\"none\" does not exist")]
    [InlineData("Host=127.0.0.1;Port={0};Database=postgres;Username=e2v;Password=secret-word", "password authentication failed")]
    [InlineData("Host=127.0.0.1;Port=1;Database=postgres;Username=e2v;Password=secret-word", "127.0.0.1:1")]
    public async Task A_database_that_cannot_be_used_is_one_line_without_the_password(string connection, string hint)
    {
        var text = string.Format(connection, PostgresServer.Shared.Port, PostgresServer.Shared.Password);
        foreach (var open in (Func<Task>[])[async () => await new TestStore(text).DisposeAsync(), () => StoreProvider.Of(text, "").Own(() => { })])
        {
            var error = await Assert.ThrowsAsync<InputException>(open);
            Assert.Contains(hint, error.Message);
            Assert.DoesNotContain('\n', error.Message);
            Assert.DoesNotContain("secret-word", error.ToString());
            Assert.DoesNotContain(PostgresServer.Shared.Password, error.ToString());
        }
    }

    [Theory]
    [InlineData("postgres://e2v:secret-word@host/e2v", "Host=")]
    [InlineData("Password=secret-word;Host=h", "Database is missing")]
    [InlineData("Database=d;Password=secret-word", "Host is missing")]
    [InlineData("Host=h;Database=d;Paswort=secret-word", "Password=…")]
    [InlineData("Host=h;Database=d;Port=secret-word", "Host=")]
    public void A_connection_string_that_cannot_be_read_is_not_repeated(string connection, string hint)
    {
        var error = Assert.Throws<InputException>(() => StoreProvider.Of(connection, ""));
        Assert.Contains(hint, error.Message);
        Assert.DoesNotContain("secret-word", error.ToString());
    }
}

/// <summary>Ends the server under others' feet, so it has one of its own.</summary>
public sealed class PostgresCrashTests
{
    [SkippableFact]
    public async Task The_store_outlives_a_crash_of_its_server_and_goes_on_by_itself()
    {
        using var server = PostgresServer.OfOwn();
        var connection = server.NewDatabase();
        await using var test = new TestStore(connection);
        var jobs = TestStore.NoOps(60);
        await test.Store.Submit("a", "a", "", jobs);
        var acknowledged = new ConcurrentBag<string>();
        var crash = new TaskCompletionSource();
        var work = Task.WhenAll(Enumerable.Range(0, 3).Select(slot => Task.Run(async () =>
        {
            while (await test.Store.Claim($"s{slot}") is { } job)
            {
                Assert.True((await test.Store.Complete(job.Key, job.Attempt, "{}", TestStore.Run)).Accepted);
                acknowledged.Add(job.Key);
                if (acknowledged.Count == 20) crash.TrySetResult();
            }
        })));
        await crash.Task;
        server.CrashAndRestart();
        var database = PostgresServer.Database(connection);
        Assert.Empty(acknowledged.Take(20).Except(server.Rows(database, "SELECT job_key FROM results")));
        await work;
        Assert.Equal(60, acknowledged.Distinct().Count());
        Assert.Equal(["Succeeded|60"], server.Rows(database, "SELECT state, count(*) FROM jobs GROUP BY state"));
        Assert.Equal(["Succeeded|60"], server.Rows(database, "SELECT state, count(*) FROM attempts GROUP BY state"));
    }

    [SkippableFact]
    public async Task An_owner_takes_its_store_again_after_a_crash_unless_another_was_first()
    {
        using var server = PostgresServer.OfOwn();
        var provider = StoreProvider.Of(server.NewDatabase(), "");
        var lost = new TaskCompletionSource();
        var owner = await provider.Own(lost.SetResult);
        server.CrashAndRestart();
        await UntilRefused(provider);
        Assert.False(lost.Task.IsCompleted);

        server.CrashAndRestart();
        await using var other = await provider.Own(() => { });
        await lost.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await owner!.DisposeAsync();
    }

    private static async Task UntilRefused(StoreProvider provider)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            try
            {
                await (await provider.Own(() => { }))!.DisposeAsync();
            }
            catch (InputException)
            {
                return;
            }
            await Task.Delay(500);
        }
        Assert.Fail("the owner never took its store again");
    }
}
