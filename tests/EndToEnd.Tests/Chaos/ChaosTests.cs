using System.Diagnostics;
using Xunit.Abstractions;

namespace Emotion2Vec.EndToEnd.Tests.Chaos;

/// <summary>
/// Short jobs through a silo and workers that are started, stopped, killed and frozen all the time, while the store
/// fails under them. More than a minute of that and as many jobs as get done; with E2V_STRESS fifteen minutes and at
/// least 2,000. E2V_CHAOS_SEED repeats the choices of an earlier run.
/// </summary>
[Trait("Category", "Stress")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Batch = 100, StressJobs = 2000;
    private static readonly string[] Kinds = ["worker started", "worker of the silo killed", "worker frozen"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Whatever_is_killed_every_job_has_its_one_result()
    {
        var stress = Environment.GetEnvironmentVariable("E2V_STRESS") == "1";
        var seed = int.TryParse(Environment.GetEnvironmentVariable("E2V_CHAOS_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"seed {seed} (E2V_CHAOS_SEED={seed} repeats it)");
        var length = TimeSpan.FromSeconds(stress ? 15 * 60 : 80);
        using var home = new TestHome();
        using var run = new ChaosRun(home.Path, seed, output.WriteLine);

        // Downtimes of the silo, spread over the run.
        double[] downtimes = stress ? [.. Enumerable.Range(0, 18).Select(i => (i % 3) switch { 0 => 0.0, 1 => 5, _ => 20 })] : [0, 5, 20];
        var (submitted, killed, began) = (0, 0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(began) < length || Kinds.Except(run.Done.Keys).Any())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < length + Patience, $"seed {seed}: never came to {string.Join(", ", Kinds.Except(run.Done.Keys))}");
            if (Open(home) < Batch / 2 && (stress || submitted < StressJobs)) await run.Submit($"chaos-{submitted += Batch}", Batch);
            await run.Disturb();
            run.KeepSilo();
            if (killed < downtimes.Length && Stopwatch.GetElapsedTime(began) > length * (killed + 1) / (downtimes.Length + 1))
                await run.KillSilo(TimeSpan.FromSeconds(downtimes[killed++]));
        }
        run.Calm();
        while (stress && submitted < StressJobs) await run.Submit($"chaos-{submitted += Batch}", Batch);

        // Nothing is stuck: what is left gets done by those who are left.
        for (var (seen, since) = (-1, Stopwatch.GetTimestamp()); Open(home) is > 0 and var open; await Task.Delay(200))
        {
            run.KeepSilo();
            if (open != seen) (seen, since) = (open, Stopwatch.GetTimestamp());
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"seed {seed}: {open} jobs are stuck: {string.Join(", ", home.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state"))}");
        }
        // Late workers learn that they are late.
        await E2v.UntilAsync(() => home.Store.Rows("SELECT 1 FROM attempts WHERE state = 'Running'").Count == 0, $"seed {seed}: no attempt runs");
        Assert.Empty(await run.End());

        output.WriteLine(string.Join('\n', run.Done.OrderBy(d => d.Key).Select(d => $"{d.Value,4} × {d.Key}")));
        output.WriteLine($"{submitted} jobs, attempts: {string.Join(", ", home.Store.Rows("SELECT state, count(*) FROM attempts GROUP BY state"))}");
        Assert.Equal([$"Succeeded|{submitted}"], home.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state"));
        Assert.Equal([$"{submitted}|{submitted}"], home.Store.Rows("SELECT count(*), count(DISTINCT job_key) FROM results"));
        Assert.Empty(home.Store.Rows("SELECT job_id FROM attempts WHERE state = 'Succeeded' GROUP BY job_id HAVING count(*) <> 1"));
        // The undisturbed result of such a job is its spec.
        Assert.Empty(home.Store.Rows("SELECT j.key FROM jobs j JOIN results r ON r.job_id = j.id WHERE r.result <> j.spec OR r.job_key <> j.key"));
        // A slot has one job at a time, whatever was restarted.
        Assert.Empty(home.Store.Rows("SELECT a.slot, a.job_id, b.job_id FROM attempts a JOIN attempts b ON a.slot = b.slot AND a.started < b.started AND b.started < a.ended"));
        Assert.Equal(["ok"], home.Store.Rows("PRAGMA integrity_check"));
        Assert.Equal(downtimes.Length, killed);
    }

    private static int Open(TestHome home) => home.Store.Rows("SELECT 1 FROM jobs WHERE state NOT IN ('Succeeded', 'Failed', 'Poisoned', 'Blocked', 'Cancelled')").Count;
}
