using System.Diagnostics;
using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// What everything around a job costs: a grid of jobs without work through real worker processes, the HTTP API, grains
/// and durable commits. The baseline is the disk: transactions of one row in a store like ours, one after the other.
/// </summary>
internal static class SchedulingOverhead
{
    private const int Jobs = 2000;

    public static async Task Run()
    {
        var home = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        var worker = Path.Combine(AppContext.BaseDirectory, "e2v.dll");
        await using (var silo = await SiloHost.StartAsync(new SiloOptions { Home = home, WorkerCommand = ["dotnet", worker, "worker"] }))
        {
            using var http = new HttpClient { BaseAddress = silo.Address };
            await Measure(http, 50, "warm-up");
            var before = await ProcessorSeconds(http);
            var seconds = await Measure(http, Jobs, "measured");
            var after = await ProcessorSeconds(http);
            Console.WriteLine($"{Jobs} no-op jobs in {seconds:F2} s: {Jobs / seconds:F0} jobs/s, {seconds / Jobs * 1000:F2} ms per job, {Environment.ProcessorCount} workers");
            // On a machine that does other things as well this figure tells more.
            Console.WriteLine($"processor time per job: silo {(after.Silo - before.Silo) / Jobs * 1000:F2} ms, worker {(after.Workers - before.Workers) / Jobs * 1000:F2} ms");
            var commits = Commits(Path.Combine(home, "baseline.db"));
            Console.WriteLine($"baseline: {commits:F0} durable commits/s; two per job would allow {commits / 2:F0} jobs/s; ratio {Jobs / seconds / (commits / 2):F2}");
        }
        Directory.Delete(home, recursive: true);
    }

    /// <summary>Five times ten thousand jobs, all queued at once: whether a job costs more when many wait or many are done, and whether memory grows.</summary>
    public static async Task Many()
    {
        const int jobs = 50_000, step = 10_000;
        var home = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        await using (var silo = await SiloHost.StartAsync(new SiloOptions { Home = home, WorkerCommand = ["dotnet", Path.Combine(AppContext.BaseDirectory, "e2v.dll"), "worker"] }))
        {
            using var http = new HttpClient { BaseAddress = silo.Address };
            await Measure(http, 50, "warm-up");
            var id = await Submit(http, jobs, "many");
            var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime.TotalSeconds);
            for (var next = step; next <= jobs;)
            {
                await Task.Delay(500);
                var done = (await Status(http, id)).Succeeded;
                if (done < next) continue;
                var (now, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime.TotalSeconds);
                var seconds = Stopwatch.GetElapsedTime(began, now).TotalSeconds;
                Console.WriteLine($"{done} done: {(done - next + step) / seconds:F0} jobs/s, {seconds / (done - next + step) * 1000:F2} ms per job, silo {(processor - cpu) / (done - next + step) * 1000:F2} ms of processor time per job, "
                    + $"{Process.GetCurrentProcess().WorkingSet64 >> 20} MB, {GC.GetTotalMemory(false) >> 20} MB of them managed");
                (began, cpu) = (now, processor);
                next = done / step * step + step;
            }
        }
        Directory.Delete(home, recursive: true);
    }

    private static async Task<double> Measure(HttpClient http, int jobs, string group)
    {
        var began = Stopwatch.GetTimestamp();
        var id = await Submit(http, jobs, group);
        ExperimentStatus status;
        do
        {
            await Task.Delay(250);
            status = await Status(http, id);
        }
        while (status.State == "running");
        if (status.Succeeded != jobs) throw new InvalidOperationException($"{status.Succeeded} of {jobs} jobs succeeded");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<string> Submit(HttpClient http, int jobs, string group)
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest($"name: {group}\nnoop: {{jobs: {jobs}, group: {group}}}\n", "overhead.yaml", ""), CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
    }

    private static async Task<ExperimentStatus> Status(HttpClient http, string id) =>
        (await http.GetFromJsonAsync<ExperimentStatus>($"api/experiments/{id}", CanonicalJson.Options))!;

    private static async Task<(double Silo, double Workers)> ProcessorSeconds(HttpClient http)
    {
        var slots = (await http.GetFromJsonAsync<SlotRow[]>("api/slots", CanonicalJson.Options))!;
        return (Environment.CpuUsage.TotalTime.TotalSeconds, slots.Sum(s => s.WorkerPid is { } pid ? Process.GetProcessById(pid).TotalProcessorTime.TotalSeconds : 0));
    }

    private static double Commits(string file)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER)";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO t VALUES (1)";
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1000; i++) command.ExecuteNonQuery();
        return 1000 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
