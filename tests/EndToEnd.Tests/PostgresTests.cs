using System.Text.RegularExpressions;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Grids with their store in a PostgreSQL database.</summary>
public sealed class PostgresTests
{
    private static readonly string[] Leaderboard = ["leaderboard", "--format", "csv"];

    [SkippableFact]
    public async Task A_killed_run_goes_on_and_ends_with_the_table_of_an_undisturbed_run_on_sqlite()
    {
        var store = PostgresServer.Shared.NewDatabase();
        var database = PostgresServer.Database(store);
        using var home = new TestHome();
        var grid = home.Grid(seeds: 2);
        List<string> Results() => PostgresServer.Shared.Rows(database, "SELECT to_regclass('results')") is [] ? [] : PostgresServer.Shared.Rows(database, "SELECT job_key, attempt, finished FROM results ORDER BY job_key");

        List<string> before;
        using (var run = E2v.StartOn(store, home.Path, "run", grid, "--data", home.Data))
        {
            await E2v.UntilAsync(() => Results().Count >= 6, "six results");
            E2v.Signal("KILL", run.Process.Id);
            await run.EndAsync();
            before = Results();
        }
        Assert.InRange(before.Count, 6, 41);
        var again = await End(E2v.StartOn(store, home.Path, "run", grid, "--data", home.Data));
        Assert.Contains($"{before.Count} already done", again.Output);
        Assert.Empty(before.Except(Results()));
        Assert.Equal(["Succeeded|42"], PostgresServer.Shared.Rows(database, "SELECT state, count(*) FROM jobs GROUP BY state"));
        Assert.False(File.Exists(Path.Combine(home.Path, "e2v.db")));

        using var undisturbed = new TestHome();
        (await undisturbed.RunAsync("run", undisturbed.Grid(seeds: 2))).Succeeded();
        Assert.Equal(
            Scores((await undisturbed.RunAsync(Leaderboard)).Succeeded().Output),
            Scores((await End(E2v.StartOn(store, home.Path, Leaderboard))).Output));

        foreach (var file in Directory.EnumerateFiles(Path.Combine(home.Path, "logs")))
            Assert.DoesNotContain(PostgresServer.Shared.Password, File.ReadAllText(file));
    }

    [SkippableFact]
    public async Task A_silo_on_another_home_is_refused_the_same_database()
    {
        var store = PostgresServer.Shared.NewDatabase();
        using TestHome home = new(), other = new();
        using var silo = E2v.StartOn(store, home.Path, "silo", "--slots", "1");
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
        using var second = E2v.StartOn(store, other.Path, "silo", "--slots", "1");
        var refused = await second.EndAsync();
        Assert.Equal(2, refused.Exit);
        Assert.Contains($"pid {silo.Process.Id}", Assert.Single(refused.ErrorLines));
        Assert.DoesNotContain(PostgresServer.Shared.Password, refused.Errors + refused.Output);
    }

    [Fact]
    public async Task A_password_is_never_printed()
    {
        using var home = new TestHome();
        foreach (var store in (string[])["Host=127.0.0.1;Port=1;Database=d;Username=u;Password=secret-word", "postgres://u:secret-word@h/d"])
        {
            var ran = await home.RunAsync("silo", "--store", store);
            Assert.Equal(2, ran.Exit);
            Assert.DoesNotContain("secret-word", Assert.Single(ran.ErrorLines) + ran.Output);
        }
        foreach (var file in Directory.EnumerateFiles(home.Path, "*.log", SearchOption.AllDirectories))
            Assert.DoesNotContain("secret-word", File.ReadAllText(file));
    }

    private static async Task<Ran> End(E2v e2v)
    {
        using (e2v) return (await e2v.EndAsync()).Succeeded();
    }

    private static string[] Scores(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 2, csv);
        Assert.Matches(new Regex("\\d\\.\\d"), lines[1]);
        return lines;
    }
}
