using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Silo.Tests;

/// <summary>A silo that asks for its token: who gets in, and how.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TokenTests : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;
    private SiloHost silo = null!;
    private HttpClient http = null!;

    private string TokenFile => new HomeFolder(home).Token;

    public async Task InitializeAsync()
    {
        silo = await SiloHost.StartAsync(Options());
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = silo.Address };
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await silo.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task It_is_made_once_with_256_bits_for_its_owner_only_and_replaced_on_demand()
    {
        var made = silo.NewToken!;
        Assert.Equal(made, File.ReadAllText(TokenFile).TrimEnd('\n'));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", made);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
        Assert.Empty(HomeText.Holding(home, made, except: TokenFile));

        await silo.DisposeAsync();
        silo = await SiloHost.StartAsync(Options());
        Assert.Null(silo.NewToken);
        Assert.Equal(made, File.ReadAllText(TokenFile).TrimEnd('\n'));

        await silo.DisposeAsync();
        silo = await SiloHost.StartAsync(Options() with { Token = false, NewToken = true });
        Assert.NotEqual(made, silo.NewToken);
        using var old = SiloHttp.Create(silo.Address, new Credentials(made, null), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await old.GetAsync("api/slots")).StatusCode);
    }

    [Fact]
    public async Task A_token_file_that_others_can_read_is_refused()
    {
        await silo.DisposeAsync();
        File.SetUnixFileMode(TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("others can read", (await Assert.ThrowsAsync<InputException>(() => SiloHost.StartAsync(Options()))).Message);
        File.SetUnixFileMode(TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        silo = await SiloHost.StartAsync(Options());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/leaderboard")]
    [InlineData("/leaderboard/export")]
    [InlineData("/api/experiments")]
    [InlineData("/api/jobs/00")]
    [InlineData("/api/figures/leaderboard")]
    [InlineData("/audio/0000000000000000000000000000000000000000000000000000000000000000/0")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/nothing")]
    public async Task Without_it_everything_is_refused_in_one_line_and_with_it_nothing_is(string path)
    {
        foreach (var wrong in (string?[])[null, "Bearer", "Bearer ", "Bearer wrong", $"Bearer {silo.NewToken}x", $"Basic {silo.NewToken}", silo.NewToken])
        {
            using var answer = await Get(path, wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
            Assert.DoesNotContain('\n', (await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error);
        }
        using var known = await Get(path, $"Bearer {silo.NewToken}");
        Assert.NotEqual(HttpStatusCode.Unauthorized, known.StatusCode);
    }

    [Fact]
    public async Task Workers_need_it_too()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("api/slots/lease?slot=test/0", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("api/experiments", new SubmitRequest("name: t\nnoop: {jobs: 1, group: t}\n", "t.yaml", ""))).StatusCode);
        using var worker = SiloHttp.Create(silo.Address, new Credentials(silo.NewToken, null), TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsJsonAsync("api/experiments", new SubmitRequest("name: t\nnoop: {jobs: 1, group: t}\n", "t.yaml", ""))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("api/slots/lease?slot=test/0", null)).StatusCode);
    }

    [Fact]
    public async Task Health_is_open_and_tells_nothing_else()
    {
        using var answer = await Get("/healthz", null);
        Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_browser_is_asked_for_it_and_brought_to_where_it_wanted()
    {
        using var page = await Get("/leaderboard?corpus=x", null, ("Accept", "text/html"));
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in?to=%2Fleaderboard%3Fcorpus%3Dx"), (page.StatusCode, page.Headers.Location!.OriginalString));
        var form = await (await Get("/sign-in?to=%2Fleaderboard%3Fcorpus%3Dx", null)).Content.ReadAsStringAsync();
        Assert.Contains("""name="to" value="/leaderboard?corpus=x" """.Trim(), form);

        using var wrong = await SignIn("not it", "/");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using var right = await SignIn(silo.NewToken!, "/leaderboard?corpus=x");
        Assert.Equal((HttpStatusCode.Redirect, "/leaderboard?corpus=x"), (right.StatusCode, right.Headers.Location!.OriginalString));
        var cookie = right.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        Assert.DoesNotContain("secure", cookie);
        Assert.DoesNotContain(silo.NewToken!, cookie);

        var value = cookie.Split(';')[0];
        foreach (var path in (string[])["/", "/leaderboard", "/leaderboard/export", "/api/experiments"])
            Assert.Equal(HttpStatusCode.OK, (await Get(path, null, ("Cookie", value))).StatusCode);
        using var stream = await Get("/", null, ("Cookie", value), ("Accept", "text/event-stream"));
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Sign out", await (await Get("/", null, ("Cookie", value))).Content.ReadAsStringAsync());

        var (name, until) = (value.Split('=')[0], value.Split('=')[1].Split('.'));
        foreach (var forged in (string[])["", "x", $"{until[0]}.", $"{long.Parse(until[0]) + 1}.{until[1]}", $"99999999999.{until[1]}", silo.NewToken!])
            Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/api/experiments", null, ("Cookie", $"{name}={forged}"))).StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/\\elsewhere.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task Signing_in_never_leads_to_another_site(string to)
    {
        using var answer = await SignIn(silo.NewToken!, to);
        Assert.Equal("/", answer.Headers.Location!.OriginalString);
        var page = await (await Get($"/sign-in?to={Uri.EscapeDataString(to)}", null)).Content.ReadAsStringAsync();
        Assert.Contains("""name="to" value="/" """.Trim(), page);
    }

    [Fact]
    public void A_cookie_counts_for_thirty_days()
    {
        var token = AccessToken.Open(new HomeFolder(home));
        var now = DateTimeOffset.UtcNow;
        var (value, until) = token.SignIn(now);
        Assert.True(token.SignedIn(value, now.AddDays(29.9)));
        Assert.False(token.SignedIn(value, now.AddDays(30.1)));
        Assert.Equal(30, (until - now).TotalDays, 0.01);
    }

    [Fact]
    public async Task Guesses_are_limited_and_callers_with_the_token_are_not()
    {
        // One address for both, as behind a common router.
        using var known = SiloHttp.Create(silo.Address, new Credentials(silo.NewToken, null), TimeSpan.FromMinutes(1));
        HttpResponseMessage last = null!;
        for (var i = 0; i < 60 && last?.StatusCode != HttpStatusCode.TooManyRequests; i++) last = await SignIn("guess", "/");
        Assert.Equal(HttpStatusCode.TooManyRequests, last.StatusCode);
        Assert.True(last.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("too many", (await last.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignIn(silo.NewToken!, "/")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Get("/api/slots", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get("/healthz", null)).StatusCode);

        // More than any limit lets through in the time that this takes.
        await Parallel.ForEachAsync(Enumerable.Range(0, 600), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, cancel) =>
            Assert.Equal(HttpStatusCode.OK, (await known.GetAsync("api/slots", cancel)).StatusCode));
    }

    private SiloOptions Options() => new() { Home = home, CpuSlots = 0, WorkerCommand = ["none"], Token = true };

    private async Task<HttpResponseMessage> Get(string path, string? authorization, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private Task<HttpResponseMessage> SignIn(string token, string to) =>
        http.PostAsync("/sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token, ["to"] = to }));
}
