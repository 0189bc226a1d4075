using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Silo.Tests;

/// <summary>What a silo tells about itself: figures, health, logs, spans, and that nothing moves.</summary>
public sealed partial class ObservabilityTests : IAsyncLifetime
{
    private const string Slot = "local/cpu0";
    private readonly TemporaryFolder home = new();
    private SiloHost silo = null!;
    private HttpClient http = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        http?.Dispose();
        if (silo is not null) await silo.DisposeAsync();
        home.Dispose();
    }

    [Fact]
    public async Task Metrics_count_jobs_attempts_commits_and_dispatch()
    {
        await Start();
        var fresh = Sample(await http.GetStringAsync("metrics"));
        Assert.Equal(0, fresh["e2v_jobs{state=\"queued\"}"]);

        await Submit(jobs: 4);
        var first = await Lease();
        await Complete(first, "{}");
        await Complete(await Lease(), "{}");
        var failing = await Lease();
        await Post($"api/jobs/{failing.Key}/attempts/1/fail", new FailRequest(failing.Kind, Slot, "broken", false));

        var now = Sample(await http.GetStringAsync("metrics"));
        Assert.Equal(2, now["e2v_jobs{state=\"succeeded\"}"]);
        Assert.Equal(1, now["e2v_jobs{state=\"failed\"}"]);
        Assert.Equal(1, now["e2v_jobs{state=\"queued\"}"]);
        Assert.Equal(2, now["e2v_attempts_total{state=\"succeeded\"}"]);
        Assert.Equal(1, now["e2v_attempts_total{state=\"failed\"}"]);
        Assert.Equal(3, now["e2v_dispatch_lag_seconds_count"]);
        Assert.True(now["e2v_dispatch_lag_seconds_sum"] > 0);
        Assert.InRange(now["e2v_store_commit_seconds_count"], 7, 100);
        Assert.True(now["e2v_slot_busy_seconds_total"] > 0);
        Assert.Equal(0, now["e2v_stalled"]);
        Assert.Contains(now.Keys, k => k.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slots_in_work_show_in_their_states_and_in_the_utilisation()
    {
        await Start(slots: 4);
        await Submit(jobs: 4);
        await Lease("local/cpu1");
        var now = Sample(await http.GetStringAsync("metrics"));
        Assert.Equal(1, now["e2v_slots{state=\"leased\"}"]);
        Assert.Equal(3, now["e2v_slots{state=\"free\"}"]);
        Assert.Equal(0.25, now["e2v_slot_utilisation"]);
    }

    [Fact]
    public async Task A_silent_worker_is_counted_as_an_expired_lease()
    {
        await Start(lease: TimeSpan.FromSeconds(1));
        await Submit(jobs: 1);
        await Lease();
        await Until(async () => Sample(await http.GetStringAsync("metrics")).GetValueOrDefault("e2v_attempts_total{state=\"lost\"}") >= 1, "an attempt is lost");
        Assert.True(Sample(await http.GetStringAsync("metrics"))["e2v_lease_expiries_total"] >= 1);
    }

    [Fact]
    public async Task The_page_is_in_prometheus_text_format()
    {
        await Start();
        await Submit(jobs: 1);
        await Complete(await Lease(), "{}");
        using var answer = await http.GetAsync("metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var families = new HashSet<string>();
        string? family = null, type = null;
        var bucket = double.NegativeInfinity;
        foreach (var line in (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), line);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(family, line.Split(' ')[2]);
                type = line.Split(' ')[3];
                Assert.Contains(type, (string[])["counter", "gauge", "histogram"]);
                if (type == "counter") Assert.EndsWith("_total", family);
            }
            else
            {
                var sample = SampleLine().Match(line);
                Assert.True(sample.Success, line);
                var name = sample.Groups["name"].Value;
                Assert.Contains(name, type == "histogram" ? (string[])[family + "_bucket", family + "_sum", family + "_count"] : [family!]);
                var value = double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);
                if (!name.EndsWith("_bucket", StringComparison.Ordinal)) bucket = double.NegativeInfinity;
                else if (line.Contains("le=\"+Inf\"")) bucket = double.NegativeInfinity;
                else
                {
                    Assert.True(value >= bucket, line);
                    bucket = value;
                }
            }
        }
        Assert.Contains("e2v_jobs", families);
    }

    [Fact]
    public async Task The_watchdog_reports_free_slots_beside_queued_jobs_and_takes_it_back()
    {
        await Start(slots: 1, stallAfter: TimeSpan.FromSeconds(1));
        Assert.Equal("ok", await http.GetStringAsync("healthz"));
        var id = await Submit(jobs: 2);
        // Its worker is a program that never asks for work.
        await Until(async () => (await http.GetStringAsync("healthz")).StartsWith("ok, but no progress for", StringComparison.Ordinal), "the watchdog reports");
        Assert.Equal(1, Sample(await http.GetStringAsync("metrics"))["e2v_stalled"]);
        Assert.Contains("no progress for", await File.ReadAllTextAsync(Path.Combine(home.Path, "logs", "silo.log")));
        var key = (await http.GetFromJsonAsync<JobRow[]>($"api/experiments/{id}/jobs", CanonicalJson.Options))![0].Key;
        var why = await http.GetFromJsonAsync<JobDetail>($"api/jobs/{key}", CanonicalJson.Options);
        Assert.Contains(why!.Explanation, s => s.Contains("The watchdog reports: no progress"));

        await Lease();
        await Until(async () => await http.GetStringAsync("healthz") == "ok", "the watchdog is content");
    }

    [Fact]
    public async Task Why_tells_of_slots_while_a_job_is_queued_and_of_its_progress_while_it_runs()
    {
        await Start(slots: 2);
        var id = await Submit(jobs: 2);
        var job = await Lease();
        await Post($"api/jobs/{job.Key}/attempts/1/heartbeat", new HeartbeatRequest(job.Kind, new JobProgress(3, 40, "loss 0.5")));
        var running = await http.GetFromJsonAsync<JobDetail>($"api/jobs/{job.Key}", CanonicalJson.Options);
        Assert.Matches($"Attempt 1 runs on {Slot}, for \\d+ s, 3 of 40 \\(loss 0.5\\); its worker was heard \\d+ s ago", Assert.Single(running!.Explanation));
        var other = (await http.GetFromJsonAsync<JobRow[]>($"api/experiments/{id}/jobs?state=queued", CanonicalJson.Options))!.Single();
        var queued = await http.GetFromJsonAsync<JobDetail>($"api/jobs/{other.Key}", CanonicalJson.Options);
        Assert.Contains("Of 2 slots 1 work, 1 are free and 0 are quarantined.", queued!.Explanation);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_makes_the_silo_unhealthy()
    {
        await Start();
        Assert.Equal("ok", await http.GetStringAsync("healthz"));
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(home.Path, "e2v.db")}"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "ALTER TABLE jobs RENAME TO gone";
            await command.ExecuteNonQueryAsync();
        }
        using var answer = await http.GetAsync("healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task Logs_are_json_with_named_values_where_asked_for()
    {
        await Start(json: true);
        await Submit(jobs: 1);
        var job = await Lease();
        await Post($"api/jobs/{job.Key}/attempts/1/fail", new FailRequest(job.Kind, Slot, "a \"quoted\"\nerror", false));
        var lines = (await File.ReadAllLinesAsync(Path.Combine(home.Path, "logs", "silo.log"))).Select(l => JsonNode.Parse(l)!).ToList();
        var failed = Assert.Single(lines, l => (string?)l["event"] == "LogFailed");
        Assert.Equal(("Warning", job.Key, 1, "a \"quoted\"\nerror"),
            ((string?)failed["level"], (string?)failed["values"]!["Key"], (int)failed["values"]!["Attempt"]!, (string?)failed["values"]!["Error"]));
    }

    [Fact]
    public async Task Jobs_and_commits_leave_spans_where_asked_for()
    {
        // Spans are told to everyone in the process, silos of other tests too: a job of a name of its own is found among theirs.
        await Start(traces: true);
        await Submit(jobs: 1, group: "spans");
        var job = await Lease();
        await Complete(job, "{}");
        await Until(() => Task.FromResult(Spans().Any(s => (string?)s["name"] == "job" && Tag(s, "e2v.job") == job.Key)), "the job's span is written");
        var span = Spans().First(s => Tag(s, "e2v.job") == job.Key);
        Assert.Equal(("1", Slot, "Succeeded"), (Tag(span, "e2v.attempt"), Tag(span, "e2v.slot"), Tag(span, "e2v.outcome")));
        Assert.True(long.Parse((string)span["endTimeUnixNano"]!) > long.Parse((string)span["startTimeUnixNano"]!));
        Assert.Equal((32, 16), (((string)span["traceId"]!).Length, ((string)span["spanId"]!).Length));
        Assert.Contains(Spans(), s => (string?)s["name"] == "store.commit");
    }

    private List<JsonNode> Spans()
    {
        var file = Path.Combine(home.Path, "logs", "traces.jsonl");
        if (!File.Exists(file)) return [];
        var lines = File.ReadAllText(file).Split('\n')[..^1];
        return [.. lines.SelectMany(l => JsonNode.Parse(l)!["resourceSpans"]!.AsArray()).SelectMany(r => r!["scopeSpans"]!.AsArray()).SelectMany(s => s!["spans"]!.AsArray()).Select(s => s!)];
    }

    private static string? Tag(JsonNode span, string key) =>
        span["attributes"]!.AsArray().FirstOrDefault(a => (string?)a!["key"] == key)?["value"]!.AsObject().Single().Value!.ToString();

    private async Task Start(int slots = 0, TimeSpan? lease = null, TimeSpan? stallAfter = null, bool json = false, bool traces = false)
    {
        silo = await SiloHost.StartAsync(new SiloOptions
        {
            Home = home.Path, CpuSlots = slots, WorkerCommand = ["sh", "-c", "cat >/dev/null"], JsonLogs = json, Traces = traces,
            Lease = lease ?? TimeSpan.FromSeconds(60), Heartbeat = (lease ?? TimeSpan.FromSeconds(60)) / 5, StallAfter = stallAfter ?? TimeSpan.FromMinutes(30),
        });
        http = new HttpClient { BaseAddress = silo.Address };
    }

    private async Task<string> Submit(int jobs, string group = "t")
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest($"name: t\nnoop: {{jobs: {jobs}, group: {group}}}\n", "grid.yaml", home.Path), CanonicalJson.Options);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
    }

    private async Task<Assignment> Lease(string slot = Slot)
    {
        using var answer = await http.PostAsync($"api/slots/lease?slot={slot}", null);
        return (await answer.Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;
    }

    private Task Complete(Assignment job, string result) => Post($"api/jobs/{job.Key}/attempts/{job.Attempt}/complete", new CompleteRequest(
        job.Kind, Slot, result, new RunInfo(0, 0, "cpu", "test", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty)));

    private async Task Post<T>(string path, T body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task Until(Func<Task<bool>> so, string what)
    {
        for (var tries = 0; !await so(); tries++)
        {
            Assert.True(tries < 2400, $"never: {what}");
            await Task.Delay(50);
        }
    }

    private static Dictionary<string, double> Sample(string text) =>
        text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (?<value>\S+)$""")]
    private static partial Regex SampleLine();
}
