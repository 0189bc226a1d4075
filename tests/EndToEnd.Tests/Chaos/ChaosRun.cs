using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.EndToEnd.Tests.Chaos;

/// <summary>One silo, up to six workers, and someone who starts, stops, kills and freezes them all.</summary>
internal sealed class ChaosRun : IDisposable
{
    private const int OwnSlots = 2, MostForeign = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly List<(Process Worker, string Slot)> foreign = [];
    private readonly List<(int Pid, long Until)> frozen = [];
    private readonly Action<string> say;
    private readonly Random random;
    private readonly string home, url;
    private readonly long began = Stopwatch.GetTimestamp();
    private Process silo;
    private int started, slots;

    public ChaosRun(string home, int seed, Action<string> say)
    {
        (this.home, this.say, random) = (home, say, new Random(seed));
        url = $"http://127.0.0.1:{FreePort()}";
        http.BaseAddress = new Uri(url);
        silo = StartSilo();
    }

    /// <summary>Names of everything that was done.</summary>
    public Dictionary<string, int> Done { get; } = [];

    /// <summary>Gives a grid of short jobs; again until it is acknowledged.</summary>
    public Task Submit(string group, int jobs)
    {
        // Once, before it is tried: a grid that is sent again because its answer was lost must be the same one.
        var grid = $"name: {group}\nnoop: {{jobs: {jobs}, milliseconds: {random.Next(30)}, group: {group}}}\n";
        return Persist(async () =>
        {
            using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest(grid, "chaos.yaml", ""), CanonicalJson.Options);
            answer.EnsureSuccessStatusCode();
        });
    }

    /// <summary>Does one thing to somebody.</summary>
    public async Task Disturb()
    {
        Thaw(all: false);
        switch (random.Next(6))
        {
            case 0 or 1 when foreign.Count < MostForeign:
                var slot = $"elsewhere/{slots++ % (2 * MostForeign)}";
                if (foreign.Exists(f => f.Slot == slot)) break;
                foreign.Add((ChaosSilo.StartWorker(home, url, slot), slot));
                Note("worker started", slot);
                break;
            case 2 when foreign.Count > 1:
                Stop(random.Next(2) == 0 ? "TERM" : "KILL");
                break;
            case 3 or 4:
                KillOwn();
                break;
            default:
                Freeze();
                break;
        }
        await Task.Delay(random.Next(1500, 3500));
    }

    /// <summary>Kills the silo, and starts it again after a while.</summary>
    public async Task KillSilo(TimeSpan downtime)
    {
        silo.Kill();
        await silo.WaitForExitAsync();
        Note($"silo killed, {downtime.TotalSeconds:F0} s down", "");
        await Task.Delay(downtime);
        silo = StartSilo();
    }

    /// <summary>Ends the disturbance; who is left works on.</summary>
    public void Calm() => Thaw(all: true);

    /// <summary>Ends the silo and every worker; returns the processes that still know of this home.</summary>
    public async Task<List<string>> End()
    {
        Thaw(all: true);
        silo.StandardInput.Close();
        foreach (var (worker, _) in foreign) worker.StandardInput.Close();
        await silo.WaitForExitAsync();
        foreach (var (worker, _) in foreign) await worker.WaitForExitAsync();
        var left = Left();
        for (var i = 0; i < 100 && left.Count > 0; i++, left = Left()) await Task.Delay(100);
        return left;
    }

    public void Dispose()
    {
        foreach (var process in foreign.Select(f => f.Worker).Append(silo))
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        http.Dispose();
    }

    private Process StartSilo()
    {
        // A start may fail by an injected fault, as by a real one; whoever keeps a silo running starts it again.
        return ChaosSilo.Start(home, url, OwnSlots, random.Next());
    }

    private async Task Persist(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < 3 * Patience, $"the silo never answers: {error.Message}");
                KeepSilo();
                await Task.Delay(300);
            }
        }
    }

    /// <summary>Starts the silo again where it has ended by itself.</summary>
    public void KeepSilo()
    {
        if (!silo.HasExited) return;
        Note("silo started again", "");
        silo = StartSilo();
    }

    private void Stop(string signal)
    {
        var (worker, slot) = foreign[random.Next(foreign.Count)];
        foreign.RemoveAll(f => f.Slot == slot);
        frozen.RemoveAll(f => f.Pid == worker.Id);
        if (!worker.HasExited) E2v.Signal(signal, worker.Id);
        if (signal == "TERM") E2v.Signal("CONT", worker.Id);
        worker.WaitForExit();
        worker.Dispose();
        Note($"worker ended by {signal}", slot);
    }

    // Of the silo's own workers only those that have a job: who dies twice before it asks for one is quarantined, and rightly.
    private void KillOwn()
    {
        if (silo.HasExited) return;
        var busy = new StoreFile(home).Rows("SELECT slot FROM attempts WHERE state = 'Running'");
        if (Workers.Of(silo.Id).Find(w => busy.Contains(w.Slot)) is not { } victim) return;
        E2v.Signal("KILL", victim.Pid);
        frozen.RemoveAll(f => f.Pid == victim.Pid);
        Note("worker of the silo killed", victim.Slot);
    }

    private void Freeze()
    {
        var awake = foreign.Where(f => !f.Worker.HasExited && !frozen.Exists(z => z.Pid == f.Worker.Id)).ToList();
        if (awake.Count == 0) return;
        var (worker, slot) = awake[random.Next(awake.Count)];
        E2v.Signal("STOP", worker.Id);
        // Past the lease and, now and then, only nearly.
        frozen.Add((worker.Id, Stopwatch.GetTimestamp() + (long)((ChaosSilo.Lease - 0.5 + 4 * random.NextDouble()) * Stopwatch.Frequency)));
        Note("worker frozen", slot);
    }

    private void Thaw(bool all)
    {
        foreach (var (pid, _) in frozen.Where(f => all || f.Until <= Stopwatch.GetTimestamp()).ToList())
        {
            frozen.RemoveAll(f => f.Pid == pid);
            if (foreign.Exists(f => f.Worker.Id == pid && !f.Worker.HasExited)) E2v.Signal("CONT", pid);
        }
    }

    private List<string> Left() =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           where int.TryParse(Path.GetFileName(folder), out var pid) && pid != Environment.ProcessId && Workers.Arguments(pid).Contains(home)
           select string.Join(' ', Workers.Arguments(int.Parse(Path.GetFileName(folder)))),
    ];

    private void Note(string what, string whom)
    {
        Done[what] = Done.GetValueOrDefault(what) + 1;
        say($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:F1} s  {++started}: {what} {whom}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
