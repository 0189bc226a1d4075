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

    private static async Task<double> Measure(HttpClient http, int jobs, string group)
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest($"name: {group}\nnoop: {{jobs: {jobs}, group: {group}}}\n", "overhead.yaml", ""), CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        var id = (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment;
        ExperimentStatus status;
        do
        {
            await Task.Delay(250);
            status = (await http.GetFromJsonAsync<ExperimentStatus>($"api/experiments/{id}", CanonicalJson.Options))!;
        }
        while (status.State == "running");
        if (status.Succeeded != jobs) throw new InvalidOperationException($"{status.Succeeded} of {jobs} jobs succeeded");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

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
