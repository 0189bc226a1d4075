using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Slots;
using Emotion2Vec.Silo.Workers;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Joining;

/// <summary>
/// A machine that lends its slots to a silo elsewhere. It has no store and no jobs of its own: it starts workers, which
/// talk to the silo's API, tells the silo every few seconds that it lives, and how its workers end. A silo that is out of
/// reach stops neither it nor them.
/// </summary>
public sealed partial class Joiner : ISlotOwner, IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5), Farewell = TimeSpan.FromSeconds(5);
    private readonly JoinOptions options;
    private readonly HomeLock held;
    private readonly string id;
    private readonly HttpClient http;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly AudioFinder audio;
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, string> quarantined = [];
    private volatile TaskCompletionSource<JoinAnswer> next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Task> tasks = [];

    private Joiner(JoinOptions options, HomeLock held, HomeFolder home)
    {
        (this.options, this.held) = (options, held);
        loggers = LoggerFactory.Create(logging => logging.AddProvider(new FileLoggerProvider(Path.Combine(home.Root, "logs", "joiner.log"), json: false)));
        logger = loggers.CreateLogger<Joiner>();
        id = Identity(Path.Combine(home.Root, "joiner.id"));
        Machine = options.Name ?? $"{Host()}-{id[..4]}";
        Slots = Slot.Of(Machine, options.CpuSlots, options.Gpus);
        audio = new AudioFinder(options.Data, home, loggers.CreateLogger<AudioFinder>());
        http = SiloHttp.Create(options.Silo, options.Credentials, TimeSpan.FromSeconds(30));
    }

    /// <summary>What the silo calls this machine.</summary>
    public string Machine { get; }

    /// <summary>Its slots.</summary>
    public ImmutableArray<Slot> Slots { get; }

    /// <summary>Joins; returns once the silo knows of the slots.</summary>
    /// <exception cref="InputException">The home is in use, no silo answers, or it refuses.</exception>
    public static async Task<Joiner> StartAsync(JoinOptions options, CancellationToken cancel = default)
    {
        var home = new HomeFolder(options.Home);
        var held = new HomeLock(home);
        Joiner? joiner = null;
        try
        {
            joiner = new Joiner(options, held, home);
            joiner.Heard(await joiner.Announce(cancel));
        }
        catch (Exception error)
        {
            joiner?.http.Dispose();
            joiner?.loggers.Dispose();
            held.Dispose();
            // A connection that Ctrl-C cut off fails in ways of its own.
            cancel.ThrowIfCancellationRequested();
            if (error is HttpRequestException or TaskCanceledException)
                throw new InputException($"no silo answers at {options.Silo}: {error.Message}", error);
            throw;
        }
        var how = new WorkerStart(options.WorkerCommand, options.Silo, home, options.Heartbeat, options.Credentials, Joined: true);
        joiner.tasks = [.. joiner.Slots.Select(slot => Task.Run(() => new SlotKeeper(slot, joiner, how, joiner.logger).Keep(joiner.stopping.Token))), Task.Run(joiner.Stay, CancellationToken.None)];
        return joiner;
    }

    /// <summary>Ends the workers, whose jobs go back into the silo's queue, and takes leave.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(tasks);
        using (var patience = new CancellationTokenSource(Farewell))
        {
            try
            {
                using var answer = await http.DeleteAsync($"api/joiners/{Uri.EscapeDataString(Machine)}?id={id}", patience.Token);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                // The silo is away; it will miss the machine by itself.
            }
        }
        http.Dispose();
        loggers.Dispose();
        held.Dispose();
    }

    async Task ISlotOwner.WaitForWork(Slot slot, CancellationToken cancel)
    {
        while (!(await next.Task.WaitAsync(cancel)).Work.Contains(slot.Name)) await Task.Delay(options.Heartbeat / 2, cancel);
    }

    Task ISlotOwner.WorkerStarted(Slot slot, int pid) => Report(new WorkerReport(slot.Name, pid), stopping.Token);

    async Task<bool> ISlotOwner.WorkerExited(Slot slot, int pid, string evidence, bool wanted)
    {
        var report = new WorkerReport(slot.Name, pid, evidence, wanted);
        if (!wanted) return Follow(slot, await Report(report, stopping.Token), evidence);
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            return await Report(report, patience.Token);
        }
        catch (OperationCanceledException)
        {
            return false; // the lease ends by itself
        }
    }

    async Task<bool> ISlotOwner.WorkerNotStarted(Slot slot, string evidence) => Follow(slot, await Report(new WorkerReport(slot.Name, 0, evidence), stopping.Token), evidence);

    private bool Follow(Slot slot, bool goOn, string evidence)
    {
        // Told again to a silo that restarts: it would otherwise show a free slot that nobody serves.
        if (!goOn) lock (quarantined) quarantined[slot.Name] = evidence;
        return goOn;
    }

    private async Task<bool> Report(WorkerReport report, CancellationToken cancel)
    {
        using var answer = await SiloConnection.Persist(() => http.PostAsJsonAsync("api/slots/worker", report, CanonicalJson.Options, cancel), cancel);
        return (await answer.Content.ReadFromJsonAsync<WorkerVerdict>(CanonicalJson.Options, cancel))!.GoOn;
    }

    /// <summary>Tells the silo again and again that this machine lives.</summary>
    private async Task Stay()
    {
        var (away, pause) = (false, options.Heartbeat);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause, stopping.Token);
                Heard(await Announce(stopping.Token));
                if (away) Say("the silo answers again");
                (away, pause) = (false, options.Heartbeat);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it is that goes wrong, there is nothing better to do than to try again.
                if (!away) Say($"the silo at {options.Silo} does not answer ({error.Message}); what runs goes on, and is delivered when it does");
                away = true;
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Math.Max(options.Heartbeat.Ticks, LongestPause.Ticks)));
            }
        }
    }

    private async Task<JoinAnswer> Announce(CancellationToken cancel)
    {
        JoinRequest request;
        lock (quarantined)
            request = new JoinRequest(id, JobSpec.Recipes, [.. Slots.Select(s => new JoinedSlot(s.Name, s.Device, s.Memory, quarantined.GetValueOrDefault(s.Name)))], audio.Found);
        using var answer = await http.PostAsJsonAsync($"api/joiners/{Uri.EscapeDataString(Machine)}", request, CanonicalJson.Options, cancel);
        if ((int)answer.StatusCode is >= 400 and < 500)
            throw new InputException($"{options.Silo}: {(await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options, cancel))?.Error ?? $"{(int)answer.StatusCode}"}");
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JoinAnswer>(CanonicalJson.Options, cancel))!;
    }

    private void Heard(JoinAnswer answer)
    {
        audio.Look(answer.Wanted, stopping.Token);
        if (next.TrySetResult(answer)) return;
        var fresh = new TaskCompletionSource<JoinAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        fresh.SetResult(answer);
        next = fresh;
    }

    private void Say(string line)
    {
        LogNote(logger, line);
        Console.Error.WriteLine($"e2v: {line}");
    }

    /// <summary>What tells this home from every other; made at its first joining.</summary>
    private static string Identity(string file)
    {
        if (!File.Exists(file)) AtomicFile.Write(file, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) + "\n")));
        return File.ReadAllText(file).Trim();
    }

    private static string Host()
    {
        var name = string.Concat(Environment.MachineName.Split('.')[0].Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
        return name.Length == 0 ? "machine" : name[..Math.Min(name.Length, 48)];
    }

    [LoggerMessage(LogLevel.Warning, "{Line}")]
    private static partial void LogNote(ILogger logger, string line);
}
