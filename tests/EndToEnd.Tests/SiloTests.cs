using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A silo that stays, and the verbs that talk to it.</summary>
public sealed class SiloTests
{
    [Fact]
    public async Task Submit_cancel_submit_again_watch_and_ask()
    {
        using var home = new TestHome();
        using var silo = home.Start("silo", "--slots", "2");
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
        var address = silo.Output.Split([' ', ','])[2];

        var grid = home.Grid(seeds: 3);
        var submitted = JsonNode.Parse((await home.RunAsync("submit", grid, "--json", "--silo", address)).Succeeded().Output)!;
        var id = (string)submitted["experiment"]!;
        Assert.Equal(62, (int)submitted["new"]!);

        var cancelled = JsonNode.Parse((await home.RunAsync("cancel", id, "--json")).Succeeded().Output)!;
        Assert.InRange((int)cancelled["jobs"]!, 1, 62);
        await E2v.UntilAsync(() => home.Store.Rows("SELECT id FROM jobs WHERE state IN ('Running', 'Queued', 'Waiting')").Count == 0, "all jobs are cancelled");
        Assert.Equal(1, (await home.RunAsync("watch", id)).Exit);

        var again = (await home.RunAsync("submit", grid, "--wait")).Succeeded();
        Assert.Equal(2, Regex.Count(again.Output, "30/30 "));
        Assert.Equal(62, home.Store.Results().Count);

        var status = JsonNode.Parse((await home.RunAsync("status", "--json")).Succeeded().Output)!;
        Assert.Equal("succeeded", (string)status["experiments"]![0]!["state"]!);
        Assert.Equal(2, status["slots"]!.AsArray().Count);
        var jobs = JsonNode.Parse((await home.RunAsync("status", "tiny", "--json", "--state", "succeeded")).Succeeded().Output)!["jobs"]!.AsArray();
        Assert.Equal(62, jobs.Count);

        var why = (await home.RunAsync("why", ((string)jobs[^1]!["key"]!)[..12])).Succeeded();
        Assert.Contains("Succeeded", why.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains((string)jobs[^1]!["key"]!, why.Output);
        Assert.Equal(0, (int)JsonNode.Parse((await home.RunAsync("retry", "tiny", "--json")).Succeeded().Output)!["jobs"]!);

        var workers = Workers.Of(silo.Process.Id);
        Assert.Equal(2, workers.Count);
        E2v.Signal("TERM", silo.Process.Id);
        Assert.Equal(130, (await silo.EndAsync()).Exit);
        Assert.All(workers, w => Assert.False(w.Alive));
        Assert.False(File.Exists(Path.Combine(home.Path, "silo.json")));
    }
}
