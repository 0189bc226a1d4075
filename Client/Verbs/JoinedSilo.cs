using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Joining;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v silo --join URL</c>: this machine's slots for a silo elsewhere, until Ctrl-C.</summary>
internal static class JoinedSilo
{
    public static async Task<int> RunAsync(Settings settings, string owner, string? name, SlotChoice slots, double? heartbeat, CancellationToken ct)
    {
        if (!Uri.TryCreate(owner, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new InputException($"--join: '{owner}' is not an address such as http://gpubox:5005");
        var options = new JoinOptions
        {
            Silo = address, Credentials = settings.Credentials, Home = settings.Home, Data = settings.Data is "" ? null : settings.Data, Name = name,
            CpuSlots = slots.Cpus, Gpus = slots.Gpus, WorkerCommand = SiloSession.WorkerCommand(),
        };
        if (heartbeat is { } seconds) options = options with { Heartbeat = TimeSpan.FromSeconds(seconds) };
        if (options.Heartbeat < TimeSpan.FromSeconds(0.1)) throw new InputException($"--heartbeat: {heartbeat} is less than 0.1 s");
        if (options.CpuSlots == 0 && options.Gpus.IsEmpty) throw new InputException("--join: there is no slot to lend");
        await using var joiner = await Joiner.StartAsync(options, ct);
        if (settings.Json) Printer.Json(new { silo = address, machine = joiner.Machine, home = settings.Home, pid = Environment.ProcessId, slots = joiner.Slots.Select(s => s.Name) });
        else Console.Out.WriteLine($"joined {address} as {joiner.Machine}, {slots}, files in {Settings.Shown(settings.Home)}; Ctrl-C leaves");
        try
        {
            await Task.Delay(Timeout.Infinite, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Ctrl-C is how it ends.
        }
        return ExitCode.Interrupted;
    }
}
