using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Security;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Slots;

/// <summary>Who has to know of a slot's workers: the slot's grain, in this process or behind the API of another.</summary>
internal interface ISlotOwner
{
    /// <summary>Completes when a job is queued that the slot can run.</summary>
    Task WaitForWork(Slot slot, CancellationToken cancel);

    /// <summary>A worker serves the slot from now on.</summary>
    Task WorkerStarted(Slot slot, int pid);

    /// <summary>It ended; false where no other should follow.</summary>
    Task<bool> WorkerExited(Slot slot, int pid, string evidence, bool wanted);

    /// <summary>None could be started; false where no other should be tried.</summary>
    Task<bool> WorkerNotStarted(Slot slot, string evidence);
}

/// <summary>How the workers of a machine are started.</summary>
/// <param name="Command">Program and leading arguments.</param>
/// <param name="Silo">The API that they talk to.</param>
/// <param name="Home">State folder that they use.</param>
/// <param name="Heartbeat">How often they report.</param>
/// <param name="Credentials">What they show to the silo, and whom they trust.</param>
/// <param name="Joined">Whether the home is not the silo's.</param>
internal sealed record WorkerStart(IReadOnlyList<string> Command, Uri Silo, HomeFolder Home, TimeSpan Heartbeat, Credentials Credentials, bool Joined = false);

/// <summary>Keeps one worker process alive in a slot from the moment there is work, and tells the slot's owner when one dies.</summary>
internal sealed partial class SlotKeeper(Slot slot, ISlotOwner owner, WorkerStart how, ILogger logger)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Serves the slot until <paramref name="stopping"/> fires, or until its owner wants no other worker in it.</summary>
    public async Task Keep(CancellationToken stopping)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (!stopping.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await owner.WaitForWork(slot, stopping);
                started = Stopwatch.GetTimestamp();
                if (!await Serve(stopping))
                {
                    LogQuarantined(logger, slot.Name);
                    return;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogSlotFailed(logger, slot.Name, error);
            }

            // One that ran for a while is replaced at once; one that dies at its start is given more and more time.
            pause = Stopwatch.GetElapsedTime(started) > LongestPause
                ? TimeSpan.FromMilliseconds(100)
                : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
            await Task.Delay(pause, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>One worker from its start to its end; false where no other should follow.</summary>
    private async Task<bool> Serve(CancellationToken stopping)
    {
        WorkerLog? log = null;
        Process worker;
        try
        {
            log = new WorkerLog(how.Home.WorkerLog(slot.Name));
            worker = Start(log);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            log?.Dispose();
            LogNotStarted(logger, slot.Name, error.Message);
            return await owner.WorkerNotStarted(slot, error.Message);
        }
        using (log)
        using (worker)
        {
            await owner.WorkerStarted(slot, worker.Id);
            await WaitForEnd(worker, stopping);
            var evidence = worker.ExitCode > 128 ? $"its worker was ended by signal {worker.ExitCode - 128}" : $"its worker ended with status {worker.ExitCode}";
            if (log.LastWord is { } word) evidence += $": {word}";
            if (!stopping.IsCancellationRequested) LogWorkerEnded(logger, slot.Name, worker.Id, evidence);
            return await owner.WorkerExited(slot, worker.Id, evidence, wanted: stopping.IsCancellationRequested);
        }
    }

    private static async Task WaitForEnd(Process worker, CancellationToken stopping)
    {
        try
        {
            await worker.WaitForExitAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            // Files are renamed into place and results are acknowledged, so a worker may be ended at any point.
            worker.Kill(entireProcessTree: true);
            await worker.WaitForExitAsync(CancellationToken.None);
        }
    }

    private Process Start(WorkerLog log)
    {
        var start = new ProcessStartInfo(how.Command[0])
        {
            // The worker ends when this pipe closes: however this process dies, no worker outlives it.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] arguments =
        [
            .. how.Command.Skip(1), "--silo", how.Silo.ToString(), "--slot", slot.Name, "--home", how.Home.Root, "--device", slot.WorkerDevice,
            "--memory", slot.MainMemory.ToString(CultureInfo.InvariantCulture), "--heartbeat", how.Heartbeat.TotalSeconds.ToString(CultureInfo.InvariantCulture), ..(how.Joined ? ["--joined"] : Array.Empty<string>()),
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // glibc gives every large buffer back to the kernel at once; feature extraction is several times faster when it keeps them.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4294967296";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "4294967296";
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        // CUDA's own order is by speed, nvidia-smi's by place.
        start.Environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
        start.Environment["CUDA_VISIBLE_DEVICES"] = slot.VisibleGpus;
        // They may hold passwords, and a worker talks to the silo only.
        foreach (var name in (string[])["E2V_STORE", "E2V_CERTIFICATE_PASSWORD", Credentials.TokenVariable]) start.Environment.Remove(name);
        // A command line is everybody's to read, the environment of a process its owner's.
        if (how.Credentials.Token is { } token) start.Environment[Credentials.TokenVariable] = token;
        if (how.Credentials.Authority is { } authority) start.Environment[Credentials.AuthorityVariable] = Path.GetFullPath(authority);
        var worker = Process.Start(start) ?? throw new InvalidOperationException($"{how.Command[0]}: did not start");
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

    [LoggerMessage(LogLevel.Error, "Slot {Slot} is quarantined until its host is started again")]
    private static partial void LogQuarantined(ILogger logger, string slot);

    [LoggerMessage(LogLevel.Error, "Slot {Slot} failed")]
    private static partial void LogSlotFailed(ILogger logger, string slot, Exception error);
}
