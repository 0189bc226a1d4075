using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo;
using Emotion2Vec.Silo.Api;
using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// Table 3 from a store of 50,000 fold results over the HTTP API: the first time, when intervals are computed from predictions, and after that. Ten seeds of
/// every row of the table that can be run (3 × 21 folds) are in the store; the rest are other corpora, protocols and heads. Then the whole leaderboard.
/// </summary>
internal static class LeaderboardLoad
{
    private const int Results = 50_000;
    private static readonly string[] Upstreams = ["data2vec_base", "data2vec2_base", "emotion2vec_base"];

    public static async Task Run()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "experiments", "paper", "table3.yaml"))) root = root.Parent ?? throw new InvalidOperationException("run it inside the repository");
        var request = new PaperRequest(File.ReadAllText(Path.Combine(root.FullName, "experiments", "paper", "table3.yaml")), "table3.yaml");

        var home = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        var options = new SiloOptions { Home = home, WorkerCommand = ["true"], CpuSlots = 0 };
        await (await SiloHost.StartAsync(options)).DisposeAsync(); // makes the schema
        var began = Stopwatch.GetTimestamp();
        StoreFill.Run(new HomeFolder(home), Results, Upstreams);
        Console.WriteLine(Invariant($"{Results:N0} results in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s, store {new FileInfo(new HomeFolder(home).Store).Length >> 20} MiB"));

        await using (var silo = await SiloHost.StartAsync(options))
        {
            using var http = new HttpClient { BaseAddress = silo.Address, Timeout = TimeSpan.FromMinutes(10) };
            await http.GetStringAsync("healthz");
            var (first, cpu) = await Time(() => Table(http, request));
            Console.WriteLine(Invariant($"table 3, first time: {first:F2} s ({cpu:F2} s of processor time)"));
            var times = new List<(double Wall, double Cpu)>();
            for (var i = 0; i < 40; i++) times.Add(await Time(() => Table(http, request)));
            var (wall, processor) = (times.Select(t => t.Wall).Order().ToArray(), times.Select(t => t.Cpu).Order().ToArray());
            Console.WriteLine(Invariant($"table 3, intervals cached: median {1000 * wall[20]:F0} ms, from {1000 * wall[0]:F0} to {1000 * wall[^1]:F0} ms (median {1000 * processor[20]:F0} ms of processor time)"));
            var (all, allCpu) = await Time(() => http.GetStringAsync("api/leaderboard"));
            var (again, againCpu) = await Time(() => http.GetStringAsync("api/leaderboard"));
            Console.WriteLine(Invariant($"whole leaderboard: first time {all:F1} s ({allCpu:F1} s of processor time), cached {again:F2} s ({againCpu:F2} s)"));
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(home, recursive: true);
    }

    private static async Task Table(HttpClient http, PaperRequest request)
    {
        using var answer = await http.PostAsJsonAsync("api/papers", request, CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        var table = (await answer.Content.ReadFromJsonAsync<PaperAnswer>(CanonicalJson.Options))!;
        var figures = table.Rows.Where(r => Upstreams.Contains(r.Upstream)).SelectMany(r => r.Cells).SelectMany(c => c.Figures).ToArray();
        if (figures.Length != 27 || figures.Any(f => f.Ours is not { Low: not null })) throw new InvalidOperationException("a figure of table 3 has no interval");
    }

    private static async Task<(double Wall, double Cpu)> Time(Func<Task> work)
    {
        var (began, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        await work();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
