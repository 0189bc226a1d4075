using System.Diagnostics;
using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Joining;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// What joined machines are worth: jobs that sleep 100 ms, so that one computer can play several and only what lies between
/// the jobs is measured; on two slots of the silo's own, on one joiner with two, and on two joiners with two each.
/// </summary>
internal static class JoinedSpeedup
{
    private const int Jobs = 200, Milliseconds = 100, SlotsEach = 2;

    public static async Task Run()
    {
        Console.WriteLine($"{Jobs} jobs that sleep {Milliseconds} ms on slots of {SlotsEach} per machine; at best {Jobs * Milliseconds / 1000.0 / SlotsEach:F1} s on one machine");
        var own = await Measure(SlotsEach, 0);
        Print("the silo's own slots", own, own);
        foreach (var machines in (int[])[1, 2]) Print($"{machines} joined machine{(machines == 1 ? "" : "s")}", await Measure(0, machines), own);
    }

    private static void Print(string what, double seconds, double own) =>
        Console.WriteLine($"{what,-22} {seconds,6:F2} s  {Jobs / seconds,6:F1} jobs/s  {own / seconds,5:F2} ×");

    private static async Task<double> Measure(int slots, int machines)
    {
        var folder = Directory.CreateTempSubdirectory("e2v-bench-").FullName;
        string[] worker = ["dotnet", Path.Combine(AppContext.BaseDirectory, "e2v.dll"), "worker"];
        var joiners = new List<Joiner>();
        double seconds;
        await using (var silo = await SiloHost.StartAsync(new SiloOptions { Home = Path.Combine(folder, "silo"), CpuSlots = slots, WorkerCommand = worker }))
        {
            for (var i = 0; i < machines; i++)
                joiners.Add(await Joiner.StartAsync(new JoinOptions { Silo = silo.Address, Home = Path.Combine(folder, $"joiner{i}"), CpuSlots = SlotsEach, WorkerCommand = worker }));
            using var http = new HttpClient { BaseAddress = silo.Address };
            // Until every slot has a worker that asks.
            for (var (group, busy) = (0, 0); busy < slots + machines * SlotsEach; group++)
            {
                await Submit(http, 4 * (slots + machines * SlotsEach), $"warm{group}");
                busy = (await http.GetFromJsonAsync<SlotRow[]>("api/slots", CanonicalJson.Options))!.Count(s => s.WorkerPid is not null);
            }
            seconds = await Submit(http, Jobs, "measured");
            foreach (var joiner in joiners) await joiner.DisposeAsync();
        }
        Directory.Delete(folder, recursive: true);
        return seconds;
    }

    private static async Task<double> Submit(HttpClient http, int jobs, string group)
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest($"name: {group}\nnoop: {{jobs: {jobs}, milliseconds: {Milliseconds}, group: {group}}}\n", "joined.yaml", ""), CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        var id = (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment;
        ExperimentStatus status;
        do
        {
            await Task.Delay(50);
            status = (await http.GetFromJsonAsync<ExperimentStatus>($"api/experiments/{id}", CanonicalJson.Options))!;
        }
        while (status.State == "running");
        if (status.Succeeded != jobs) throw new InvalidOperationException($"{status.Succeeded} of {jobs} jobs succeeded");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
