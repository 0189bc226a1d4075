namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>What becomes of a job whose worker dies, freezes, is told to stop, or cannot start. The jobs sleep; they cost no processor time.</summary>
public sealed class SlotTests
{
    private const string Hour = "3600000";

    [Fact]
    public async Task A_run_whose_slots_cannot_start_a_worker_ends_and_says_why()
    {
        using var home = new TestHome();
        Directory.CreateDirectory(Path.Combine(home.Path, "logs", "local-cpu0.log"));
        var ran = await home.RunAsync("run", NoOps(home, 1, "10"), "--slots", "1");
        Assert.Equal(1, ran.Exit);
        var line = Assert.Single(ran.ErrorLines);
        Assert.Contains("quarantined", line);
        Assert.Contains("local-cpu0.log", line);
        Assert.Equal(["Queued"], home.Store.Rows("SELECT state FROM jobs"));
    }

    [Fact]
    public async Task A_frozen_workers_job_runs_elsewhere_and_cancelling_reaches_both_workers()
    {
        using var home = new TestHome();
        using var silo = await Silo(home, "--slots", "2", "--lease", "5", "--heartbeat", "0.5", "--losses", "1000");
        (await home.RunAsync("submit", NoOps(home, 1, Hour, "long"))).Succeeded();
        await E2v.UntilAsync(() => Attempts(home).Count > 0, "the job runs");
        var frozen = Attempts(home)[0].Split('|')[1];
        var worker = Workers.Of(silo.Process.Id).Single(w => w.Slot == frozen).Pid;
        E2v.Signal("STOP", worker);
        try
        {
            await E2v.UntilAsync(() => Attempts(home)[^1].Split('|')[1] != frozen, "the job runs in the other slot");
        }
        finally
        {
            E2v.Signal("CONT", worker);
        }
        Assert.EndsWith("|Lost", Attempts(home)[0]);

        (await home.RunAsync("cancel", "long")).Succeeded();
        await E2v.UntilAsync(() => home.Store.Rows("SELECT state FROM jobs").SequenceEqual(["Cancelled"]), "the running attempt ends");

        // Both workers, the once frozen one too, are free for other jobs: each of these waits until the other runs as well.
        (await home.RunAsync("submit", NoOps(home, 2, Hour, "two"))).Succeeded();
        await E2v.UntilAsync(() => home.Store.Rows("SELECT DISTINCT slot FROM attempts WHERE state = 'Running'").Count == 2, "both slots work");
    }

    [Fact]
    public async Task A_job_that_always_loses_its_worker_is_poisoned_with_the_evidence_until_it_is_retried()
    {
        using var home = new TestHome();
        using var silo = await Silo(home, "--slots", "1", "--losses", "1");
        (await home.RunAsync("submit", NoOps(home, 1, Hour, "deadly"))).Succeeded();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await E2v.UntilAsync(() => Attempts(home).Count == attempt && Attempts(home)[^1].EndsWith("|Running"), $"attempt {attempt} runs");
            E2v.Signal("KILL", Assert.Single(Workers.Of(silo.Process.Id)).Pid);
        }
        await E2v.UntilAsync(() => home.Store.Rows("SELECT state FROM jobs").SequenceEqual(["Poisoned"]), "the job is poisoned");
        Assert.Contains("signal 9", Assert.Single(home.Store.Rows("SELECT error FROM jobs")));
        Assert.Contains("signal 9", (await home.RunAsync("why", home.Store.Rows("SELECT key FROM jobs")[0])).Succeeded().Output);
        Assert.Equal(1, (await home.RunAsync("watch", "deadly")).Exit);

        (await home.RunAsync("retry", "deadly")).Succeeded();
        await E2v.UntilAsync(() => Attempts(home).Count == 3, "it runs again");
    }

    [Theory]
    [InlineData("--heartbeat", "0.01")]
    [InlineData("--lease", "3")]
    [InlineData("--losses", "-1")]
    public async Task Settings_that_would_lose_healthy_workers_are_refused(string option, string value)
    {
        using var home = new TestHome();
        var ran = await home.RunAsync("silo", option, value);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(option, Assert.Single(ran.ErrorLines));
    }

    private static string NoOps(TestHome home, int jobs, string milliseconds, string name = "noops") =>
        home.GridText(name, $"name: {name}\nnoop: {{jobs: {jobs}, milliseconds: {milliseconds}, group: {name}}}\n");

    private static List<string> Attempts(TestHome home) => home.Store.Rows("SELECT number, slot, state FROM attempts ORDER BY job_id, number");

    private static async Task<E2v> Silo(TestHome home, params string[] options)
    {
        var silo = home.Start(["silo", .. options]);
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
        return silo;
    }
}
