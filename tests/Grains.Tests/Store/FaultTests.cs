using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests.Store;
using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>The whole suite of the store while its statements, savepoints and commits fail: every answer stays as it is.</summary>
public sealed class FaultySqliteStoreTests : JobStoreTests
{
    private readonly StoreFaults faults = new(seed: 1, longestGap: 60, lostAnswers: false);

    private protected override TestStore Open() => new(interceptors: faults.Interceptors);
}

/// <summary>Work that is done and whose answer is lost: its caller does it again, as workers do.</summary>
public sealed class LostAnswerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_fails_and_is_tried_again_the_rows_are_those_of_an_undisturbed_run(int seed)
    {
        await using var calm = new TestStore(time: new FixedTime());
        var faults = new StoreFaults(seed, longestGap: 30, lostAnswers: true);
        await using var disturbed = new TestStore(interceptors: faults.Interceptors, time: new FixedTime());
        foreach (var step in StoreScript.Steps)
        {
            await step(calm.Store);
            await Persist(step, disturbed.Store);
        }
        // The same at random, with the same choices on both sides.
        var (here, there) = (new RandomWork(seed), new RandomWork(seed));
        for (var i = 0; i < 150; i++)
        {
            await here.Step()(calm.Store);
            await Persist(there.Step(), disturbed.Store);
        }
        Assert.InRange(faults.Faults, 30, int.MaxValue);
        Assert.Equal(StoreImage.Rows(calm.File), StoreImage.Rows(disturbed.File));
    }

    [Fact]
    public async Task A_disk_that_is_full_for_a_while_loses_nothing_and_says_so()
    {
        var disk = new SmallDisk();
        await using var test = new TestStore(interceptors: [disk], time: new FixedTime());
        await test.Store.Submit("a", "a", "", TestStore.NoOps(10));
        var before = StoreImage.Rows(test.File);

        disk.Pages = 1;
        var error = await Assert.ThrowsAnyAsync<Exception>(() => test.Store.Submit("b", "b", "", TestStore.NoOps(2000, "b")));
        Assert.Contains("full", error.GetBaseException().Message);
        Assert.Equal(before, StoreImage.Rows(test.File));
        // What needs no room is still answered.
        Assert.Equal(10, (await test.Store.Experiments("a")).Single().Total);

        disk.Pages = SmallDisk.Large;
        Assert.Equal(2000, (await test.Store.Submit("b", "b", "", TestStore.NoOps(2000, "b"))).New);
        Assert.Equal("ok", StoreImage.Check(test.File));
    }

    private static async Task Persist(Func<JobStore, Task> step, JobStore store)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await step(store);
                return;
            }
            catch (Exception error) when (i < 100 && error.GetBaseException().Message.StartsWith("injected:", StringComparison.Ordinal))
            {
            }
        }
    }

    /// <summary>Claims, and ends what it has claimed in every way there is.</summary>
    private sealed class RandomWork(int seed)
    {
        private readonly Random random = new(seed);
        private readonly List<Assignment> held = [];
        private readonly Dictionary<Assignment, string> slots = [];
        private int submitted;

        public Func<JobStore, Task> Step()
        {
            var kind = random.Next(10);
            if (kind == 0)
            {
                var (jobs, experiment) = (TestStore.ExtractAndFolds(random.Next(4), $"corpus {submitted}"), $"e{submitted++ % 3}");
                return s => s.Submit(experiment, "e", "", jobs);
            }
            if (kind <= 2)
            {
                var experiment = random.Next(2) == 0 ? "a" : "b";
                return kind == 1 ? s => s.Cancel(experiment) : s => s.Retry(experiment);
            }
            if (kind <= 5 || held.Count == 0)
            {
                var slot = $"slot {random.Next(6)}";
                held.RemoveAll(h => slots[h] == slot);
                return async s =>
                {
                    if (await s.Claim(slot) is not { } job) return;
                    slots[job] = slot;
                    held.Add(job);
                };
            }
            var job = held[random.Next(held.Count)];
            held.Remove(job);
            return random.Next(5) switch
            {
                0 => s => s.Lose(job.Key, job.Attempt, "signal 9"),
                1 => s => s.Fail(job.Key, job.Attempt, "wrong", outOfMemory: false, halve: false),
                2 => s => s.Fail(job.Key, job.Attempt, "not enough memory", outOfMemory: true, halve: true),
                3 => s => s.Release(job.Key, job.Attempt, "stopped"),
                _ => s => s.Complete(job.Key, job.Attempt, job.Kind == "fold" ? TestStore.FoldResult(0.5) : "{}", TestStore.Run),
            };
        }
    }

    /// <summary>A file that may not grow beyond a number of pages: SQLite itself reports a full disk.</summary>
    private sealed class SmallDisk : Microsoft.EntityFrameworkCore.Diagnostics.DbConnectionInterceptor
    {
        public const int Large = 1_000_000;

        public int Pages { get; set; } = Large;

        public override void ConnectionOpened(System.Data.Common.DbConnection connection, Microsoft.EntityFrameworkCore.Diagnostics.ConnectionEndEventData eventData)
        {
            using var command = ((SqliteConnection)connection).CreateCommand();
            command.CommandText = $"PRAGMA max_page_count = {Pages}";
            command.ExecuteNonQuery();
        }
    }
}
