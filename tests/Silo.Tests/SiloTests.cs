using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Tests;

/// <summary>The HTTP API of a real silo, with the test in the place of its workers.</summary>
public sealed class SiloTests : IAsyncLifetime
{
    private const string Slot = "local/test0";
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;
    private SiloHost silo = null!;
    private HttpClient http = null!;

    public Task InitializeAsync() => Start();

    public async Task DisposeAsync()
    {
        await Stop();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_grid_of_jobs_goes_through_the_api_to_its_end()
    {
        var submitted = await Submit(Grid(jobs: 3));
        Assert.Equal((3, 3, 0), (submitted.Jobs, submitted.New, submitted.Done));
        var status = await Status(submitted.Experiment!);
        Assert.Equal(("running", 3), (status.State, status.Queued));

        for (var i = 0; i < 3; i++)
        {
            var job = await Lease();
            Assert.Equal(Directive.Continue, (await Post<HeartbeatAnswer>($"api/jobs/{job.Key}/attempts/1/heartbeat", new HeartbeatRequest(job.Kind, new JobProgress(1, 2, "half")))).Directive);
            var current = Assert.Single((await Status(submitted.Experiment!)).Current);
            Assert.Equal((job.Key, Slot, "half"), (current.Key, current.Slot, current.Progress!.Message));
            Assert.True((await Complete(job)).Accepted);
        }
        status = await Status(submitted.Experiment!);
        Assert.Equal(("succeeded", 3), (status.State, status.Succeeded));
        Assert.NotNull(status.Finished);

        var again = await Submit(Grid(jobs: 3));
        Assert.Equal((submitted.Experiment, 0, 3), (again.Experiment, again.New, again.Done));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        var answer = await Post<SubmitAnswer>("api/experiments", new SubmitRequest(Grid(jobs: 5), "grid.yaml", "", DryRun: true));
        Assert.Null(answer.Experiment);
        Assert.Equal(5, answer.Jobs);
        Assert.Empty(await Get<ExperimentStatus[]>("api/experiments"));
    }

    [Theory]
    [InlineData("grids:\n  - corpora: [emodbb]\n    upstreams: [mfcc]\n    protocols: [random10]\n", "emodb")]
    [InlineData("corpora: [emodb]\nupstreams: [mfc]\nprotocols: [random10]\n", "mfcc")]
    [InlineData("corpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random11]\n", "random10")]
    [InlineData("corpora: [emodb\nupstreams: [mfcc]\n", "grid.yaml:")]
    [InlineData("corpora: [emodb]\nupstream: [mfcc]\nprotocols: [random10]\n", "upstreams")]
    public async Task Wrong_input_is_one_line_and_stores_nothing(string grid, string hint)
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest(grid, "grid.yaml", home), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error;
        Assert.Contains(hint, error);
        Assert.DoesNotContain('\n', error);
        Assert.Empty(await Get<ExperimentStatus[]>("api/experiments"));
    }

    [Fact]
    public async Task Cancel_and_submit_again()
    {
        var id = (await Submit(Grid(jobs: 2))).Experiment!;
        var running = await Lease();
        Assert.Equal(2, (await Post<ChangedJobs>($"api/experiments/{id}/cancel", null)).Jobs);
        Assert.Equal(Directive.Cancel, (await Post<HeartbeatAnswer>($"api/jobs/{running.Key}/attempts/1/heartbeat", new HeartbeatRequest(running.Kind, null))).Directive);
        (await http.PostAsJsonAsync($"api/jobs/{running.Key}/attempts/1/release", new ReleaseRequest(running.Kind, Slot, "cancelled"), CanonicalJson.Options)).EnsureSuccessStatusCode();
        Assert.Equal(("cancelled", 2), ((await Status(id)).State, (await Status(id)).Cancelled));

        Assert.Equal(2, (await Submit(Grid(jobs: 2))).New);
        Assert.Equal("running", (await Status(id)).State);
    }

    [Fact]
    public async Task A_failed_job_says_why_and_can_be_retried()
    {
        var id = (await Submit(Grid(jobs: 1))).Experiment!;
        var job = await Lease();
        (await http.PostAsJsonAsync($"api/jobs/{job.Key}/attempts/1/fail", new FailRequest(job.Kind, Slot, "the file x.wav is damaged", false), CanonicalJson.Options)).EnsureSuccessStatusCode();
        Assert.Equal("failed", (await Status(id)).State);
        var detail = await Get<JobDetail>($"api/jobs/{job.Key[..12]}");
        Assert.Contains(detail.Explanation, line => line.Contains("x.wav"));
        Assert.Equal("failed", Assert.Single(detail.Attempts).State);
        Assert.Equal(1, (await Post<ChangedJobs>($"api/experiments/{id}/retry", null)).Jobs);
        Assert.Equal(2, (await Lease()).Attempt);
    }

