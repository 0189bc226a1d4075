namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Wrong usage: one line, exit 2, no state made.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("rnu x.yaml", "unknown command 'rnu'", "'run'")]
    [InlineData("data scna", "unknown command 'scna'", "'scan'")]
    [InlineData("run x.yaml --hom y", "unknown option '--hom'", "'--home'")]
    [InlineData("run", "GRID.yaml is missing")]
    [InlineData("", "a command is missing")]
    [InlineData("run a.yaml b.yaml", "unexpected argument 'b.yaml'")]
    [InlineData("run a.yaml --slots two", "--slots", "'two' is not a whole number")]
    [InlineData("run a.yaml --slots 0", "--slots", "0")]
    [InlineData("leaderboard --format xml", "--format", "'xml'", "csv")]
    [InlineData("status --silo nonsense", "--silo", "'nonsense'")]
    [InlineData("status --silo http://127.0.0.1:9", "no silo answers at http://127.0.0.1:9")]
    [InlineData("status", "no experiments here yet")]
    [InlineData("submit grid.yaml", "grid.yaml", "no such file")]
    [InlineData("data scan emobd", "unknown corpus 'emobd'", "'emodb'")]
    public async Task One_line_and_exit_2(string arguments, params string[] expected)
    {
        var home = Path.Combine(Path.GetTempPath(), $"e2v-none-{Guid.NewGuid():N}");
        var ran = await E2v.RunAsync(home, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, ran.Exit);
        Assert.Empty(ran.Output);
        var line = Assert.Single(ran.ErrorLines);
        foreach (var part in expected) Assert.Contains(part, line);
        Assert.False(Directory.Exists(home));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("--version")]
    public async Task Help_and_version_are_no_errors(string arguments)
    {
        var ran = await E2v.RunAsync(Path.Combine(Path.GetTempPath(), "e2v-none"), arguments.Split(' '));
        Assert.Equal((0, ""), (ran.Exit, ran.Errors));
        Assert.NotEmpty(ran.Output);
    }
}
