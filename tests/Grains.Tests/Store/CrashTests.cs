using System.Data.Common;
using Emotion2Vec.Tests;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>However the process ends that writes the store, what it had acknowledged is there, and nothing is half done.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    // Seeded, so that a run can be repeated; with E2V_STRESS every point instead of a few.
    private static bool Stress => Environment.GetEnvironmentVariable("E2V_STRESS") == "1";

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// A process that is killed leaves its files as they are at that moment: the kernel still writes what it was given.
    /// So a copy of the files, taken while the writer stands at an operation, is what a kill there leaves.
    /// </summary>
    [Fact]
    public async Task Killed_at_any_store_operation_the_store_is_as_before_or_after_the_step()
    {
        var (acknowledged, images, file) = (0, new List<(string File, int Acknowledged)>(), folder.File("e2v.db"));
        var counter = new OperationCounter(n =>
        {
            var image = folder.File($"{n}/e2v.db");
            File.Copy(file, image);
            if (File.Exists(file + "-wal")) File.Copy(file + "-wal", image + "-wal");
            images.Add((image, Volatile.Read(ref acknowledged)));
        });
        var states = new List<IReadOnlyList<string>>();
        await using (var test = new TestStore(file: file, time: new FixedTime(), interceptors: counter.Interceptors))
        {
            states.Add(StoreImage.Rows(file));
            foreach (var step in StoreScript.Steps)
            {
                await step(test.Store);
                Interlocked.Increment(ref acknowledged);
                states.Add(StoreImage.Rows(file));
            }
        }

        Assert.InRange(images.Count, 8 * StoreScript.Steps.Count, int.MaxValue);
        var after = 0;
        foreach (var (image, done) in images) after += AssertBeforeOrAfter(image, done, states);
        // The operations behind each commit are among them.
        Assert.InRange(after, StoreScript.Steps.Count, images.Count - StoreScript.Steps.Count);
    }

    [Fact]
    public async Task A_process_killed_at_a_store_operation_leaves_a_store_that_opens_and_goes_on()
    {
        var states = await States();
        var operations = 0;
        await using (var test = new TestStore(file: folder.File("count.db"), time: new FixedTime(), interceptors: new OperationCounter(n => operations = n).Interceptors))
        {
            foreach (var step in StoreScript.Steps) await step(test.Store);
        }
        foreach (var n in Some(Enumerable.Range(1, operations), 6))
        {
            var file = folder.File($"operation-{n}/e2v.db");
            var (exit, acknowledged) = KilledRecorder.Run(file, "operation", n);
            Assert.Equal(128 + 9, exit);
            AssertBeforeOrAfter(file, acknowledged, states);
            await GoesOn(file, acknowledged, states);
        }
    }

    [Fact]
    public async Task A_process_killed_in_the_midst_of_a_write_leaves_a_store_that_opens_and_goes_on()
    {
        var states = await States();
        // From before the schema is there to the end of the script: a log of a few hundred kilobytes.
        foreach (var bytes in Some(Enumerable.Range(0, 120).Select(i => 1000 + 3777 * i), 6))
        {
            var file = folder.File($"bytes-{bytes}/e2v.db");
            var (exit, acknowledged) = KilledRecorder.Run(file, "bytes", bytes);
            if (exit == 0) continue; // the limit was never reached
            Assert.Equal(128 + 25, exit);
            AssertBeforeOrAfter(file, acknowledged, states);
            await GoesOn(file, acknowledged, states);
        }
    }

    [Fact]
    public async Task Every_connection_that_is_opened_waits_for_the_disk_keeps_a_log_and_minds_references()
    {
        var pragmas = new PragmaReader();
        await using (var test = new TestStore(file: folder.File("e2v.db"), interceptors: [pragmas]))
        {
            foreach (var step in StoreScript.Steps) await step(test.Store);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => test.Store.Experiments()));
            await test.Store.Scores(new());
        }
        Assert.InRange(pragmas.Opened.Count, StoreScript.Steps.Count + 20, int.MaxValue);
        Assert.Equal(["wal 2 1"], pragmas.Opened.Distinct());
    }

    private async Task<List<IReadOnlyList<string>>> States()
    {
        var file = folder.File("calm/e2v.db");
        await using var test = new TestStore(file: file, time: new FixedTime());
        List<IReadOnlyList<string>> states = [StoreImage.Rows(file)];
        foreach (var step in StoreScript.Steps)
        {
            await step(test.Store);
            states.Add(StoreImage.Rows(file));
        }
        return states;
    }

    /// <returns>1 where it is the state after.</returns>
    private static int AssertBeforeOrAfter(string file, int acknowledged, IReadOnlyList<IReadOnlyList<string>> states)
    {
        Assert.Equal("ok", StoreImage.Check(file));
        var rows = StoreImage.Rows(file);
        // Before the first step the schema itself may be half-way: between two of its scripts, never within one.
        if (acknowledged == 0 && rows.All(r => r.StartsWith("schema_version|", StringComparison.Ordinal))) return 0;
        if (rows.SequenceEqual(states[acknowledged])) return 0;
        Assert.Equal(states[Math.Min(acknowledged + 1, states.Count - 1)], rows);
        return 1;
    }

    /// <summary>A new process finds the store usable: what is left of the script gives the same last state.</summary>
    private static async Task GoesOn(string file, int acknowledged, IReadOnlyList<IReadOnlyList<string>> states)
    {
        await using (var test = new TestStore(file: file, time: new FixedTime()))
        {
            foreach (var step in StoreScript.Steps.Skip(acknowledged)) await step(test.Store);
        }
        Assert.Equal(states[^1], StoreImage.Rows(file));
    }

    private static IEnumerable<int> Some(IEnumerable<int> points, int few)
    {
        var all = points.ToArray();
        if (Stress) return all;
        new Random(1).Shuffle(all);
        return all.Take(few).Order();
    }

    private sealed class PragmaReader : DbConnectionInterceptor
    {
        public List<string> Opened { get; } = [];

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Note(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Note(connection);
            return Task.CompletedTask;
        }

        private void Note(DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT journal_mode || ' ' || (SELECT synchronous FROM pragma_synchronous) || ' ' || (SELECT foreign_keys FROM pragma_foreign_keys) FROM pragma_journal_mode";
            var read = (string)command.ExecuteScalar()!;
            lock (Opened) Opened.Add(read);
        }
    }
}
