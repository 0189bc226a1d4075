using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>The main job: a grid in, a leaderboard out.</summary>
public sealed class GridTests
{
    [Fact]
    public async Task A_grid_runs_to_a_leaderboard_and_again_without_work()
    {
        using var home = new TestHome();
        var grid = home.Grid();

        var first = (await home.RunAsync("run", grid)).Succeeded();
        Assert.Contains($"tiny: {TestHome.Jobs} jobs, {TestHome.Jobs} new", first.Output);
        Assert.Equal(TestHome.Jobs, home.Store.Results().Count);
        Assert.Equal(2, Regex.Count(first.Output, @"10/10 "));
        Assert.Matches(@"(?m)^  (fbank|mfcc) +linear \(epochs 40\) +10/10 +\d+\.\d ± \d+\.\d +\[\d+\.\d, \d+\.\d\] +\d+\.\d +\[\d+\.\d, \d+\.\d\] +\d+\.\d +\[", first.Output);

        var results = home.Store.Results();
        var (again, seconds) = (first, double.MaxValue);
        for (var i = 0; i < 2; i++)
        {
            var started = Stopwatch.GetTimestamp();
            again = (await home.RunAsync("run", grid)).Succeeded();
            seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        Assert.Contains($"tiny: {TestHome.Jobs} jobs, 0 new, {TestHome.Jobs} already done", again.Output);
        Assert.Equal(Table(first), Table(again));
        Assert.Equal(results, home.Store.Results());
        if (!BusyMachine()) Assert.InRange(seconds, 0, 3);
    }

    [Fact]
    public async Task A_corpus_that_has_moved_is_the_same_corpus_where_it_is_now()
    {
        using var home = new TestHome();
        string Yaml(string upstream) => $"name: moved\ncorpora: [tiny.csv]\nupstreams: [{upstream}]\nprotocols: [leave-one-speaker-out]\nheads: [{{name: linear, epochs: 1}}]\n";
        (await home.RunAsync("run", home.GridText("before", Yaml("mfcc")))).Succeeded();

        var elsewhere = Directory.CreateDirectory(Path.Combine(home.Data, "elsewhere")).FullName;
        foreach (var file in Directory.GetFiles(home.Data)) File.Move(file, Path.Combine(elsewhere, Path.GetFileName(file)));
        var after = Path.Combine(elsewhere, "after.yaml");
        File.WriteAllText(after, Yaml("fbank"));
        (await home.RunAsync("run", after)).Succeeded();
        Assert.Single(Directory.GetFiles(Path.Combine(home.Path, "manifests")));
    }

    [Fact]
    public async Task A_larger_grid_reuses_what_is_done()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.Grid("one", seeds: 1, epochs: 2))).Succeeded();
        var dry = (await home.RunAsync("submit", "--dry-run", home.Grid("two", seeds: 2, epochs: 2))).Succeeded();
        Assert.Contains($"two: {TestHome.Jobs + 20} jobs, 20 new, {TestHome.Jobs} already done", dry.Output);
        Assert.Equal(TestHome.Jobs, home.Store.Results().Count);
        Assert.Single(home.Store.Rows("SELECT id FROM experiments"));

        var both = (await home.RunAsync("run", home.Grid("two", seeds: 2, epochs: 2))).Succeeded();
        Assert.Contains("20 new", both.Output);
        Assert.Contains("(2 seeds)", both.Output);
    }

    [Fact]
    public async Task Csv_and_json_hold_the_same_figures()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.Grid(epochs: 2))).Succeeded();
        var rows = JsonNode.Parse((await home.RunAsync("leaderboard", "--json")).Succeeded().Output)!.AsArray();
        var csv = (await home.RunAsync("leaderboard", "--format", "csv", "--experiment", "tiny")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var header = csv[0].Split(',');
        Assert.Equal(rows.Count + 1, csv.Length);
        Assert.Equal(2, rows.Count);
        foreach (var (row, line) in rows.Zip(csv.Skip(1)))
        {
            var cells = header.Zip(line.Split(',')).ToDictionary(c => c.First, c => c.Second);
            Assert.Equal((string)row!["upstream"]!, cells["upstream"]);
            Assert.Equal((int)row["foldsDone"]!, int.Parse(cells["folds_done"]));
            foreach (var (json, column) in (ReadOnlySpan<(string, string)>)[("wa", "wa"), ("ua", "ua"), ("wf1", "wf1"), ("macroF1", "macro_f1")])
            {
                Assert.Equal((double)row[json]!["mean"]!, double.Parse(cells[column + "_mean"]));
                foreach (var part in (string[])["sd", "pooled", "low", "high"]) Assert.Equal((double)row[json]![part]!, double.Parse(cells[$"{column}_{part}"]));
                Assert.InRange((double)row[json]!["mean"]!, (double)row[json]!["low"]!, (double)row[json]!["high"]!);
            }
        }
        Assert.Empty(JsonNode.Parse((await home.RunAsync("leaderboard", "--json", "--corpus", "other")).Succeeded().Output)!.AsArray());
    }

    [Fact]
    public async Task A_class_that_training_never_sees_is_a_footnote_of_the_table()
    {
        using var home = new TestHome();
        var lines = File.ReadAllLines(home.Manifest);
        File.WriteAllLines(home.Manifest, lines.Where(l => !l.Contains("s3-") && (!l.Contains("sad") || l.Contains("s0-"))));
        var grid = home.GridText("loso",
            """
            corpora: [tiny.csv]
            upstreams: [fbank]
            protocols: [leave-one-speaker-out]
            heads: [{name: linear, epochs: 2}]
            """);
        var ran = (await home.RunAsync("run", grid)).Succeeded();
        Assert.Matches(@"(?m)^  fbank .*\[1\]", ran.Output);
        Assert.Matches(@"(?m)^  \[\d\] .*'?sad'?.*train", ran.Output);
    }

    [Theory]
    [InlineData("fbank", 3, 1)]
    [InlineData("mfcc", 0, 1)]
    public async Task Probe_gives_the_grids_predictions_bit_for_bit(string upstream, int fold, int seed)
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.GridText("tiny",
            """
            corpora: [tiny.csv]
            upstreams: [fbank, mfcc]
            protocols: [random10]
            """))).Succeeded();
        var stored = Assert.Single(home.Store.Rows(
            $"SELECT r.job_key, r.result FROM results r JOIN jobs j ON j.id = r.job_id WHERE j.kind = 'fold' AND j.upstream = '{upstream}' AND j.fold = {fold} AND j.seed = {seed}")).Split('|');

        // A home of its own, so that nothing the grid made is used.
        var probed = (await E2v.RunAsync(home.Path + "-probe", "probe", "--corpus", home.Manifest, "--upstream", upstream,
            "--protocol", "random10", "--fold", $"{fold + 1}", "--seed", $"{seed}", "--json")).Succeeded();
        var probe = JsonNode.Parse(probed.Output)!;
        var result = JsonNode.Parse(stored[1])!;
        Assert.NotEmpty((string)result["logits"]!);
        Assert.Equal((string)result["logits"]!, (string)probe["result"]!["logits"]!);
        Assert.True(JsonNode.DeepEquals(result, probe["result"]), $"{stored[1]}\n{probed.Output}");
    }

    /// <summary>Whether others compute here, so that seconds say nothing of this program.</summary>
    private static bool BusyMachine() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) > 1.5 * Environment.ProcessorCount;

    private static string Table(Ran ran) => ran.Output[ran.Output.IndexOf(" · random10", StringComparison.Ordinal)..];
}
