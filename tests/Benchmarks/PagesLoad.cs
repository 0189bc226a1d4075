using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo;
using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Benchmarks;

/// <summary>Pages over a store of 50,000 jobs: the time to the last byte of each, first and median, and what an open page costs the silo.</summary>
internal static class PagesLoad
{
    private const int Results = 50_000, Times = 11;
    // Long beside the pause between two looks at the dearest page.
    private static readonly TimeSpan Open = TimeSpan.FromSeconds(200);

    public static async Task Run()
    {
        var home = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        var options = new SiloOptions { Home = home, WorkerCommand = ["true"], CpuSlots = 0 };
        await (await SiloHost.StartAsync(options)).DisposeAsync(); // makes the schema
        StoreFill.Run(new HomeFolder(home), Results, ["data2vec_base", "data2vec2_base", "emotion2vec_base"]);
        await using (var silo = await SiloHost.StartAsync(options))
        {
            using var http = new HttpClient { BaseAddress = silo.Address, Timeout = TimeSpan.FromMinutes(10) };
            foreach (var address in new[] { "/", "/experiments/all", "/experiments/all?page=900", "/leaderboard", "/leaderboard?corpus=emodb&protocol=random10", "/corpora", "/slots", "/pretraining" })
            {
                var first = await Time(http, address);
                var times = new double[Times];
                for (var i = 0; i < Times; i++) times[i] = await Time(http, address);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{address,-48} first {1000 * first,6:F0} ms, then median {1000 * times.Order().ElementAt(Times / 2),5:F0} ms"));
            }
            foreach (var address in new[] { "/", "/experiments/all", "/leaderboard" }) await Stream(http, address);
        }
        SqliteConnection.ClearAllPools();
        Directory.Delete(home, recursive: true);
    }

    private static async Task<double> Time(HttpClient http, string address)
    {
        var began = Stopwatch.GetTimestamp();
        await http.GetStringAsync(address);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // The client's own share, a few bytes a second, is in it.
    private static async Task Stream(HttpClient http, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        _ = stream.CopyToAsync(System.IO.Stream.Null);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.Delay(Open);
        var share = (Process.GetCurrentProcess().TotalProcessorTime - before) / Open;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{address,-48} open: {100 * share:F2} % of a core"));
    }
}
