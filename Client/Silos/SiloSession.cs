using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Client.Silos;

/// <summary>A silo to talk to: one that runs already, or one inside this process that ends with the session.</summary>
internal sealed class SiloSession : IAsyncDisposable
{
    private static readonly Credentials NoCredentials = new(null, null);
    private readonly SiloHost? own;

    private SiloSession(SiloClient client, SiloHost? own, int? pid)
    {
        Client = client;
        this.own = own;
        Pid = pid;
    }

    public SiloClient Client { get; }

    /// <summary>True when the silo lives in this process.</summary>
    public bool Own => own is not null;

    /// <summary>Process of a silo found in the home.</summary>
    public int? Pid { get; }

    /// <summary>The silo named by <c>--silo</c>, or the one that runs on the home.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static async Task<SiloSession> RunningAsync(Settings settings, CancellationToken ct) =>
        await FindAsync(settings, ct) ?? throw new InputException(
            $"no silo runs on {Settings.Shown(settings.Home)}: start one with 'e2v silo', or name one with --silo URL");

    /// <summary>A silo to ask: a running one, else one without slots on the store of the home.</summary>
    /// <exception cref="InputException">None runs and the home has no store.</exception>
    public static async Task<SiloSession> ForQuestionsAsync(Settings settings, CancellationToken ct)
    {
        if (await FindAsync(settings, ct) is { } running) return running;
        if (settings.Store is null && !File.Exists(new HomeFolder(settings.Home).Store))
            throw new InputException($"{Settings.Shown(settings.Home)}: no experiments here yet (--home names another state folder)");
        return await StartAsync(settings, SlotChoice.None, ct);
    }

    /// <summary>A silo to work with: a running one, else one in this process with worker slots.</summary>
    public static async Task<SiloSession> ForWorkAsync(Settings settings, SlotChoice slots, CancellationToken ct) =>
        await FindAsync(settings, ct) ?? await StartAsync(settings, slots, ct);

    /// <summary>How this program is started again as a worker.</summary>
    public static string[] WorkerCommand()
    {
        var program = Environment.ProcessPath ?? "dotnet";
        var assembly = typeof(SiloSession).Assembly.Location;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, assembly, Verbs.WorkerVerb.Name] : [program, Verbs.WorkerVerb.Name];
    }

    /// <summary>Submits a grid. Another process has another current folder, so it is told the whole path.</summary>
    public Task<SubmitAnswer> SubmitAsync(SubmitRequest request, CancellationToken ct) =>
        Client.SubmitAsync(Own ? request : request with { File = Path.GetFullPath(request.File) }, ct);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (own is not null) await own.DisposeAsync();
    }

    private static async Task<SiloSession> StartAsync(Settings settings, SlotChoice slots, CancellationToken ct)
    {
        try
        {
            var options = new SiloOptions { Home = settings.Home, Store = settings.Store, Data = settings.Data is "" ? null : settings.Data, WorkerCommand = WorkerCommand(), CpuSlots = slots.Cpus, Gpus = slots.Gpus };
            var host = await SiloHost.StartAsync(options, ct);
            return new SiloSession(new SiloClient(host.Address, NoCredentials), host, null);
        }
        catch (InputException)
        {
            // Another process may have opened the home between our look and our start.
            for (var i = 0; i < 20; i++)
            {
                if (await FindAsync(settings, ct) is { } other) return other;
                await Task.Delay(100, ct);
            }
            throw;
        }
    }

    private static async Task<SiloSession?> FindAsync(Settings settings, CancellationToken ct)
    {
        if (settings.Silo is { } given)
        {
            var named = new SiloClient(given, settings.Credentials);
            try
            {
                await named.SlotsAsync(ct);
                return new SiloSession(named, null, null);
            }
            catch (Exception e) when (e is SiloGoneException or InputException)
            {
                named.Dispose();
                throw new InputException(e.Message, e);
            }
        }
        var home = new HomeFolder(settings.Home);
        if (HomeLock.Find(home) is not { } found) return null;
        // A guarded silo of this home announces an address on loopback, and its token lies here.
        var client = new SiloClient(new Uri(found.Address), File.Exists(home.Token) ? new Credentials(AccessToken.Read(home.Token), null) : NoCredentials);
        try
        {
            await client.SlotsAsync(ct);
            return new SiloSession(client, null, found.Pid);
        }
        catch (Exception e) when (e is SiloGoneException or WorkFailedException or InputException)
        {
            // The address file of a silo that was killed; its port may be another program's by now.
            client.Dispose();
            return null;
        }
    }
}
