using System.Text.Json.Nodes;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>What is done with results: comparisons, choice of hyper-parameters, tables of the paper.</summary>
public sealed class ResultsTests
{
    [Fact]
    public async Task Rows_are_compared_hyper_parameters_chosen_and_tables_filled()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.GridText("axes",
            """
            corpora: [tiny.csv]
            upstreams: [fbank, mfcc]
            protocols: [random10]
            heads: [{name: linear, epochs: [1, 8]}]
            """))).Succeeded();

        // Two settings of one head are two rows; chosen by validation they are one.
        var rows = await Json(home, "leaderboard", "--json");
        Assert.Equal(4, rows.Count);
        var chosen = await Json(home, "leaderboard", "--select", "--json");
        Assert.Equal(["linear, best of 2 by validation", "linear, best of 2 by validation"], chosen.Select(r => (string)r!["head"]!));
        Assert.All(chosen, r => Assert.Equal((10, 10, 4), ((int)r!["foldsDone"]!, (int)r["foldsExpected"]!, (int)r["units"]!)));

        // Like is compared with like: the same epochs on both sides.
        var comparisons = await Json(home, "compare", "mfcc", "fbank", "--json");
        Assert.Equal(2, comparisons.Count);
        foreach (var c in comparisons)
        {
            Assert.Equal((string)c!["first"]!["head"]!, (string)c["second"]!["head"]!);
            double Mean(string upstream) => (double)rows.Single(r => (string)r!["upstream"]! == upstream && (string)r["head"]! == (string)c["first"]!["head"]!)!["wa"]!["mean"]!;
            Assert.Equal(Mean("mfcc") - Mean("fbank"), (double)c["wa"]!["difference"]!, 1e-9);
            Assert.Equal((10, 48, 4), ((int)c["folds"]!, (int)c["utterances"]!, (int)c["units"]!));
            Assert.InRange((double)c["wa"]!["p"]!, 1.0 / 2001, 1);
        }
        // The same again from what was kept.
        Assert.Equal(rows.ToJsonString(), (await Json(home, "leaderboard", "--json")).ToJsonString());
        // Four rows, and two chosen ones unless one setting was chosen in every fold: those are results that are there already.
        Assert.InRange(int.Parse(Assert.Single(home.Store.Rows("SELECT count(*) FROM row_statistics"))), 4, 6);

        var text = (await home.RunAsync("compare", "mfcc/linear (epochs 8)", "fbank/linear (epochs 8)")).Succeeded().Output;
        Assert.Matches(@"(?m)^  WA +\d+\.\d +\d+\.\d +[+−]?\d+\.\d +\[[+−]?\d+\.\d, [+−]?\d+\.\d\]", text);
        foreach (var (arguments, message) in new[] { ((string[])["mfcc", "mfcc"], "the same rows"), (["mfc", "fbank"], "did you mean 'mfcc'?"), (["mfcc", "fbank", "--corpus", "other"], "no results"), (["mfcc", "fbank", "--protocol", "random11"], "unknown protocol 'random11' (did you mean 'random10'?)") })
        {
            var refused = await home.RunAsync(["compare", .. arguments]);
            Assert.Equal(2, refused.Exit);
            Assert.Contains(message, Assert.Single(refused.ErrorLines));
        }
        // The leaderboard alike; a corpus without results is none of these mistakes, but which have some is said.
        var unknown = await home.RunAsync("leaderboard", "--protocol", "random11");
        Assert.Equal(2, unknown.Exit);
        Assert.Contains("unknown protocol 'random11' (did you mean 'random10'?)", Assert.Single(unknown.ErrorLines));
        Assert.Equal(rows.ToJsonString(), (await Json(home, "leaderboard", "--protocol", "random10", "--json")).ToJsonString());
        Assert.Equal("no results\n", (await home.RunAsync("leaderboard", "--protocol", "fixed")).Succeeded().Output);
        foreach (string[] view in (string[][])[[], ["--gap"]])
            Assert.Equal("no results of tyni.csv (did you mean 'tiny.csv'?); there are results of tiny.csv\n", (await home.RunAsync(["leaderboard", "--corpus", "tyni.csv", .. view])).Succeeded().Output);
    }

    /// <summary>A row of one seed against one of two: on the seed that both have, and that is said. Rows without one in common are refused.</summary>
    [Fact]
    public async Task Rows_are_compared_on_the_seeds_that_both_have()
    {
        using var home = new TestHome();
        string Grid(string name, int epochs, string seeds) => home.GridText(name, $"corpora: [tiny.csv]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: [{{name: linear, epochs: {epochs}}}]\nseeds: {seeds}\n");
        foreach (var (name, epochs, seeds) in new[] { ("one", 1, "[1]"), ("three", 3, "[1]"), ("other", 5, "[3]") }) (await home.RunAsync("run", Grid(name, epochs, seeds))).Succeeded();
        string[] arguments = ["compare", "mfcc/linear (epochs 1)", "mfcc/linear (epochs 3)"];
        var before = Assert.Single(await Json(home, [.. arguments, "--json"]))!;
        Assert.Null(before["remark"]);
        (await home.RunAsync("run", Grid("three", 3, "[2]"))).Succeeded();
        var after = Assert.Single(await Json(home, [.. arguments, "--json"]))!;
        Assert.Equal("[1]", after["seeds"]!.ToJsonString());
        Assert.Equal((20, 0, 10), ((int)after["second"]!["foldsDone"]!, (int)after["first"]!["leftOut"]!, (int)after["second"]!["leftOut"]!));
        foreach (var figure in (string[])["wa", "ua", "wf1", "macroF1"]) Assert.Equal(before[figure]!.ToJsonString(), after[figure]!.ToJsonString());
        const string remark = "Compared where both have results: 10 folds, seed 1. Left out: 10 results of B.";
        Assert.Equal(remark, (string)after["remark"]!);
        Assert.Contains($"\n  {remark}\n", (await home.RunAsync(arguments)).Succeeded().Output);

        foreach (var (one, other, message) in new[]
        {
            ("mfcc/linear (epochs 1)", "mfcc/linear (epochs 5)", "tiny.csv, random10: 'mfcc, linear (epochs 1)' (seed 1) and 'mfcc, linear (epochs 5)' (seed 3) have no fold with a seed in common yet"),
            ("mfcc/epochs 1", "mfcc/linear (epochs 3)", "no row with results has 'epochs 1'; upstreams are mfcc; heads are linear (epochs "),
        })
        {
            var refused = await home.RunAsync("compare", one, other);
            Assert.Equal(2, refused.Exit);
            Assert.Contains(message, Assert.Single(refused.ErrorLines));
        }
    }

    [Fact]
    public async Task Protocols_stand_side_by_side_with_the_gap_between_them()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.GridText("gap",
            """
            corpora: [tiny.csv]
            upstreams: [mfcc]
            protocols: [random10, leave-one-speaker-out]
            heads: [{name: linear, epochs: 2}]
            """))).Succeeded();
        var boards = await Json(home, "leaderboard", "--json");
        double Mean(string protocol) => (double)boards.Single(r => (string)r!["protocol"]! == protocol)!["wa"]!["mean"]!;
        var row = Assert.Single(await Json(home, "leaderboard", "--gap", "--json"))!;
        Assert.Equal(("random10", "leave-one-speaker-out"), ((string)row["gap"]!["dependent"]!, (string)row["gap"]!["independent"]!));
        Assert.Equal(Mean("random10") - Mean("leave-one-speaker-out"), (double)row["gap"]!["difference"]!, 1e-9);
        Assert.InRange((double)row["gap"]!["difference"]!, (double)row["gap"]!["low"]!, (double)row["gap"]!["high"]!);

        foreach (var (format, expected) in new[] { ("text", "speaker-dependent"), ("md", "| upstream | head |"), ("csv", "gap,gap_low,gap_high") })
            Assert.Contains(expected, (await home.RunAsync("leaderboard", "--gap", "--format", format)).Succeeded().Output);
        // What is printed has the badges, too.
        Assert.Matches(@"(?m)^\\par\\smallskip\{\\scriptsize .*random10: speaker-dependent", (await home.RunAsync("leaderboard", "--gap", "--format", "latex")).Succeeded().Output);
        Assert.Contains("tiny.csv, random10 (speaker-dependent", (await home.RunAsync("leaderboard", "--format", "latex")).Succeeded().Output);
        var refused = await home.RunAsync("leaderboard", "--gap", "--select");
        Assert.Equal(2, refused.Exit);
        Assert.Contains("--select does not go with --gap", Assert.Single(refused.ErrorLines));
    }

    [Theory]
    [InlineData("text"), InlineData("md"), InlineData("latex"), InlineData("csv"), InlineData("json")]
    public async Task A_table_of_the_paper_has_every_row_in_every_format(string format)
    {
        using var home = new TestHome();
        (await home.RunAsync("submit", "--dry-run", home.Grid())).Succeeded(); // makes the store
        var table4 = await Table("table4", rows: 5, cells: 27);
        foreach (var text in (string[])["WavLM-base", "WavLM-base+", "data2vec 2.0", "emotion2vec", "81.5", "URDU (Ur)"]) Assert.Contains(text, table4);
        // Rows that are no part of the platform stay, with the paper's numbers.
        var table5 = await Table("table5", rows: 11, cells: 3);
        foreach (var text in (string[])["L3-Net", "Specialist models", "85.8", format == "json" ? "\"missing\": \"VQ-MAE-S" : "not available"]) Assert.Contains(text, table5);
        // As printed, and without a head that nobody has said.
        if (format == "csv")
            foreach (var text in (string[])["model,printed: Upstream,printed: Downstream,upstream,head,", "WavLM-base,Freeze,Linear,wavlm_base,linear,wa,", "(Sadok et al., 2023)\",Finetune,Query2Emo,,,wa,not available,"]) Assert.Contains(text, table5);

        async Task<string> Table(string name, int rows, int cells)
        {
            var output = (await home.RunAsync("leaderboard", "--paper", name, "--format", format)).Succeeded().Output;
            if (format == "json") Assert.Equal(rows, JsonNode.Parse(output)!["rows"]!.AsArray().Count);
            if (format == "csv") Assert.Equal(1 + (rows * cells), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            return output;
        }
    }

    /// <summary>A table of one's own over a manifest: names with everything that Markdown and LaTeX would take for themselves.</summary>
    [Fact]
    public async Task A_table_of_ones_own_has_results_of_a_manifest()
    {
        using var home = new TestHome();
        var file = home.GridText("own", """
            name: own
            corpora: [tiny.csv]
            upstreams: [mfcc]
            protocols: [random10]
            heads: [{name: linear, epochs: 2}]
            paper:
              title: Table_1
              caption: 50 % of {it}
              tolerance: 2
              columns: [{name: "a|b & c_1", corpus: tiny.csv, protocol: random10, metrics: [wa]}]
              rows:
                - {name: "m|fcc_1", upstream: mfcc, head: {name: linear, epochs: 2}, values: {tiny.csv: [50]}}
                - {name: fbank, upstream: fbank, values: {}}
                - {name: other, missing: not ours & theirs, values: {tiny.csv: [60]}}
            """);
        (await home.RunAsync("run", file)).Succeeded();
        Task<Ran> Table(string format) => home.RunAsync("leaderboard", "--paper", file, "--format", format);
        var json = JsonNode.Parse((await Table("json")).Succeeded().Output)!;
        var cells = json["rows"]!.AsArray().Select(r => r!["cells"]![0]!).ToArray();
        Assert.Equal(["done", "none", "not available"], cells.Select(c => (string)c["state"]!));
        Assert.Equal(10, (int)cells[0]["foldsDone"]!);
        Assert.Null(cells[1]["foldsExpected"]);

        var markdown = (await Table("md")).Succeeded().Output.Split('\n').Where(l => l.StartsWith('|')).ToArray();
        Assert.All(markdown, line => Assert.Equal(3, line.Replace("\\|", "").Count(c => c == '|')));
        var latex = (await Table("latex")).Succeeded().Output;
        Assert.Contains("{a\\textbar{}b \\& c\\_1}", latex);
        Assert.Matches(@"\n\\par\\smallskip\{\\scriptsize a: speaker-dependent; .*\[1\] not ours \\& theirs\\par\}\n", latex);
        Assert.Contains("""Table_1,1,a|b & c_1,tiny.csv,random10,,m|fcc_1,mfcc,""", (await Table("csv")).Succeeded().Output);

        // By its name a table is looked for in experiments/paper, here as on the dashboard, and not among any files of the current folder.
        var stray = Path.Combine(Path.GetTempPath(), $"table-{Guid.NewGuid():N}.yaml");
        File.Copy(file, stray);
        try
        {
            var unknown = await home.RunAsync("leaderboard", "--paper", Path.GetFileNameWithoutExtension(stray));
            Assert.Equal(2, unknown.Exit);
            Assert.Contains("unknown table 'table-", Assert.Single(unknown.ErrorLines));
            Assert.Contains("there are table2, table3, table4, table5, table6, table7, table8, table9, table10, table11, figure3, figure5, or the path", unknown.Errors);
        }
        finally
        {
            File.Delete(stray);
        }
    }

    /// <summary>
    /// Every file can be planned where there are neither corpora nor checkpoints. Jobs = upstreams × corpora × (1 extraction + folds):
    /// table 2 has 12 × (1 + 5), emotion2vec's 5 + 10 + 10 further folds and TIM-Net's 1 + 10 + 5, table 3 5 × (3 + 1 + 10 + 10), table 4 5 × (9 + 70 + 2),
    /// table 5 5 × (1 + 5), table 6 (speech, text, both) 3 × (1 + 10), table 7 6 × 2 × (1 + 1), figure 3 3 × (1 + 5), figure 5 3 × (1 + 1).
    /// </summary>
    [Theory]
    [InlineData("table2", 113), InlineData("table3", 120), InlineData("table4", 405), InlineData("table5", 30), InlineData("table6", 33), InlineData("table7", 24)]
    [InlineData("table8", 20), InlineData("table9", 32), InlineData("table10", 20), InlineData("table11", 27), InlineData("figure3", 18), InlineData("figure5", 6)]
    public async Task Tables_are_planned_without_data(string table, int jobs)
    {
        using var home = new TestHome();
        var file = System.IO.Path.Combine(TestData.Repository, "experiments", "paper", table + ".yaml");
        var plan = JsonNode.Parse((await E2v.RunAsync(home.Path, "submit", "--dry-run", file, "--json")).Succeeded().Output)!;
        Assert.Equal(jobs, (int)plan["jobs"]!);
        Assert.True((double)plan["estimatedSeconds"]! > 0);
        Assert.Contains(plan["warnings"]!.AsArray(), w => ((string)w!).Contains("planned as published"));
        if (table == "table6") Assert.Contains(plan["warnings"]!.AsArray(), w => ((string)w!).Contains("2 files are missing") && ((string)w!).Contains("bert of iemocap") && ((string)w!).Contains("features/bert/iemocap.npy"));
    }

    /// <summary>The demo's speech is not in the paper, yet a plan without it has its length.</summary>
    [Fact]
    public async Task The_demo_is_planned_without_data()
    {
        using var home = new TestHome();
        var plan = JsonNode.Parse((await E2v.RunAsync(home.Path, "submit", "--dry-run", System.IO.Path.Combine(TestData.Repository, "experiments", "demo.yaml"), "--json")).Succeeded().Output)!;
        Assert.True((double)plan["estimatedSeconds"]! > 1);
        Assert.EndsWith("384 utterances, 0.28 h", (string)plan["warnings"]!.AsArray().Single()!);
    }

    private static async Task<JsonArray> Json(TestHome home, params string[] arguments) => JsonNode.Parse((await home.RunAsync(arguments)).Succeeded().Output)!.AsArray();
}
