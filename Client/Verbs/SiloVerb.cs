using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v silo</c>: a silo with its API and worker slots, until Ctrl-C.</summary>
internal static class SiloVerb
{
    public static Command Create()
    {
        var listen = new Option<string?>("--listen") { Description = "Address to listen on (default: a free port of 127.0.0.1)", HelpName = "URL" };
        var lease = new Option<double?>("--lease") { Description = "A worker that is silent for so long has lost its job (default: 20)", HelpName = "SECONDS" };
        var heartbeat = new Option<double?>("--heartbeat") { Description = "How often workers report (default: 2)", HelpName = "SECONDS" };
        var losses = new Option<int?>("--losses") { Description = "How often a job may lose its worker and is queued again (default: 3)", HelpName = "N" };
        var token = new Option<bool>("--token") { Description = "Ask for the token on a loopback address too, as behind a proxy" };
        var newToken = new Option<bool>("--new-token") { Description = "Replace the home's token by a new one" };
        var certificate = new Option<string?>("--certificate") { Description = "Certificate for an https address, .pem or .pfx (E2V_CERTIFICATE_PASSWORD: its password)", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "The certificate's private key in PEM, where it is not in the same file", HelpName = "FILE" };
        var insecure = new Option<bool>("--insecure") { Description = "Allow plain HTTP on an address that others can reach" };
        var join = new Option<string?>("--join") { Description = "Lend this machine's slots to the silo at this address, instead of running one", HelpName = "URL" };
        var name = new Option<string?>("--name") { Description = "With --join: what the silo calls this machine (default: its host name and four digits of the home's own)", HelpName = "NAME" };
        var command = new Command("silo", "Run a silo: HTTP API and worker slots; or add this machine's slots to one") { join, name, listen, token, newToken, certificate, key, insecure, lease, heartbeat, losses };
        var slots = new SlotOptions(command, fewest: 0);
        var cluster = new ClusterOptions();
        foreach (var option in cluster.All) command.Add(option);
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var brought = cluster.IsApiOnly(parse) ? SlotChoice.None : await slots.ReadAsync(parse, ct);
            if (parse.GetValue(join) is { } owner)
            {
                if (new Option[] { listen, token, newToken, certificate, key, insecure, lease, losses, CommonOptions.Store }.FirstOrDefault(o => parse.GetResult(o) is { Implicit: false }) is { } own)
                    throw new InputException($"{own.Name}: belongs to a silo of its own, not to one that is joined");
                return await JoinedSilo.RunAsync(settings, owner, parse.GetValue(name), brought, parse.GetValue(heartbeat), ct);
            }
            if (parse.GetValue(name) is not null) throw new InputException("--name: belongs to --join");
            var options = new SiloOptions
            {
                Home = settings.Home, Store = settings.Store, Data = settings.Data is "" ? null : settings.Data, WorkerCommand = SiloSession.WorkerCommand(),
                CpuSlots = brought.Cpus, Gpus = brought.Gpus,
                Token = parse.GetValue(token), NewToken = parse.GetValue(newToken), Insecure = parse.GetValue(insecure),
                Certificate = parse.GetValue(certificate), CertificateKey = parse.GetValue(key),
                CertificatePassword = Environment.GetEnvironmentVariable("E2V_CERTIFICATE_PASSWORD") is { Length: > 0 } password ? password : null,
            };
            if (parse.GetValue(listen) is { } address) options = options with { Listen = address };
            if (parse.GetValue(lease) is { } silence) options = options with { Lease = TimeSpan.FromSeconds(silence) };
            if (parse.GetValue(heartbeat) is { } period) options = options with { Heartbeat = TimeSpan.FromSeconds(period) };
            if (parse.GetValue(losses) is { } free) options = options with { FreeLosses = free };
            if (options.Heartbeat < TimeSpan.FromSeconds(0.1)) throw new InputException($"--heartbeat: {options.Heartbeat.TotalSeconds} is less than 0.1 s");
            if (options.Lease < 2 * options.Heartbeat)
                throw new InputException($"--lease: {options.Lease.TotalSeconds} s is less than two heartbeats of {options.Heartbeat.TotalSeconds} s");
            if (options.FreeLosses < 0) throw new InputException($"--losses: {options.FreeLosses} is negative");
            options = cluster.Apply(parse, options);
            await using var host = await SiloHost.StartAsync(options, ct);
            if (settings.Json) Printer.Json(new { address = host.Address, home = settings.Home, pid = Environment.ProcessId });
            else Console.Out.WriteLine($"silo at {host.Address}, state in {Settings.Shown(settings.Home)}, {brought}; Ctrl-C stops it");
            if (host.NewToken is { } made && !settings.Json)
            {
                // What is not a terminal may be a log, and logs are kept.
                var file = Settings.Shown(new HomeFolder(settings.Home).Token);
                Console.Out.WriteLine(Console.IsOutputRedirected ? $"new token in {file}" : $"token (shown this once, kept in {file}): {made}");
            }
            try
            {
                await host.WaitForShutdownAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // Ctrl-C is how a silo ends.
            }
            if (host.StoppedBecause is { } reason) throw new WorkFailedException($"the silo stopped: {reason}");
            return ct.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
        });
        return command;
    }
}
