using System.Text.Json.Nodes;
using Emotion2Vec.Tests;
using Emotion2Vec.Tests.Network;

namespace Emotion2Vec.EndToEnd.Tests.Joining;

/// <summary>A silo without slots of its own, and machines that join it through links, each with home and data of its own.</summary>
internal sealed class JoinedPair : IDisposable
{
    private readonly string[] options;
    private readonly List<IDisposable> held = [];

    public JoinedPair(params string[] options) => this.options = options;

    public TestHome Owner { get; } = new();

    public E2v Silo { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>Starts the silo, or starts it again after it was killed.</summary>
    public async Task StartAsync()
    {
        Silo = Owner.Start(["silo", "--slots", "0", .. options]);
        await E2v.UntilAsync(() => Silo.Output.Contains("silo at http://"), "the silo says where it listens");
        Address = new Uri(Silo.Output.Split([' ', ','])[2]);
    }

    public async Task KillSiloAsync()
    {
        E2v.Signal("KILL", Silo.Process.Id);
        await Silo.EndAsync();
        Silo.Dispose();
    }

    public Link Link()
    {
        var link = new Link(Address);
        held.Add(link);
        return link;
    }

    /// <summary>A machine with a home of its own; <paramref name="data"/> = its data folder, by default none.</summary>
    public async Task<(E2v Process, TemporaryFolder Home, string Machine)> JoinAsync(Uri address, string? data = null, params string[] more)
    {
        var home = new TemporaryFolder();
        var joiner = E2v.Start(home.Path, ["silo", "--join", address.ToString(), "--slots", "1", .. data is null ? Array.Empty<string>() : ["--data", data], .. more]);
        held.Add(home);
        held.Insert(0, joiner);
        await E2v.UntilAsync(() => joiner.Output.Contains("joined ") || joiner.Process.HasExited, "the machine joins");
        Assert.True(joiner.Output.Contains("joined "), joiner.Errors);
        return (joiner, home, joiner.Output.Split([' ', ','])[3]);
    }

    public List<JsonNode> Slots() => [.. JsonNode.Parse(Owner.RunAsync("status", "--json").GetAwaiter().GetResult().Succeeded().Output)!["slots"]!.AsArray().Select(s => s!)];

    /// <summary>Gives the silo jobs that sleep.</summary>
    public async Task SleepAsync(int jobs, int milliseconds, string name = "sleep") =>
        (await Owner.RunAsync("submit", Owner.GridText(name, $"name: {name}\nnoop: {{jobs: {jobs}, milliseconds: {milliseconds}, group: {name}}}\n"))).Succeeded();

    /// <summary>Number, slot and state of every attempt.</summary>
    public List<string> Attempts() => Owner.Store.Rows("SELECT number, slot, state FROM attempts ORDER BY job_id, number");

    public void Dispose()
    {
        foreach (var one in held) one.Dispose();
        Silo?.Dispose();
        Owner.Dispose();
    }
}
