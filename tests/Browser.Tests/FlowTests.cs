using System.Text.RegularExpressions;
using Emotion2Vec.EndToEnd.Tests;
using Emotion2Vec.Silo.Api;
using Microsoft.Playwright;

namespace Emotion2Vec.Browser.Tests;

/// <summary>What people do on the pages.</summary>
[Collection(DashboardCollection.Name)]
public sealed class FlowTests(Dashboard dashboard)
{
    private const int Patience = 300_000;

    [SkippableFact]
    public async Task Progress_moves_while_a_grid_runs_without_loading_the_page_anew()
    {
        await using var window = await dashboard.Open();
        var id = await dashboard.Submit("name: moving\nnoop: {jobs: 40, milliseconds: 300, group: moving}\n");
        await window.Page.GotoAsync($"/experiments/{id}");
        await window.Page.EvaluateAsync("window.stayed = true");
        var progress = window.Page.Locator("#progress");
        await Assertions.Expect(progress).ToContainTextAsync("of 40 done");
        var seen = new HashSet<string>();
        while (!(await progress.InnerTextAsync()).Contains("40 of 40 done"))
        {
            if (seen.Add(await progress.Locator(".lead").InnerTextAsync()) && seen.Count == 3) await window.Picture("moving");
            await Task.Delay(200);
        }
        await Assertions.Expect(progress.Locator(".state")).ToHaveTextAsync("succeeded", new() { Timeout = Patience });
        Assert.True(seen.Count >= 3, $"only {string.Join("; ", seen)}");
        Assert.True(await window.Page.EvaluateAsync<bool>("window.stayed"));
        window.NoFaults();
    }

    [SkippableFact]
    public async Task Filters_are_in_the_link_and_the_link_brings_them_back()
    {
        await using var window = await dashboard.Open();
        await window.Page.GotoAsync("/leaderboard");
        var row = (await dashboard.Get<LeaderboardRow[]>("api/leaderboard")).First(r => r.Wa is not null);
        await window.Page.Locator("select[name=upstream]").SelectOptionAsync(row.Upstream);
        await At(new Regex("upstream="));
        Assert.DoesNotContain("corpus=", window.Page.Url);
        await OnlyUpstream();

        await using var other = await dashboard.Open();
        await other.Page.GotoAsync(window.Page.Url);
        Assert.Equal(row.Upstream, await other.Page.Locator("select[name=upstream]").InputValueAsync());

        await window.Page.GetByRole(AriaRole.Link, new() { Name = "UA", Exact = true }).First.ClickAsync();
        await At(new Regex("(?=.*sort=ua)(?=.*upstream=)"));
        await OnlyUpstream();
        window.NoFaults();

        async Task At(Regex address)
        {
            // Asked again and again: waiting for a navigation misses one that has happened.
            await Assertions.Expect(window.Page).ToHaveURLAsync(address, new() { Timeout = Patience });
            await window.Page.WaitForLoadStateAsync();
        }

        async Task OnlyUpstream()
        {
            var shown = await window.Page.Locator(".board tbody th").AllInnerTextsAsync();
            Assert.NotEmpty(shown);
            Assert.All(shown, s => Assert.Equal(row.Upstream, s));
        }
    }

    [SkippableFact]
    public async Task An_export_is_what_the_api_answers()
    {
        await using var window = await dashboard.Open();
        await window.Page.GotoAsync("/leaderboard");
        var download = await window.Page.RunAndWaitForDownloadAsync(() => window.Page.GetByRole(AriaRole.Link, new() { Name = "CSV" }).ClickAsync());
        Assert.Equal("leaderboard.csv", download.SuggestedFilename);
        var lines = (await File.ReadAllTextAsync(await download.PathAsync())).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var rows = await dashboard.Get<LeaderboardRow[]>("api/leaderboard");
        Assert.Equal(1 + rows.Length, lines.Length);
        Assert.StartsWith("corpus,protocol,head,upstream", lines[0]);
        Assert.All(rows.Where(r => r.Wa is not null), r => Assert.Contains(lines, l => l.Contains(r.Upstream) && l.Contains(r.Wa!.Mean.ToString("R", System.Globalization.CultureInfo.InvariantCulture))));
    }

    [SkippableFact]
    public async Task Two_ticked_rows_are_compared_and_the_page_says_whether_the_difference_is_significant()
    {
        await using var window = await dashboard.Open();
        await window.Page.GotoAsync("/leaderboard");
        var section = window.Page.Locator(".board:has(input:enabled)").First;
        await section.Locator("tbody input").Nth(0).CheckAsync();
        await section.Locator("tbody input").Nth(1).CheckAsync();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Compare two rows" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("h1")).ToHaveTextAsync("Two rows compared");
        await Assertions.Expect(window.Page.Locator("main")).ToContainTextAsync("significant at 5 %");
        window.NoFaults();
    }