    [Fact]
    public async Task Unknown_things_are_404_and_unknown_states_name_the_nearest()
    {
        foreach (var path in (string[])["api/experiments/none", "api/experiments/none/jobs", "api/jobs/ffff", "api/leaderboard?experiment=none"])
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
        var id = (await Submit(Grid(jobs: 1))).Experiment;
        Assert.Contains("running", await (await http.GetAsync($"api/experiments/{id}/jobs?state=runing")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_second_silo_on_the_same_home_is_refused_with_the_pid_of_the_first()
    {
        var error = await Assert.ThrowsAsync<InputException>(() => SiloHost.StartAsync(Options()));
        Assert.Contains(Environment.ProcessId.ToString(), error.Message);
    }

    [Fact]
    public void A_killed_silo_does_not_live_on_in_a_program_that_got_its_number()
    {
        var other = Directory.CreateTempSubdirectory("e2v-home-");
        using var program = Process.Start("sleep", "60");
        try
        {
            var folder = new HomeFolder(other.FullName);
            void Announce(string? started) => File.WriteAllText(Path.Combine(folder.Root, "silo.json"),
                JsonSerializer.Serialize(new Announcement(program.Id, "http://127.0.0.1:1/", Environment.MachineName, started), JsonSerializerOptions.Web));
            Announce(HomeLock.StartOf(program.Id));
            Assert.Equal(program.Id, HomeLock.Find(folder)?.Pid);
            Announce(HomeLock.StartOf(Environment.ProcessId));
            Assert.Null(HomeLock.Find(folder));
        }
        finally
        {
            program.Kill();
            other.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_start_deletes_what_was_cut_off_long_ago_and_nothing_else()
    {
        var features = Path.Combine(home, "features");
        string[] names = [$".a.feat.{new string('0', 64)}.part", $".b.feat.{Guid.NewGuid():N}.tmp", "c.part", ".d.feat", "e.tmp"];
        foreach (var (folder, age) in ((string, int)[])[(features, 8), (Path.Combine(home, "checkpoints"), 6)])
            foreach (var name in names)
            {
                File.WriteAllText(Path.Combine(folder, name), "");
                File.SetLastWriteTimeUtc(Path.Combine(folder, name), DateTime.UtcNow.AddDays(-age));
            }
        await Stop();
        await Start();
        Assert.Equal([".d.feat", "c.part", "e.tmp"], Directory.GetFiles(features).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(home, "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task After_a_restart_what_ran_is_queued_again_and_what_was_done_is_done()
    {
        var id = (await Submit(Grid(jobs: 2))).Experiment!;
        await Complete(await Lease());
        var running = await Lease();
        await Stop();
        await Start();
        var status = await Status(id);
        Assert.Equal((1, 1, 0), (status.Succeeded, status.Queued, status.Running));
        var again = await Lease();
        Assert.Equal((running.Key, 2), (again.Key, again.Attempt));
    }

    [Fact]
    public async Task Idle_workers_are_answered_as_soon_as_something_is_queued()
    {
        var waiting = Lease();
        await Submit(Grid(jobs: 1));
        Assert.Equal(1, (await waiting).Attempt);
    }

    [Fact]
    public void Without_further_settings_a_silent_worker_is_replaced_within_a_minute_and_a_cancelled_one_told_within_five_seconds()
    {
        // Where the grain with the lease is gone too, the next look gives it a new one.
        Assert.True(2 * Options().Lease + Options().Heartbeat <= TimeSpan.FromSeconds(60));
        Assert.True(2 * Options().Heartbeat < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_api_describes_itself()
    {
        var document = await http.GetStringAsync("openapi/v1.json");
        Assert.Contains("/api/experiments/{id}/cancel", document);
        Assert.Equal("ok", (await http.GetStringAsync("healthz")).Trim('"'));
    }

    private static string Grid(int jobs) => $"name: t\nnoop: {{jobs: {jobs}, group: t}}\n";

    private SiloOptions Options() => new() { Home = home, CpuSlots = 0, WorkerCommand = ["none"] };

    private async Task Start()
    {
        silo = await SiloHost.StartAsync(Options());
        http = new HttpClient { BaseAddress = silo.Address };
    }

    private async Task Stop()
    {
        http.Dispose();
        await silo.DisposeAsync();
    }

    private Task<SubmitAnswer> Submit(string grid) => Post<SubmitAnswer>("api/experiments", new SubmitRequest(grid, "grid.yaml", home));

    private Task<ExperimentStatus> Status(string id) => Get<ExperimentStatus>($"api/experiments/{id}");

    private Task<Assignment> Lease() => Post<Assignment>($"api/slots/lease?slot={Slot}", null);

    private Task<Completion> Complete(Assignment job) => Post<Completion>($"api/jobs/{job.Key}/attempts/{job.Attempt}/complete", new CompleteRequest(
        job.Kind, Slot, "{}", new RunInfo(0, 0, "cpu", "test", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty)));

    private async Task<T> Get<T>(string path) => (await http.GetFromJsonAsync<T>(path, CanonicalJson.Options))!;

    private async Task<T> Post<T>(string path, object? body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<T>(CanonicalJson.Options))!;
    }
}
