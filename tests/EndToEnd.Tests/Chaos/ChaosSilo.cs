using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Silo;
using Emotion2Vec.Tests.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.EndToEnd.Tests.Chaos;

/// <summary>A silo in a process of its own whose store fails by a seeded choice, with a short lease and many free losses.</summary>
internal static class ChaosSilo
{
    public const string Name = "chaos-silo";
    public const double Lease = 2, Heartbeat = 0.5;
    private const int FreeLosses = 50;

    /// <summary>The child: HOME, URL, SLOTS, SEED. Lives until its standard input closes or it is killed.</summary>
    public static async Task<int> Live(string[] arguments)
    {
        // Small gaps are the more frequent: some hundred operations between two faults on the average.
        var faults = new StoreFaults(int.Parse(arguments[3]), longestGap: 2000, lostAnswers: true);
        var silo = await SiloHost.StartAsync(new SiloOptions
        {
            Home = arguments[0],
            Listen = arguments[1],
            CpuSlots = int.Parse(arguments[2]),
            WorkerCommand = ["dotnet", Path.Combine(E2v.Folder, "e2v.dll"), "worker"],
            Lease = TimeSpan.FromSeconds(Lease),
            Heartbeat = TimeSpan.FromSeconds(Heartbeat),
            FreeLosses = FreeLosses,
            Services = services =>
            {
                foreach (var interceptor in faults.Interceptors) services.AddSingleton(interceptor);
            },
        });
        Console.Out.WriteLine($"silo at {silo.Address}");
        while (Console.In.Read() >= 0)
        {
        }
        await silo.DisposeAsync();
        return 0;
    }

    public static Process Start(string home, string url, int slots, int seed) => Child(
        [typeof(ChaosSilo).Assembly.Location, Name, home, url, $"{slots}", $"{seed}"]);

    /// <summary>A worker that no silo has started, as on another machine.</summary>
    public static Process StartWorker(string home, string url, string slot) => Child(
        [Path.Combine(E2v.Folder, "e2v.dll"), "worker", "--silo", url, "--slot", slot, "--home", home, "--heartbeat", Heartbeat.ToString(CultureInfo.InvariantCulture)]);

    private static Process Child(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { };
        child.BeginErrorReadLine();
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        return child;
    }
}