    [SkippableFact]
    public async Task A_failed_job_is_named_with_its_reason_and_can_be_retried()
    {
        await using var window = await dashboard.Open();
        // A manifest whose audio goes away after its grid was submitted, while another job holds the only slot.
        var hold = await dashboard.Submit("name: hold\nnoop: {jobs: 1, milliseconds: 600000, group: hold}\n");
        var folder = Directory.CreateTempSubdirectory("e2v-browser-").FullName;
        var manifest = TinyCorpus.Write(folder, speakers: 5);
        var id = await dashboard.Submit($"name: broken\ncorpora: [{manifest}]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: [{{name: linear, epochs: 1}}]\n");
        Directory.Delete(folder, recursive: true);
        // Then the slot is free for it.
        using var let = await dashboard.Http.PostAsync($"api/experiments/{hold}/cancel", null);
        let.EnsureSuccessStatusCode();
        await window.Page.GotoAsync($"/experiments/{id}");
        var failures = window.Page.Locator("#failures");
        await Assertions.Expect(failures).ToContainTextAsync("1 job failed, 10 blocked behind it", new() { Timeout = Patience });
        await window.Picture("broken");
        await failures.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync("It failed:");
        await Assertions.Expect(window.Page.Locator("#attempts")).ToContainTextAsync("failed");
        await window.Picture("broken-job");

        await window.Page.GotoAsync($"/experiments/{id}");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Retry broken" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("h1")).ToHaveTextAsync("broken");
        await Assertions.Expect(window.Page.Locator("#failures")).ToContainTextAsync("1 job failed", new() { Timeout = Patience });
        window.NoFaults();
    }

    [SkippableFact]
    public async Task Cancelling_asks_first()
    {
        await using var window = await dashboard.Open();
        var id = await dashboard.Submit("name: cancelled\nnoop: {jobs: 500, milliseconds: 2000, group: cancelled}\n");
        await window.Page.GotoAsync($"/experiments/{id}");
        var cancel = window.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel cancelled" });
        window.Page.Dialog += Refuse;
        await cancel.ClickAsync();
        Assert.Equal("running", (await dashboard.Get<ExperimentStatus>($"api/experiments/{id}")).State);
        window.Page.Dialog -= Refuse;
        window.Page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
        await cancel.ClickAsync();
        await Assertions.Expect(window.Page.Locator("#progress .state")).ToHaveTextAsync("cancelled", new() { Timeout = Patience });

        static async void Refuse(object? sender, IDialog dialog) => await dialog.DismissAsync();
    }

    [SkippableFact]
    public async Task The_theme_stays_and_the_keyboard_reaches_the_content()
    {
        await using var window = await dashboard.Open(scheme: ColorScheme.Light);
        await window.Page.GotoAsync("/leaderboard");
        var light = await Ground();
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Switch to the dark theme" }).ClickAsync();
        Assert.NotEqual(light, await Ground());
        await window.Page.GotoAsync("/");
        Assert.NotEqual(light, await Ground());

        await window.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to the content" })).ToBeFocusedAsync();
        await window.Page.Keyboard.PressAsync("Enter");
        await window.Page.Keyboard.PressAsync("Tab");
        Assert.True(await window.Page.EvaluateAsync<bool>("document.querySelector('main').contains(document.activeElement)"));

        Task<string> Ground() => window.Page.EvaluateAsync<string>("getComputedStyle(document.body.parentElement).backgroundColor");
    }

    [SkippableFact]
    public async Task An_example_of_a_class_plays()
    {
        await using var window = await dashboard.Open();
        // Other tests leave corpora whose audio has gone: their pages have no player.
        var audio = window.Page.Locator("audio").First;
        var corpora = Regex.Matches(await dashboard.Http.GetStringAsync("/corpora"), "/corpora/[0-9a-f]{64}").Select(m => m.Value).ToArray();
        foreach (var corpus in corpora)
        {
            await window.Page.GotoAsync(corpus);
            if (await audio.CountAsync() > 0) break;
        }
        var seconds = await audio.EvaluateAsync<double>("""
            a => new Promise((loaded, failed) => {
                a.addEventListener('loadedmetadata', () => loaded(a.duration));
                a.addEventListener('error', () => failed(new Error(`${a.currentSrc}: ${a.error.message}`)));
                a.preload = 'auto';
                a.load();
            })
            """);
        Assert.True(seconds > 0);
        window.NoFaults();
    }

    [SkippableFact]
    public async Task An_example_without_audio_says_so_and_has_no_player()
    {
        await using var window = await dashboard.Open();
        var folder = Directory.CreateTempSubdirectory("e2v-browser-").FullName;
        var manifest = TinyCorpus.Write(folder, speakers: 6);
        var id = await dashboard.Submit($"name: gone\ncorpora: [{manifest}]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: [{{name: linear, epochs: 1}}]\n");
        using var cancelled = await dashboard.Http.PostAsync($"api/experiments/{id}/cancel", null);
        cancelled.EnsureSuccessStatusCode();
        Directory.Delete(folder, recursive: true);
        await window.Page.GotoAsync("/corpora");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = manifest, Exact = true }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("main")).ToContainTextAsync("its audio is not on this machine any more");
        await Assertions.Expect(window.Page.Locator("audio")).ToHaveCountAsync(0);
        window.NoFaults();
    }
}
