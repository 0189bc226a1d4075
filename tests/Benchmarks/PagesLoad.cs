using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo;
using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// A silo over a store of 50,000 results: its start, the time to the last byte of each page, first and median, and what an open page costs
/// while a result comes every second.
/// </summary>
internal static class PagesLoad
{
    private const int Results = 50_000, Times = 11;
    private static readonly TimeSpan Open = TimeSpan.FromSeconds(60);

    public static async Task Run()
    {
        var home = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        var options = new SiloOptions { Home = home, WorkerCommand = ["true"], CpuSlots = 0 };
        await (await SiloHost.StartAsync(options)).DisposeAsync(); // makes the schema
        StoreFill.Run(new HomeFolder(home), Results, ["data2vec_base", "data2vec2_base", "emotion2vec_base"]);
        var began = Stopwatch.GetTimestamp();
        await using (var silo = await SiloHost.StartAsync(options))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start {Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s"));
            using var http = new HttpClient { BaseAddress = silo.Address, Timeout = TimeSpan.FromMinutes(10) };
            foreach (var address in new[] { "/api/experiments", "/api/experiments/all", "/", "/experiments/all", "/experiments/all?page=900", "/experiments/all?state=succeeded&page=500", "/leaderboard", "/leaderboard?corpus=emodb&protocol=random10", "/corpora", "/slots", "/pretraining" })
            {
                var first = await Time(http, address);
                var times = new (double Wall, double Cpu)[Times];
                for (var i = 0; i < Times; i++) times[i] = await Time(http, address);
                var (wall, cpu) = (times.Select(t => t.Wall).Order().ElementAt(Times / 2), times.Select(t => t.Cpu).Order().ElementAt(Times / 2));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{address,-48} first {1000 * first.Wall,6:F0} ms ({1000 * first.Cpu,5:F0} ms of processor time), then median {1000 * wall,5:F0} ms ({1000 * cpu,4:F0} ms)"));
            }
            await Idle();
            foreach (var address in new[] { "/", "/experiments/all", "/leaderboard" }) await Stream(http, address, new HomeFolder(home).Store);
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(home, recursive: true);
    }

    private static async Task<(double Wall, double Cpu)> Time(HttpClient http, string address)
    {
        var (began, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        await http.GetStringAsync(address);
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
    }

    // Intervals of rows that were looked at are computed behind the pages.
    private static async Task Idle()
    {
        TimeSpan before;
        do
        {
            before = Process.GetCurrentProcess().TotalProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(5));
        }
        while (Process.GetCurrentProcess().TotalProcessorTime - before > TimeSpan.FromMilliseconds(100));
    }

    // The client's own share, a few bytes a second, is in it.
    private static async Task Stream(HttpClient http, string address, string store)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var events = 0;
        _ = Task.Run(async () =>
        {
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync() is { } line)
                if (line.StartsWith("event:", StringComparison.Ordinal)) Interlocked.Increment(ref events);
        });
        await using var connection = new SqliteConnection($"Data Source={store}");
        connection.Open();
        await Result(5);
        var (before, seen) = (Process.GetCurrentProcess().TotalProcessorTime, events);
        await Result((int)Open.TotalSeconds);
        var share = (Process.GetCurrentProcess().TotalProcessorTime - before) / Open;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{address,-48} open: {100 * share:F2} % of a core, {(events - seen) / Open.TotalMinutes:F0} updates a minute"));

        // As one that comes: what the store counts of a cell changes.
        async Task Result(int seconds)
        {
            for (var i = 0; i < seconds; i++)
            {
                using var command = connection.CreateCommand();
                command.CommandText = "UPDATE results SET wa = wa * 0.999 WHERE job_id = $job; UPDATE jobs SET state = CASE state WHEN 'Failed' THEN 'Succeeded' ELSE 'Failed' END WHERE id = $job; UPDATE cells SET changes = changes + 1 WHERE id = (SELECT cell_id FROM counted_jobs WHERE job_id = $job)";
                command.Parameters.AddWithValue("$job", 7 + (61 * (i / 2)));
                command.ExecuteNonQuery();
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }
}
