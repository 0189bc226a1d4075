using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.EndToEnd.Tests;
using Emotion2Vec.Silo;
using Emotion2Vec.Silo.Api;
using Microsoft.Playwright;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Emotion2Vec.Browser.Tests;

/// <summary>
/// A silo with real results and a browser, for all tests of the collection. Results come from a grid over a tiny corpus that is trained before the
/// first test; <c>E2V_BROWSER_HOME</c> names a copy of a home to show instead, for pictures of real speech.
/// </summary>
public sealed class Dashboard : IAsyncLifetime
{
    private TestHome? home;
    private SiloHost? silo;
    private Chromium? chromium;
    private string why = "";

    /// <summary>Where pictures go.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(Emotion2Vec.Tests.TestData.Repository, "artifacts", "screenshots")).FullName;

    public Uri Address => silo!.Address;

    public HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (chromium, why) = await Chromium.Start();
        if (chromium is null) return;
        var shown = Environment.GetEnvironmentVariable("E2V_BROWSER_HOME");
        home = new TestHome();
        if (string.IsNullOrEmpty(shown)) (await home.RunAsync("run", home.Grid(epochs: 20))).Succeeded();
        silo = await SiloHost.StartAsync(new SiloOptions
        {
            Home = string.IsNullOrEmpty(shown) ? home.Path : shown, CpuSlots = 1,
            WorkerCommand = ["dotnet", Path.Combine(E2v.Folder, "e2v.dll"), "worker"],
        });
        Http = new HttpClient { BaseAddress = silo.Address };
    }

    public async Task DisposeAsync()
    {
        Http?.Dispose();
        if (silo is not null) await silo.DisposeAsync();
        if (chromium is not null) await chromium.DisposeAsync();
        home?.Dispose();
    }

    /// <summary>A window of its own; skips the test where there is no browser.</summary>
    internal async Task<Window> Open(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, Uri? at = null)
    {
        Skip.If(chromium is null, why);
        var context = await chromium.Browser.NewContextAsync(new() { BaseURL = (at ?? Address).ToString(), ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, AcceptDownloads = true });
        context.SetDefaultTimeout(120_000);
        context.SetDefaultNavigationTimeout(120_000);
        return new Window(context, await context.NewPageAsync(), at ?? Address);
    }

    /// <summary>Submits a grid; returns the experiment's id.</summary>
    public async Task<string> Submit(string yaml)
    {
        using var answer = await Http.PostAsJsonAsync("api/experiments", new SubmitRequest(yaml, "grid.yaml", ""), CanonicalJson.Options);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
    }

    internal async Task<T> Get<T>(string path) => (await Http.GetFromJsonAsync<T>(path, CanonicalJson.Options))!;
}

/// <summary>One window, which remembers what went wrong in it.</summary>
internal sealed class Window : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> faults = [];

    public Window(IBrowserContext context, IPage page, Uri silo)
    {
        (this.context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") faults.Add($"console: {message.Text}");
        };
        page.PageError += (_, error) => faults.Add($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(silo.ToString(), StringComparison.Ordinal)) faults.Add($"asks {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Nothing was said in the console and no request left the host.</summary>
    public void NoFaults() => Assert.Empty(faults);

    public Task Picture(string name) => Page.ScreenshotAsync(new() { Path = Path.Combine(Dashboard.Pictures, name + ".png"), FullPage = true });

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class DashboardCollection : ICollectionFixture<Dashboard>
{
    public const string Name = "dashboard";
}
