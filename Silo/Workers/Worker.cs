using System.Diagnostics;
using System.Runtime.InteropServices;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Engine;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Artefacts;

namespace Emotion2Vec.Silo.Workers;

/// <summary>
/// The process behind a slot: asks for a job, computes it, delivers, asks for the next. It has no state of its own and
/// may be ended at any point.
/// </summary>
public static class Worker
{
    private const int DeviceUnusable = 3;

    /// <summary>Serves a slot until its silo goes away.</summary>
    /// <param name="silo">Address of the API.</param>
    /// <param name="slot">Name of the slot.</param>
    /// <param name="home">State folder.</param>
    /// <param name="device">Where it computes: <c>cpu</c>, <c>cuda:0</c>, …</param>
    /// <param name="memory">Bytes of main memory for it; null = all that the machine has.</param>
    /// <param name="joined">Whether the home is not the silo's: then files travel through the API.</param>
    /// <param name="heartbeat">How often it reports.</param>
    /// <param name="cancel">Ends the worker.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(string silo, string slot, string home, string device, long? memory, bool joined, TimeSpan heartbeat, CancellationToken cancel = default)
    {
        // Before it asks for work: a slot whose worker cannot use its device is quarantined with these words.
        if (Devices.Unusable(device) is { } reason)
        {
            Console.Error.WriteLine(reason);
            return DeviceUnusable;
        }
        EndWithParent();
        using var connection = new SiloConnection(silo, slot, joined);
        using var transfer = joined ? new ArtefactTransfer(silo, new HomeFolder(home)) : null;
        var runner = new JobRunner(new HomeFolder(home), device, memory);
        while (!cancel.IsCancellationRequested)
        {
            if (await connection.Lease(cancel) is { } job) await Run(job, runner, connection, transfer, device, heartbeat, cancel);
        }
        return 0;
    }

    private static async Task Run(Assignment job, JobRunner runner, SiloConnection connection, ArtefactTransfer? transfer, string device, TimeSpan heartbeat, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        JobProgress? progress = null;
        var began = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        var work = Work();

        var directive = Directive.Continue;
        while (await Task.WhenAny(work, Task.Delay(heartbeat, cancel)) != work)
        {
            if (stop.IsCancellationRequested) continue;
            directive = await connection.Heartbeat(job, progress, cancel);
            if (directive != Directive.Continue) await stop.CancelAsync();
        }

        try
        {
            var result = await work;
            await connection.Complete(job, result, RunInfos.Current(Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, device), cancel);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await connection.Release(job, directive == Directive.Superseded ? "another attempt was first" : "cancelled", cancel);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"{job.Title}: {error}");
            await connection.Fail(job, error.Message, IsOutOfMemory(error), cancel);
        }

        async Task<string> Work()
        {
            if (transfer is not null) await transfer.Fetch(job, p => progress = p, stop.Token);
            var result = await Compute(job, runner, p => progress = p, stop.Token);
            if (transfer is not null) await transfer.Deliver(job, result, p => progress = p, stop.Token);
            return result;
        }
    }

    // A thread of its own: torch keeps thread count, grad mode and dispose scopes per thread, and training must not
    // starve the heartbeat.
    private static Task<string> Compute(Assignment job, JobRunner runner, Action<JobProgress> report, CancellationToken stop)
    {
        var work = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                work.SetResult(runner.Run(job.Key, JobSpec.FromJson(job.Kind, job.Spec), report, stop));
            }
            catch (Exception error)
            {
                work.SetException(error);
            }
        })
        { Name = job.Title, IsBackground = true }.Start();
        return work.Task;
    }

    private static bool IsOutOfMemory(Exception error) =>
        error is OutOfMemoryException || (error is ExternalException && (error.Message.Contains("out of memory") || error.Message.Contains("not enough memory")));

    // Standard input is a pipe from the silo. It closes when the silo ends, however it ends; then nobody wants this
    // process, and a native call that runs meanwhile must not keep it.
    private static void EndWithParent() => new Thread(() =>
    {
        while (Console.In.Read() >= 0)
        {
        }
        Process.GetCurrentProcess().Kill();
    })
    { Name = "parent", IsBackground = true }.Start();
}
