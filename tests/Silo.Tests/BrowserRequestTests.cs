using System.Net;
using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Tests;

/// <summary>A silo on loopback without a token: what pages of other sites cannot make a browser do, how large requests may be, and what answers tell a browser.</summary>
public sealed class BrowserRequestTests : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;
    private SiloHost silo = null!;
    private HttpClient http = null!;

    public async Task InitializeAsync()
    {
        silo = await SiloHost.StartAsync(new SiloOptions { Home = home, CpuSlots = 0, WorkerCommand = ["none"] });
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = silo.Address };
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await silo.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public void No_token_is_made_where_none_is_needed()
    {
        Assert.Null(silo.NewToken);
        Assert.False(File.Exists(Path.Combine(home, "token")));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    [InlineData("Origin", "http://elsewhere.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "own", HttpStatusCode.OK)]
    [InlineData("X-Program", "no browser", HttpStatusCode.OK)]
    public async Task Another_sites_page_changes_nothing(string header, string value, HttpStatusCode status)
    {
        if (value == "own") value = $"http://{silo.Address.Authority}";
        var id = await Submit("name: test\nnoop: {jobs: 2, group: t}\n");
        foreach (var path in (string[])[$"/api/experiments/{id}/cancel", "/api/slots/lease?slot=test/0", "/api/experiments"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            if (path == "/api/experiments") request.Content = JsonContent.Create(new SubmitRequest("name: other\nnoop: {jobs: 1, group: o}\n", "grid.yaml", ""));
            request.Headers.Add(header, value);
            using var answer = await http.SendAsync(request);
            if (status == HttpStatusCode.OK) Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            else
            {
                Assert.Equal(status, answer.StatusCode);
                Assert.Contains("other sites", (await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error);
            }
            if (status == HttpStatusCode.OK && path.EndsWith("cancel")) await Submit("name: test\nnoop: {jobs: 2, group: t}\n");
        }
        var all = (await http.GetFromJsonAsync<ExperimentStatus[]>("api/experiments", CanonicalJson.Options))!;
        if (status != HttpStatusCode.OK) Assert.Equal((1, 2, 0), (all.Length, all[0].Queued, all[0].Running));
    }

    [Theory]
    [InlineData("rebound.example")]
    [InlineData("192.0.2.7:80")]
    [InlineData("127.0.0.1.example")]
    [InlineData("localhost.example:5005")]
    public async Task A_host_that_was_renamed_to_this_address_is_refused_even_for_reading(string host)
    {
        foreach (var path in (string[])["/", "/api/experiments", "/healthz", "/metrics"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
        foreach (var own in (string[])["localhost", $"localhost:{silo.Address.Port}", "[::1]:5005", "127.0.0.1"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/experiments") { Headers = { Host = own } };
            Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task A_body_is_a_megabyte_at_most_and_that_of_a_result_sixty_four()
    {
        using var large = await http.PostAsJsonAsync("api/experiments", new SubmitRequest("# " + new string('x', 1 << 20), "grid.yaml", ""), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Contains("larger", (await large.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error);

        await Submit("name: test\nnoop: {jobs: 1, group: t}\n");
        var job = (await (await http.PostAsync("api/slots/lease?slot=test/0", null)).Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;
        var run = new RunInfo(1, 1, "cpu", "test", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);
        using var result = await http.PostAsJsonAsync($"api/jobs/{job.Key}/attempts/1/complete", new CompleteRequest(job.Kind, "test/0", $$"""{"x":"{{new string('x', 2 << 20)}}"}""", run), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.OK, result.StatusCode);
        using var beat = await http.PostAsJsonAsync($"api/jobs/{job.Key}/attempts/1/heartbeat", new HeartbeatRequest(job.Kind, new JobProgress(1, 2, new string('x', 2 << 20))), CanonicalJson.Options);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, beat.StatusCode);
        using var announced = new HttpRequestMessage(HttpMethod.Post, $"api/jobs/{job.Key}/attempts/1/complete") { Content = new ByteArrayContent(new byte[(64 << 20) + 1]) };
        announced.Content.Headers.ContentType = new("application/json");
        announced.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await http.SendAsync(announced)).StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/experiments")]
    [InlineData("/api/experiments/none")]
    [InlineData("/nothing")]
    [InlineData("/api/nothing")]
    [InlineData("/metrics")]
    [InlineData("/healthz")]
    [InlineData("/api/figures/leaderboard")]
    [InlineData("/leaderboard/export?format=csv")]
    public async Task Every_answer_says_what_a_browser_may_do_with_it(string path)
    {
        using var answer = await http.GetAsync(path);
        var policy = Header("Content-Security-Policy");
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("script-src 'unsafe", policy);
        if (answer.Content.Headers.ContentType?.MediaType == "text/html") Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("DENY", Header("X-Frame-Options"));
        Assert.Equal("same-origin", Header("Referrer-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
        Assert.False(answer.Headers.Contains("Server"));

        string Header(string name) => string.Join(';', answer.Headers.GetValues(name));
    }

    private async Task<string> Submit(string grid)
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest(grid, "grid.yaml", ""), CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
    }
}
