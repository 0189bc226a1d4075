using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Promises of docs/OPERATIONS.md that only whole processes can keep. The jobs sleep; they cost no processor time.</summary>
public sealed class PromiseTests
{
    [Fact]
    public async Task Never_more_jobs_at_once_than_slots_though_the_silo_is_killed_on_the_way()
    {
        using var home = new TestHome();
        var grid = home.GridText("many", "name: many\nnoop: {jobs: 30, milliseconds: 400, group: many}\n");
        for (var start = 0; start < 3; start++)
        {
            using var silo = home.Start("silo", "--slots", "2");
            await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
            if (start == 0) (await home.RunAsync("submit", grid)).Succeeded();
            var done = start == 2 ? 30 : 4 * (start + 1);
            await E2v.UntilAsync(() => Succeeded(home) >= done, $"{done} jobs are done");
            if (start == 2) break;
            E2v.Signal("KILL", silo.Process.Id);
            await silo.EndAsync();
        }
        Assert.Equal(30, Succeeded(home));
        // Ends before beginnings at one instant: a slot may go from one job to the next within a millisecond.
        var steps = home.Store.Rows("SELECT started, 1 FROM attempts UNION ALL SELECT ended, -1 FROM attempts").Select(r => r.Split('|').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray()).OrderBy(r => r[0]).ThenBy(r => r[1]);
        var (running, most) = (0L, 0L);
        foreach (var step in steps) most = Math.Max(most, running += step[1]);
        Assert.Equal((0, 2), (running, most));
        Assert.NotEmpty(home.Store.Rows("SELECT 1 FROM attempts WHERE state <> 'Succeeded'"));
    }

    [Fact]
    public async Task Cancelling_reaches_a_running_worker_within_five_seconds()
    {
        using var home = new TestHome();
        using var silo = home.Start("silo", "--slots", "1");
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
        using var http = new HttpClient { BaseAddress = new Uri(silo.Output.Split([' ', ','])[2]) };
        var best = TimeSpan.MaxValue;
        // A machine that is busy with other things may take longer once; what is promised is how often the worker asks.
        for (var attempt = 0; attempt < 5 && best > TimeSpan.FromSeconds(5); attempt++)
        {
            (await home.RunAsync("submit", home.GridText("hour", $"name: hour{attempt}\nnoop: {{jobs: 1, milliseconds: 3600000, group: hour{attempt}}}\n"))).Succeeded();
            await E2v.UntilAsync(() => home.Store.Rows("SELECT 1 FROM attempts WHERE state = 'Running'").Count == 1, "the job runs");
            var id = home.Store.Rows($"SELECT id FROM experiments WHERE name = 'hour{attempt}'")[0];
            var began = Stopwatch.GetTimestamp();
            (await http.PostAsync($"api/experiments/{id}/cancel", null)).EnsureSuccessStatusCode();
            await E2v.UntilAsync(() => home.Store.Rows("SELECT 1 FROM attempts WHERE state = 'Running'").Count == 0, "the attempt ends");
            if (Stopwatch.GetElapsedTime(began) < best) best = Stopwatch.GetElapsedTime(began);
        }
        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(["Cancelled"], home.Store.Rows("SELECT DISTINCT state FROM attempts"));
    }

    [SkippableFact]
    public async Task A_home_that_cannot_be_written_is_one_line_and_what_is_in_it_stays()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.GridText("quick", "name: quick\nnoop: {jobs: 2, milliseconds: 1, group: quick}\n"))).Succeeded();
        var before = home.Store.Rows("SELECT key, state FROM jobs ORDER BY key");
        var program = Path.Combine(E2v.Folder, "e2v.dll");
        // Root may write whatever the modes of a folder are, so the folder is mounted read-only, in a mount namespace of the process's own.
        string Mounted(string command) => $"mount --bind {home.Path} {home.Path} && mount -o remount,bind,ro {home.Path} && echo mounted && exec {command}";
        using (var probe = E2v.StartProgram("unshare", [], home.Path, "-rm", "sh", "-c", Mounted("true")))
            Skip.IfNot((await probe.EndAsync()).Exit == 0, "needs the right to make a mount namespace");
        foreach (var verb in (string[])["silo", "status", $"run {home.GridText("more", "name: more\nnoop: {jobs: 1, group: more}\n")}"])
        {
            using var e2v = E2v.StartProgram("unshare", [], home.Path, "-rm", "sh", "-c", Mounted($"dotnet {program} {verb}"));
            var ran = await e2v.EndAsync();
            Assert.Equal(2, ran.Exit);
            Assert.Contains(home.Path, Assert.Single(ran.ErrorLines));
            Assert.Contains("read-only", ran.ErrorLines[0], StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal(before, home.Store.Rows("SELECT key, state FROM jobs ORDER BY key"));
        Assert.Equal(["ok"], home.Store.Rows("PRAGMA integrity_check"));
    }

    [Fact]
    public void Every_test_that_the_promises_name_is_there()
    {
        var text = File.ReadAllText(Path.Combine(TestData.Repository, "docs", "OPERATIONS.md"));
        var promises = text[text.IndexOf("## Promises", StringComparison.Ordinal)..];
        var sources = Directory.EnumerateFiles(Path.Combine(TestData.Repository, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        var named = Regex.Matches(promises, @"`(?:[\w.]+/)*(?<class>\w+Tests)(?:\.(?<method>\w+?)(?<cut>_?…)?)?`");
        Assert.True(named.Count > 30);
        foreach (Match name in named)
        {
            Assert.True(sources.Contains(name.Groups["class"].Value), name.Value);
            var method = " " + name.Groups["method"].Value + (name.Groups["cut"].Success ? "_" : "(");
            Assert.True(!name.Groups["method"].Success || sources[name.Groups["class"].Value].Any(s => s.Contains(method, StringComparison.Ordinal)), name.Value);
        }
    }

    private static int Succeeded(TestHome home) => home.Store.Rows("SELECT 1 FROM jobs WHERE state = 'Succeeded'").Count;
}
