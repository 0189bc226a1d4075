using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;

namespace Emotion2Vec.Silo.Tests;

/// <summary>The pages of a real silo as a browser's requests see them; what they look like is for the tests in a browser.</summary>
public sealed class PagesTests : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;
    private SiloHost silo = null!;
    private HttpClient http = null!;

    public async Task InitializeAsync()
    {
        silo = await SiloHost.StartAsync(new SiloOptions { Home = home, WorkerCommand = ["true"], CpuSlots = 0 });
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = silo.Address };
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await silo.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Theory]
    [InlineData("/", "no experiment")]
    [InlineData("/leaderboard", "no result yet")]
    [InlineData("/paper", "Table 4")]
    [InlineData("/paper/table4", "EmoDB")]
    [InlineData("/corpora", "Known, not read yet")]
    [InlineData("/slots", "no slots")]
    [InlineData("/pretraining", "No model has been trained")]
    public async Task Pages_of_an_empty_store_say_what_to_do(string address, string text)
    {
        using var answer = await http.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync());
        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Theory]
    [InlineData("/experiments/none", HttpStatusCode.NotFound)]
    [InlineData("/jobs/zz", HttpStatusCode.NotFound)]
    [InlineData("/corpora/..%2F..%2Fe2v", HttpStatusCode.NotFound)]
    [InlineData("/audio/..%2F..%2Fe2v/0", HttpStatusCode.NotFound)]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    [InlineData("/leaderboard?sort=%3Cscript%3E", HttpStatusCode.BadRequest)]
    public async Task What_is_not_there_is_said_without_markup_of_the_address(string address, HttpStatusCode status)
    {
        using var answer = await http.GetAsync(address);
        Assert.Equal(status, answer.StatusCode);
        Assert.DoesNotContain("<script>", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_stream_sends_a_part_again_when_it_has_changed_and_only_then()
    {
        var id = await Submit();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/experiments/{id}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Contains("0 of 2 done", await Event(reader, "progress"));

        var job = (await http.PostAsync("api/slots/lease?slot=test/0", null)).Content;
        var leased = (await job.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;
        await http.PostAsJsonAsync($"api/jobs/{leased.Key}/attempts/1/complete",
            new CompleteRequest(leased.Kind, "test/0", "{}", new RunInfo(1, 1, "cpu", "test", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty)), CanonicalJson.Options);
        var next = await Event(reader, "progress");
        while (!next.Contains("1 of 2 done")) next = await Event(reader, "progress");
    }

    [Fact]
    public async Task A_form_cancels_and_another_sites_form_does_not()
    {
        var id = await Submit();
        using var foreign = new HttpRequestMessage(HttpMethod.Post, $"/experiments/{id}/cancel");
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var refused = await http.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("running", (await Status(id)).State);

        using var own = new HttpRequestMessage(HttpMethod.Post, $"/experiments/{id}/cancel");
        own.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var done = await http.SendAsync(own);
        Assert.Equal((HttpStatusCode.Redirect, $"/experiments/{id}"), (done.StatusCode, done.Headers.Location!.OriginalString));
        Assert.Equal("cancelled", (await Status(id)).State);
    }

    [Fact]
    public void Values_are_escaped_and_markup_is_not()
    {
        Html[] list = [Html.Text("a<b"), Html.Text("&")];
        Assert.Equal("""<p title="&quot;&gt;&lt;i&gt;">&lt;b&gt; 0.5 a&lt;b&amp;<br></p>""", Html.Of($"""<p title="{"\"><i>"}">{"<b>"} {0.5:0.0} {list}{Html.Of($"<br>")}</p>""").ToString());
    }

    [Fact]
    public void Text_has_enough_contrast_in_both_themes()
    {
        var colours = FigureStyle.All;
        foreach (var (ground, text) in from g in new[] { "page", "surface", "raised" } from t in new[] { "ink", "muted", "accent", "good", "bad", "warn", "busy" } select (g, t))
        {
            Assert.True(Contrast(colours[ground].Light, colours[text].Light) >= 4.5, $"{text} on {ground}, light: {Contrast(colours[ground].Light, colours[text].Light)}");
            Assert.True(Contrast(colours[ground].Dark, colours[text].Dark) >= 4.5, $"{text} on {ground}, dark: {Contrast(colours[ground].Dark, colours[text].Dark)}");
        }
        foreach (var i in Enumerable.Range(0, FigureStyle.Series))
        {
            Assert.True(Contrast(colours["surface"].Light, colours[$"s{i}"].Light) >= 3, $"s{i}, light");
            Assert.True(Contrast(colours["surface"].Dark, colours[$"s{i}"].Dark) >= 3, $"s{i}, dark");
        }
    }

    // WCAG 2.2, relative luminance and contrast ratio.
    private static double Contrast(string a, string b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);

        static double Luminance(string hex)
        {
            double Channel(int at)
            {
                var c = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
                return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
            }
            return (0.2126 * Channel(1)) + (0.7152 * Channel(3)) + (0.0722 * Channel(5));
        }
    }

    private static async Task<string> Event(StreamReader reader, string name)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            var line = await reader.ReadLineAsync(patience.Token) ?? throw new EndOfStreamException("the stream ended");
            if (line != $"event: {name}") continue;
            var data = new List<string>();
            while (await reader.ReadLineAsync(patience.Token) is { Length: > 0 } next) data.Add(next);
            return string.Join('\n', data);
        }
    }

    private async Task<string> Submit()
    {
        using var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest("name: test\nnoop: {jobs: 2, group: t}\n", "grid.yaml", ""), CanonicalJson.Options);
        return (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
    }

    private async Task<ExperimentStatus> Status(string id) => (await http.GetFromJsonAsync<ExperimentStatus>($"api/experiments/{id}", CanonicalJson.Options))!;
}
