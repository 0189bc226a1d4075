namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Whatever is killed, the same command completes; nothing is done twice and nothing is lost.</summary>
public sealed class CrashTests
{
    private const int Seeds = 2, AllJobs = 2 + 2 * 10 * Seeds;

    [Fact]
    public async Task A_killed_worker_costs_one_attempt()
    {
        using var home = new TestHome();
        var grid = home.Grid(seeds: Seeds);
        using var run = home.Start("run", grid);
        await E2v.UntilAsync(() => home.Store.Results().Count >= 6, "six results");
        var victim = home.Store.Rows("SELECT slot FROM attempts WHERE state = 'Running' ORDER BY started DESC LIMIT 1");
        E2v.Signal("KILL", Workers.Of(run.Process.Id).First(w => victim.Count == 0 || w.Slot == victim[0]).Pid);

        (await run.EndAsync()).Succeeded();
        AssertComplete(home);
        var lost = home.Store.Rows("SELECT error FROM attempts WHERE state = 'Lost'");
        Assert.InRange(lost.Count, 0, 1);
        Assert.Equal(AllJobs + lost.Count, home.Store.Rows("SELECT number FROM attempts").Count);
    }

    [Fact]
    public async Task A_killed_solo_process_leaves_no_worker_and_the_same_command_completes()
    {
        using var home = new TestHome();
        var grid = home.Grid(seeds: Seeds);
        List<WorkerProcess> workers;
        using (var run = home.Start("run", grid))
        {
            await E2v.UntilAsync(() => home.Store.Results().Count >= 6, "six results");
            workers = Workers.Of(run.Process.Id);
            Assert.NotEmpty(workers);
            E2v.Signal("KILL", run.Process.Id);
            await run.EndAsync();
        }
        await E2v.UntilAsync(() => workers.All(w => !w.Alive), "the workers end with their silo");
        var before = home.Store.Results();
        Assert.InRange(before.Count, 6, AllJobs - 1);

        var again = (await home.RunAsync("run", grid)).Succeeded();
        Assert.Contains($"{before.Count} already done", again.Output);
        AssertComplete(home);
        Assert.Empty(before.Except(home.Store.Results()));
        foreach (var result in before)
            Assert.Single(home.Store.Rows($"SELECT a.number FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.key = '{result.Split('|')[0]}'"));
    }

    [Fact]
    public async Task Ctrl_C_stops_gracefully_and_the_same_command_goes_on()
    {
        using var home = new TestHome();
        var grid = home.Grid(seeds: Seeds);
        List<WorkerProcess> workers;
        using (var run = home.Start("run", grid))
        {
            await E2v.UntilAsync(() => home.Store.Results().Count >= 4, "four results");
            workers = Workers.Of(run.Process.Id);
            // A terminal sends Ctrl-C to the whole process group.
            foreach (var pid in workers.Select(w => w.Pid).Append(run.Process.Id)) E2v.Signal("INT", pid);
            var ran = await run.EndAsync();
            Assert.Equal(130, ran.Exit);
            Assert.Contains("the same command continues", Assert.Single(ran.ErrorLines));
        }
        Assert.All(workers, w => Assert.False(w.Alive));
        Assert.Empty(home.Store.Rows("SELECT state FROM attempts WHERE state NOT IN ('Succeeded', 'Cancelled')"));
        Assert.Empty(home.Store.Rows("SELECT state FROM jobs WHERE state IN ('Failed', 'Poisoned', 'Blocked', 'Cancelled')"));

        (await home.RunAsync("run", grid)).Succeeded();
        AssertComplete(home);
    }

    private static void AssertComplete(TestHome home)
    {
        Assert.Equal(AllJobs, home.Store.Results().Count);
        Assert.Equal([$"Succeeded|{AllJobs}"], home.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state"));
        Assert.Empty(home.Store.Rows("SELECT job_key FROM results GROUP BY job_key HAVING count(*) > 1"));
        Assert.Empty(home.Store.Rows("SELECT job_id FROM attempts WHERE state = 'Succeeded' GROUP BY job_id HAVING count(*) > 1"));
    }
}
