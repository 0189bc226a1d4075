using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>
/// Keeps one worker process alive per slot of this machine from the moment there is work, and tells the slot's grain
/// when one dies. A silo that is only asked for results starts none; a slot that the grain has quarantined gets no other.
/// </summary>
internal sealed partial class SlotHost(
    SiloOptions options, HomeFolder home, JobStore store, QueueSignal queue, IGrainFactory grains, Guard guard, ILogger<SlotHost> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30), LongestWait = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> keepers = [];

    /// <summary>Names of the slots.</summary>
    public IReadOnlyList<string> Slots { get; } = [.. Enumerable.Range(0, options.CpuSlots).Select(i => $"local/cpu{i}")];

    /// <summary>Starts a worker in every slot.</summary>
    /// <param name="address">The API that workers talk to.</param>
    public void StartWorkers(Uri address) => keepers.AddRange(Slots.Select(slot => Task.Run(() => Keep(slot, address))));

    /// <summary>Before the API goes: ends the workers and gives their jobs back.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(keepers);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Keep(string slot, Uri address)
    {
        var grain = grains.GetGrain<IGpuSlotGrain>(slot);
        var pause = TimeSpan.FromMilliseconds(100);
        while (!stopping.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await WaitForWork();
                started = Stopwatch.GetTimestamp();
                if (!await Serve(slot, grain, address))
                {
                    LogQuarantined(logger, slot);
                    return;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogSlotFailed(logger, slot, error);
            }

            // One that ran for a while is replaced at once; one that dies at its start is given more and more time.
            pause = Stopwatch.GetElapsedTime(started) > LongestPause
                ? TimeSpan.FromMilliseconds(100)
                : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
            await Task.Delay(pause, stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>One worker from its start to its end; false where no other should follow.</summary>
    private async Task<bool> Serve(string slot, IGpuSlotGrain grain, Uri address)
    {
        WorkerLog? log = null;
        Process worker;
        try
        {
            log = new WorkerLog(home.WorkerLog(slot));
            worker = Start(slot, address, log);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            LogNotStarted(logger, slot, error.Message);
            return await grain.WorkerNotStarted(error.Message);
        }
        using (log)
        using (worker)
        {
            await grain.WorkerStarted(worker.Id);
            await WaitForEnd(worker);
            var evidence = worker.ExitCode > 128 ? $"its worker was ended by signal {worker.ExitCode - 128}" : $"its worker ended with status {worker.ExitCode}";
            if (log.LastWord is { } word) evidence += $": {word}";
            if (!stopping.IsCancellationRequested) LogWorkerEnded(logger, slot, worker.Id, evidence);
            return await grain.WorkerExited(worker.Id, evidence, wanted: stopping.IsCancellationRequested);
        }
    }

    private async Task WaitForWork()
    {
        for (var signal = queue.Next; !await store.AnyQueued(); signal = queue.Next)
        {
            await Task.WhenAny(signal, Task.Delay(LongestWait, stopping.Token));
            stopping.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task WaitForEnd(Process worker)
    {
        try
        {
            await worker.WaitForExitAsync(stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Files are renamed into place and results are acknowledged, so a worker may be ended at any point.
            worker.Kill(entireProcessTree: true);
            await worker.WaitForExitAsync(CancellationToken.None);
        }
    }

    private Process Start(string slot, Uri address, WorkerLog log)
    {
        var start = new ProcessStartInfo(options.WorkerCommand[0])
        {
            // The worker ends when this pipe closes: however the silo dies, no worker outlives it.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])[.. options.WorkerCommand.Skip(1), "--silo", address.ToString(), "--slot", slot, "--home", home.Root, "--heartbeat", options.Heartbeat.TotalSeconds.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        // glibc gives every large buffer back to the kernel at once; feature extraction is several times faster when it keeps them.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4294967296";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "4294967296";
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["CUDA_VISIBLE_DEVICES"] = "";
        // They may hold passwords, and a worker talks to the silo only.
        foreach (var name in (string[])["E2V_STORE", "E2V_CERTIFICATE_PASSWORD", Credentials.TokenVariable]) start.Environment.Remove(name);
        // A command line is everybody's to read, the environment of a process its owner's.
        if (guard.Token is { } token) start.Environment[Credentials.TokenVariable] = token.Text;
        var worker = Process.Start(start) ?? throw new InvalidOperationException($"{options.WorkerCommand[0]}: did not start");
        worker.OutputDataReceived += (_, line) => log.Write(line.Data);
        worker.ErrorDataReceived += (_, line) => log.Write(line.Data);
        worker.BeginOutputReadLine();
        worker.BeginErrorReadLine();
        return worker;
    }

    [LoggerMessage(LogLevel.Warning, "Slot {Slot}: worker {Pid}: {Evidence}")]
    private static partial void LogWorkerEnded(ILogger logger, string slot, int pid, string evidence);

    [LoggerMessage(LogLevel.Warning, "Slot {Slot}: no worker could be started: {Evidence}")]
    private static partial void LogNotStarted(ILogger logger, string slot, string evidence);

    [LoggerMessage(LogLevel.Error, "Slot {Slot} is quarantined until the silo restarts")]
    private static partial void LogQuarantined(ILogger logger, string slot);

    [LoggerMessage(LogLevel.Error, "Slot {Slot} failed")]
    private static partial void LogSlotFailed(ILogger logger, string slot, Exception error);
}
