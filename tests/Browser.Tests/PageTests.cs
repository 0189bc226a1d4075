using Emotion2Vec.Silo.Api;
using Microsoft.Playwright;

namespace Emotion2Vec.Browser.Tests;

/// <summary>Every page with real results: it renders, says nothing in the console, asks no other host, fits every window, and everybody can use it.</summary>
[Collection(DashboardCollection.Name)]
public sealed class PageTests(Dashboard dashboard)
{
    public static TheoryData<string> Pages => ["experiments", "experiment", "job", "leaderboard", "compare", "papers", "paper", "corpora", "corpus", "slots", "pretraining", "embedding"];

    [SkippableTheory]
    [MemberData(nameof(Pages))]
    public async Task Renders_in_both_themes_and_all_widths(string name)
    {
        foreach (var (width, scheme) in new[] { (1600, ColorScheme.Light), (1600, ColorScheme.Dark), (360, ColorScheme.Light), (360, ColorScheme.Dark) })
        {
            await using var window = await dashboard.Open(width, scheme: scheme);
            var answer = await window.Page.GotoAsync(await Address(name));
            Assert.Equal(200, answer!.Status);
            await Assertions.Expect(window.Page.Locator("h1")).ToBeVisibleAsync();
            // What is computed behind the page arrives over its stream.
            if (name == "leaderboard") await Assertions.Expect(window.Page.Locator("main")).Not.ToContainTextAsync("no comparison yet", new() { Timeout = 300_000 });
            if (name == "embedding") await Assertions.Expect(window.Page.Locator(".map svg")).ToBeVisibleAsync(new() { Timeout = 300_000 });
            Assert.True(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name} is wider than {width}");
            if (width < 640) Assert.True(await window.Page.EvaluateAsync<bool>("[...document.querySelectorAll('.list')].every(l => l.scrollWidth <= l.parentElement.clientWidth)"), $"a list of {name} does not fit {width}");
            await window.Picture($"{name}-{width}-{scheme}".ToLowerInvariant());
            window.NoFaults();
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Pages))]
    public async Task Has_no_serious_barrier(string name)
    {
        Skip.IfNot(Axe.Available, "needs npm and its registry for axe-core");
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var window = await dashboard.Open(scheme: scheme);
            await window.Page.GotoAsync(await Address(name));
            Assert.Empty(await Axe.Serious(window.Page));
        }
    }

    /// <summary>The address of a page, found as a reader would: from what the silo lists.</summary>
    private async Task<string> Address(string name)
    {
        Skip.If(dashboard.Http is null, "needs chromium");
        var rows = await dashboard.Get<LeaderboardRow[]>("api/leaderboard");
        var experiment = (await dashboard.Get<ExperimentStatus[]>("api/experiments")).First(e => e is { State: "succeeded", Total: > 20 });
        switch (name)
        {
            case "experiments": return "/";
            case "experiment": return $"/experiments/{experiment.Id}";
            case "job": return $"/jobs/{(await dashboard.Get<JobRow[]>($"api/experiments/{experiment.Id}/jobs?take=1000")).First(j => j.Kind == "fold").Key}";
            case "compare":
                var pair = rows.GroupBy(r => (r.Corpus, r.Protocol)).First(g => g.Count() > 1).ToArray();
                return "/compare?" + string.Join('&', pair[..2].Select(r => $"row={Uri.EscapeDataString($"{r.Corpus}/{r.Protocol}/{r.Upstream}/{r.Head}")}"));
            case "papers": return "/paper";
            case "paper": return "/paper/table4";
            case "corpus":
                var listing = await dashboard.Http.GetStringAsync("/corpora");
                return listing[listing.IndexOf("/corpora/", StringComparison.Ordinal)..][..("/corpora/".Length + 64)];
            default: return $"/{name}";
        }
    }
}
