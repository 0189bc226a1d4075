using System.Diagnostics;
using System.Xml.Linq;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Figures from the command line, and completion for shells.</summary>
public sealed class PlotTests
{
    [Fact]
    public async Task Figures_are_drawings_with_their_colours_and_the_same_every_time()
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.Grid(epochs: 3))).Succeeded();
        var fold = home.Store.Rows("SELECT key FROM jobs WHERE kind = 'fold' ORDER BY id")[0];
        foreach (var (name, arguments) in new (string, string[])[]
        {
            ("curves", ["curves", fold[..12]]), ("confusion", ["confusion", fold[..12]]), ("leaderboard", ["leaderboard", "--corpus", "tiny.csv"]),
            ("umap", ["umap", "--upstream", "mfcc", "--colour", "speaker"]),
        })
        {
            var file = Path.Combine(home.Data, name + ".svg");
            (await home.RunAsync(["plot", .. arguments, "--out", file])).Succeeded();
            var drawing = XDocument.Load(file).Root!;
            Assert.Equal("svg", drawing.Name.LocalName);
            Assert.Contains(drawing.Elements(), e => e.Name.LocalName == "style" && !e.Value.Contains("var("));
            Assert.Contains(drawing.Descendants(), e => e.Name.LocalName == (name switch { "curves" => "path", "confusion" => "g", _ => "circle" }));
        }
        Assert.Equal(48, XDocument.Load(Path.Combine(home.Data, "umap.svg")).Descendants().Count(e => e.Name.LocalName == "circle" && e.Attribute("fill-opacity") is not null));

        // Drawn from what is kept, from the features anew, and so where what was kept is damaged.
        var kept = await File.ReadAllTextAsync(Path.Combine(home.Data, "umap.svg"));
        foreach (var state in (string[])["kept", "absent", "damaged"])
        {
            if (state == "absent") Directory.Delete(Path.Combine(home.Path, "embeddings"), recursive: true);
            if (state == "damaged") await File.WriteAllTextAsync(Directory.GetFiles(Path.Combine(home.Path, "embeddings")).Single(), "{\"cut");
            var again = Path.Combine(home.Data, "again.svg");
            (await home.RunAsync("plot", "umap", "--upstream", "mfcc", "--colour", "speaker", "--out", again)).Succeeded();
            Assert.Equal(kept, await File.ReadAllTextAsync(again));
        }

        // The hidden layer of a fold: its test part, which random10 makes of a tenth.
        var hidden = Path.Combine(home.Data, "hidden.svg");
        (await home.RunAsync("plot", "umap", "--fold", fold[..12], "--out", hidden)).Succeeded();
        var drawn = XDocument.Load(hidden);
        Assert.InRange(drawn.Descendants().Count(e => e.Name.LocalName == "circle" && e.Attribute("fill-opacity") is not null), 4, 5);
        Assert.Contains("hidden layer of", drawn.ToString());
        Directory.Delete(Path.Combine(home.Path, "embeddings"), recursive: true);
        Directory.Delete(Path.Combine(home.Path, "hidden"), recursive: true);
        var gone = await home.RunAsync("plot", "umap", "--fold", fold[..12], "--out", hidden);
        Assert.Equal(2, gone.Exit);
        Assert.Contains("the hidden layer of this fold is not in the home any more", Assert.Single(gone.ErrorLines));

        var png = Path.Combine(home.Data, "leaderboard.png");
        var nothing = await home.RunAsync("plot", "leaderboard", "--corpus", "nope", "--out", png);
        Assert.Equal((2, false), (nothing.Exit, File.Exists(png)));
        Assert.Contains("no result", Assert.Single(nothing.ErrorLines));
        var ran = await home.RunAsync("plot", "leaderboard", "--out", png);
        if (ran.Exit == 0) Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await File.ReadAllBytesAsync(png))[..4]);
        else Assert.Contains("librsvg2-bin", Assert.Single(ran.ErrorLines));
    }

    [Theory]
    [InlineData("plot umap --colour blue", "unknown colour 'blue'")]
    [InlineData("plot leaderboard --out x.gif", "ends in neither .svg nor .png")]
    [InlineData("plot curves zz", "no job has a key")]
    public async Task What_cannot_be_drawn_is_one_line(string arguments, string error)
    {
        using var home = new TestHome();
        (await home.RunAsync("run", home.GridText("one", "name: one\nnoop: {jobs: 1, group: one}\n"))).Succeeded();
        var ran = await home.RunAsync(arguments.Split(' '));
        Assert.Equal(2, ran.Exit);
        Assert.Contains(error, Assert.Single(ran.ErrorLines));
    }

    [Fact]
    public async Task Every_command_has_an_example_that_begins_with_its_name()
    {
        using var home = new TestHome();
        var names = await Commands("");
        Assert.Contains("leaderboard", names);
        Assert.Contains("umap", await Commands("plot"));
        foreach (var name in names)
        {
            foreach (var full in (string[])[name, .. (await Commands(name)).Select(n => $"{name} {n}")])
            {
                var help = (await home.RunAsync([.. full.Split(' '), "--help"])).Succeeded().Output;
                Assert.Contains($"Example:\n  ./e2v {full}", help.ReplaceLineEndings("\n"));
            }
        }

        // What the shell is offered where a command could come.
        async Task<string[]> Commands(string before)
        {
            var line = before.Length == 0 ? "" : before + " ";
            var offered = (await E2v.RunAsync(home.Path, $"[suggest:{line.Length}]", line)).Succeeded().Output;
            return [.. offered.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(w => char.IsAsciiLetter(w[0]) && (before.Length == 0 || before is "data" or "plot" or "checkpoint" or "upstream"))];
        }
    }

    [Fact]
    public async Task The_shell_is_told_what_could_come_next()
    {
        using var home = new TestHome();
        // What begins with the letters comes first, before what only has them.
        Assert.Equal("leaderboard", (await E2v.RunAsync(home.Path, "[suggest:2]", "le")).Succeeded().Output.Split('\n')[0]);
        Assert.Contains("--format", (await E2v.RunAsync(home.Path, "[suggest:16]", "leaderboard --fo")).Succeeded().Output);
        var script = (await home.RunAsync("completion", "bash")).Succeeded().Output;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n"]) { RedirectStandardInput = true })!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        await bash.WaitForExitAsync();
        Assert.Equal(0, bash.ExitCode);
    }
}
