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
