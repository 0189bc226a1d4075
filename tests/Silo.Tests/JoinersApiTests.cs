using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Tests;

/// <summary>What a silo answers to machines that join it, and what it takes from them.</summary>
public sealed class JoinersApiTests : IAsyncLifetime
{
    private const string Key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;
    private readonly string data = Directory.CreateTempSubdirectory("e2v-data-").FullName;
    private SiloHost silo = null!;
    private HttpClient http = null!;

    public async Task InitializeAsync()
    {
        silo = await SiloHost.StartAsync(new SiloOptions { Home = home, CpuSlots = 0, WorkerCommand = ["none"], Lease = TimeSpan.FromSeconds(2), Heartbeat = TimeSpan.FromSeconds(0.5) });
        http = new HttpClient { BaseAddress = silo.Address };
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await silo.DisposeAsync();
        Directory.Delete(home, recursive: true);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Slots_of_a_machine_are_listed_while_it_is_heard_and_go_with_it()
    {
        await Join("box", "1", new("box/cuda0", "cuda:0", 24L << 30), new("box/cuda1", "cuda:1", 24L << 30, "its worker ended with status 3"));
        var slots = await Slots();
        Assert.Equal(["box/cuda0 box cuda:0 free ", "box/cuda1 box cuda:1 quarantined its worker ended with status 3"], slots.Select(s => $"{s.Name} {s.Machine} {s.Device} {s.State} {s.Reason}"));
        Assert.Equal(25.8, slots[0].MemoryGb);

        var refused = await http.PostAsJsonAsync("api/joiners/box", Request("2", new JoinedSlot("box/cpu0", "cpu", 0)), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("another joiner has this name", await refused.Content.ReadAsStringAsync());

        await Until(async () => (await Slots())[0].State == "away", "silence is seen");
        // Who is gone no longer has its name, and nothing runs there.
        Assert.Contains("no slot has that", await Refusal("name: t\nnoop: {jobs: 1}\nneeds: {device: cuda}\n"));
        await Join("box", "2", new JoinedSlot("box/cpu0", "cpu", 0));
        Assert.Equal("box/cpu0", Assert.Single(await Slots()).Name);
        (await http.DeleteAsync("api/joiners/box?id=1")).EnsureSuccessStatusCode();
        Assert.Single(await Slots());
        (await http.DeleteAsync("api/joiners/box?id=2")).EnsureSuccessStatusCode();
        Assert.Empty(await Slots());
    }

    [Theory]
    [InlineData("local", "local/cpu0", null, "no name for a machine")]
    [InlineData("a b", "a b/cpu0", null, "no name for a machine")]
    [InlineData("box", "other/cpu0", null, "'other/cpu0' is no slot of it")]
    [InlineData("box", "box/cpu0", "fold 0", "its build computes fold 0")]
    public async Task Wrong_machines_are_refused(string machine, string slot, string? recipes, string expected)
    {
        using var answer = await http.PostAsJsonAsync($"api/joiners/{Uri.EscapeDataString(machine)}", Request("1", new JoinedSlot(slot, "cpu", 0)) with { Recipes = recipes ?? JobSpec.Recipes }, CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(expected, (await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error);
    }

    [Fact]
    public async Task A_machine_hears_of_work_it_can_do_and_of_audio_that_is_wanted()
    {
        await Join("gpu", "1", new JoinedSlot("gpu/cuda0", "cuda:0", 8L << 30), new JoinedSlot("gpu/cpu0", "cpu", 4L << 30));
        await Submit("name: t\nnoop: {jobs: 1, group: t}\nneeds: {device: cuda, memory: 8}\n");
        Assert.Equal(["gpu/cuda0"], (await Join("gpu", "1", new JoinedSlot("gpu/cuda0", "cuda:0", 8L << 30), new JoinedSlot("gpu/cpu0", "cpu", 4L << 30))).Work.AsEnumerable());
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("api/slots/lease?slot=gpu/cpu0&joined=true", null)).StatusCode);
        var job = (await (await http.PostAsync("api/slots/lease?slot=gpu/cuda0&joined=true", null)).Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;
        Assert.Equal("noop", job.Kind);

        // A worker whose machine the silo has not heard is given nothing yet: what it can run is not known.
        await Submit("name: u\nnoop: {jobs: 1, group: u}\n");
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("api/slots/lease?slot=unheard/cpu0&joined=true", null)).StatusCode);

        var manifest = await SubmitExtraction();
        var answer = await Join("far", "2", new JoinedSlot("far/cpu0", "cpu", 0));
        Assert.Equal([new WantedAudio(manifest, "tiny.csv")], answer.Wanted.AsEnumerable());
        answer = (await Post<JoinAnswer>("api/joiners/far", Request("2", new JoinedSlot("far/cpu0", "cpu", 0)) with { Audio = [manifest] }))!;
        Assert.Empty(answer.Wanted);
        Assert.Equal(["far/cpu0"], answer.Work.AsEnumerable());
    }

    [Fact]
    public async Task A_dead_worker_loses_its_job_and_two_that_do_not_start_close_the_slot()
    {
        await Join("box", "1", new JoinedSlot("box/cpu0", "cpu", 0));
        var id = await Submit("name: t\nnoop: {jobs: 1, group: t}\n");
        Assert.True((await Report(new("box/cpu0", 77))).GoOn);
        // An answer that is lost on the way is given again, and counts as nothing.
        var leases = new[] { await Lease(), await Lease() };
        Assert.Equal((1, leases[0].Key, 1), (leases[0].Attempt, leases[1].Key, leases[1].Attempt));
        Assert.True((await Report(new("box/cpu0", 77, "its worker was ended by signal 9"))).GoOn);
        var why = (await http.GetFromJsonAsync<JobDetail>($"api/jobs/{(await http.GetFromJsonAsync<JobRow[]>($"api/experiments/{id}/jobs", CanonicalJson.Options))![0].Key}", CanonicalJson.Options))!;
        Assert.Equal(("queued", "lost", "its worker was ended by signal 9"), (why.State, why.Attempts[0].State, why.Attempts[0].Error));

        Assert.True((await Report(new("box/cpu0", 0, "no such program"))).GoOn);
        Assert.False((await Report(new("box/cpu0", 0, "no such program"))).GoOn);
        await Join("box", "1", new JoinedSlot("box/cpu0", "cpu", 0)); // heard a moment ago, however slow this machine is
        Assert.Equal("quarantined", (await Slots())[0].State);
    }

    [Fact]
    public async Task What_a_job_made_is_taken_in_pieces_and_only_with_the_announced_hash()
    {
        await SubmitExtraction();
        var job = await LeaseExtraction();
        var (right, wrong) = (RandomNumberGenerator.GetBytes(100_000), RandomNumberGenerator.GetBytes(100_000));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(right));
        var place = new HomeFolder(home).Features(job.Key);

        Assert.Equal(HttpStatusCode.BadRequest, (await Put("features", job.Key, sha256, wrong)).Status);
        Assert.Contains("refused", (await Put("features", job.Key, sha256, wrong)).Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put("features", job.Key, sha256, right, announced: 99_999)).Status);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(place)!, "*", new EnumerationOptions { AttributesToSkip = 0 }));

        Assert.Equal(HttpStatusCode.OK, (await Put("features", job.Key, sha256, right[..60_000], announced: 100_000)).Status);
        Assert.False(File.Exists(place));
        Assert.Equal(new ReceivedBytes(60_000, false), await Received("features", job.Key, sha256));
        // What was sent already is not taken twice.
        Assert.Contains("60000", (await Put("features", job.Key, sha256, right[..60_000], announced: 100_000)).Text);
        Assert.Equal(HttpStatusCode.OK, (await Put("features", job.Key, sha256, right[60_000..], announced: 100_000, offset: 60_000)).Status);
        Assert.Equal(right, File.ReadAllBytes(place));
        Assert.Equal(new ReceivedBytes(100_000, true), await Received("features", job.Key, sha256));
        Assert.Equal([place], Directory.GetFiles(Path.GetDirectoryName(place)!, "*", new EnumerationOptions { AttributesToSkip = 0 }));

        // Once a result is stored, another attempt's file does not take the place of its.
        await Post<Completion>($"api/jobs/{job.Key}/attempts/1/complete", new CompleteRequest(job.Kind, "local/t0", CanonicalJson.Write(new ExtractResult(sha256, 100_000, 1, 1, 1, 1)),
            new RunInfo(0, 0, "cpu", "t", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty)));
        Assert.Equal(HttpStatusCode.Conflict, (await Put("features", job.Key, Convert.ToHexStringLower(SHA256.HashData(wrong)), wrong)).Status);
        Assert.Equal(right, File.ReadAllBytes(place));

        using var range = new HttpRequestMessage(HttpMethod.Get, $"api/artefacts/features/{job.Key}");
        range.Headers.Range = new RangeHeaderValue(99_990, null);
        using var part = await http.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(right[99_990..], await part.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("features", Key)]           // no such job
    [InlineData("checkpoints", Key)]
    [InlineData("manifests", Key)]          // jobs do not make these
    [InlineData("models", Key)]
    [InlineData("features", "..%2F..%2Fe2v.db")]
    [InlineData("features", "x")]
    [InlineData("secrets", Key)]
    public async Task Nothing_else_is_taken(string kind, string name)
    {
        var (status, _) = await Put(kind, name, Key, [1, 2, 3]);
        Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.BadRequest, HttpStatusCode.NotFound]);
        Assert.Contains((await http.GetAsync($"api/artefacts/{kind}/{name}")).StatusCode, (HttpStatusCode[])[HttpStatusCode.BadRequest, HttpStatusCode.NotFound]);
        Assert.Empty(Directory.GetFiles(Path.Combine(home, "features")));
    }

    private static JoinRequest Request(string id, params JoinedSlot[] slots) => new(id, JobSpec.Recipes, [.. slots], []);

    private async Task<JoinAnswer> Join(string machine, string id, params JoinedSlot[] slots) => (await Post<JoinAnswer>($"api/joiners/{machine}", Request(id, slots)))!;

    private async Task<WorkerVerdict> Report(WorkerReport report) => (await Post<WorkerVerdict>("api/slots/worker", report))!;

    private async Task<Assignment> Lease() => (await (await http.PostAsync("api/slots/lease?slot=box/cpu0&joined=true", null)).Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;

    private async Task<SlotRow[]> Slots() => (await http.GetFromJsonAsync<SlotRow[]>("api/slots", CanonicalJson.Options))!;

    private async Task<string> Submit(string grid) => (await Post<SubmitAnswer>("api/experiments", new SubmitRequest(grid, Path.Combine(data, "grid.yaml"), data)))!.Experiment!;

    /// <summary>A grid over short sounds; returns the manifest's hash.</summary>
    private async Task<string> SubmitExtraction()
    {
        Sounds.Write(data);
        await Submit("name: e\ncorpora: [tiny.csv]\nupstreams: [fbank]\nprotocols: [random5]\n");
        return Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(Path.Combine(home, "manifests"))));
    }

    private async Task<Assignment> LeaseExtraction() => (await (await http.PostAsync("api/slots/lease?slot=local/t0", null)).Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;

    private async Task<(HttpStatusCode Status, string Text)> Put(string kind, string name, string sha256, byte[] bytes, int? announced = null, int offset = 0)
    {
        using var answer = await http.PutAsync($"api/artefacts/{kind}/{name}?sha256={sha256}&bytes={announced ?? bytes.Length}&offset={offset}", new ByteArrayContent(bytes));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<ReceivedBytes> Received(string kind, string name, string sha256) =>
        (await http.GetFromJsonAsync<ReceivedBytes>($"api/artefacts/{kind}/{name}/received?sha256={sha256}", CanonicalJson.Options))!;

    private async Task<string> Refusal(string grid)
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest(grid, "grid.yaml", data), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<T?> Post<T>(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<T>(CanonicalJson.Options);
    }

    private static async Task Until(Func<Task<bool>> so, string what)
    {
        for (var until = DateTime.UtcNow.AddMinutes(2); !await so(); await Task.Delay(50)) Assert.True(DateTime.UtcNow < until, what);
    }
}
