using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Tests;

/// <summary>A slot that cannot start its worker says why and is left alone until the silo restarts.</summary>
public sealed class QuarantineTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Fact]
    public async Task A_worker_that_ends_at_its_start_is_started_twice()
    {
        var starts = Path.Combine(home, "starts");
        string[] worker = ["/bin/sh", "-c", $"echo started >> {starts}; echo 'no such device' >&2; exit 3"];
        var slot = await Quarantined(worker);
        Assert.Contains("status 3: no such device", slot.Reason);
        // A job that is queued now wakes nobody in the slot.
        Assert.Equal(2, File.ReadAllLines(starts).Length);

        // Restarting the silo releases it.
        await Quarantined(worker);
        Assert.Equal(4, File.ReadAllLines(starts).Length);
    }

    [Fact]
    public async Task Each_worker_is_told_its_device_and_sees_no_other_GPU()
    {
        var seen = Path.Combine(home, "seen");
        await using (var silo = await SiloHost.StartAsync(new SiloOptions
        {
            Home = home, CpuSlots = 1, Gpus = [new(0, "a", 8L << 30), new(2, "b", 8L << 30)],
            WorkerCommand = ["/bin/sh", "-c", $"echo \"$CUDA_DEVICE_ORDER [$CUDA_VISIBLE_DEVICES] $*\" >> {seen}; cat >/dev/null"],
        }))
        {
            using var http = new HttpClient { BaseAddress = silo.Address };
            await http.PostAsJsonAsync("api/experiments", new SubmitRequest("name: t\nnoop: {jobs: 3, group: t}\n", "grid.yaml", ""), CanonicalJson.Options);
            var until = DateTime.UtcNow.AddMinutes(2);
            while (!File.Exists(seen) || File.ReadAllLines(seen).Length < 3)
            {
                Assert.True(DateTime.UtcNow < until, "three workers start");
                await Task.Delay(50);
            }
        }
        var share = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3;
        Assert.Equal(["PCI_BUS_ID [0] local/cuda0 cuda:0", "PCI_BUS_ID [2] local/cuda2 cuda:0", "PCI_BUS_ID [] local/cpu0 cpu"], File.ReadAllLines(seen).Select(line =>
        {
            var words = line.Split(' ');
            string After(string option) => words[Array.IndexOf(words, option) + 1];
            Assert.Equal($"{share}", After("--memory"));
            return $"{words[0]} {words[1]} {After("--slot")} {After("--device")}";
        }).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_program_that_is_not_there() => Assert.Contains("no-such-program", (await Quarantined(["/no-such-program"])).Reason);

    [Fact]
    public async Task A_log_that_cannot_be_written()
    {
        Directory.CreateDirectory(Path.Combine(home, "logs", "local-cpu0.log"));
        Assert.Contains("local-cpu0.log", (await Quarantined(["/bin/true"])).Reason);
    }

    private async Task<SlotRow> Quarantined(string[] worker)
    {
        await using var silo = await SiloHost.StartAsync(new SiloOptions { Home = home, CpuSlots = 1, WorkerCommand = worker });
        using var http = new HttpClient { BaseAddress = silo.Address };
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest("name: t\nnoop: {jobs: 3, group: t}\n", "grid.yaml", ""), CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        var until = DateTime.UtcNow.AddMinutes(2);
        while (true)
        {
            var slot = Assert.Single((await http.GetFromJsonAsync<SlotRow[]>("api/slots", CanonicalJson.Options))!);
            if (slot.State == "quarantined") return slot;
            Assert.True(DateTime.UtcNow < until, $"still {slot}");
            await Task.Delay(50);
        }
    }
}
