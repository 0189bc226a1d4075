using System.CommandLine;
using System.Net;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>What makes a silo one of a cluster.</summary>
internal sealed class ClusterOptions
{
    private const string OneMachine = "localhost";

    /// <summary>May hold a password: never printed.</summary>
    public static readonly Option<string?> Cluster = new("--cluster")
    {
        Description = "Be one silo of a cluster: membership, and the store where --store names no other, in this PostgreSQL database; 'localhost' = silos of this machine, for tests",
        HelpName = "CONNECTION",
    };

    private readonly Option<string?> address = new("--cluster-address")
    {
        Description = "Address on which other silos reach this one; it listens for them there only (default: 127.0.0.1)", HelpName = "IP",
    };

    private readonly Option<int?> port = new("--cluster-port") { Description = $"Port for other silos (default: {ClusterSettings.DefaultPort})", HelpName = "PORT" };
    private readonly Option<int?> primary = new("--cluster-primary") { Description = $"In a cluster of 'localhost': port of the silo that starts first and stays (default: {ClusterSettings.DefaultPort})", HelpName = "PORT" };
    private readonly Option<int?> gateway = new("--gateway-port") { Description = "Port for API-only hosts (default: 30000; 0: none)", HelpName = "PORT" };
    private readonly Option<bool> apiOnly = new("--api-only") { Description = "Serve the API and pages of the cluster without grains or slots" };

    public IReadOnlyList<Option> All => [Cluster, address, port, gateway, primary, apiOnly];

    /// <exception cref="InputException">Options that say nothing without <c>--cluster</c>, or contradict each other.</exception>
    public SiloOptions Apply(ParseResult parse, SiloOptions options)
    {
        if (parse.GetValue(Cluster) is not { } cluster)
        {
            var stray = All.FirstOrDefault(o => parse.GetResult(o) is { Implicit: false });
            return stray is null ? options : throw new InputException($"{stray.Name}: only together with --cluster");
        }
        var member = new ClusterSettings { Membership = cluster == OneMachine ? null : cluster, ApiOnly = parse.GetValue(apiOnly) };
        if (parse.GetValue(address) is { } text)
            member = member with { Address = IPAddress.TryParse(text, out var ip) ? ip : throw new InputException($"{address.Name}: '{text}' is not an IP address") };
        if (parse.GetValue(port) is { } silos) member = member with { Port = Port(port, silos, least: 1) };
        if (parse.GetValue(primary) is { } first) member = member with { Primary = Port(primary, first, least: 1) };
        if (parse.GetValue(gateway) is { } clients) member = member with { Gateway = Port(gateway, clients, least: 0) };
        if (member.Membership is null && !IPAddress.IsLoopback(member.Address)) throw new InputException("--cluster-address: a cluster of 'localhost' is on this machine");
        options = options with { Cluster = member, Store = options.Store ?? member.Membership };
        return options;
    }

    /// <summary>Whether the process is to have no slots.</summary>
    public bool IsApiOnly(ParseResult parse) => parse.GetValue(apiOnly);

    private static int Port(Option option, int port, int least) =>
        port >= least && port <= IPEndPoint.MaxPort ? port : throw new InputException($"{option.Name}: {port} is not a port");
}
