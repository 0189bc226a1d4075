using Emotion2Vec.EndToEnd.Tests;
using Emotion2Vec.Silo;
using Emotion2Vec.Tests;
using Microsoft.Playwright;

namespace Emotion2Vec.Browser.Tests;

/// <summary>A silo with a token, in a browser.</summary>
[Collection(DashboardCollection.Name)]
public sealed class SignInTests(Dashboard dashboard)
{
    [SkippableFact]
    public async Task Signed_in_once_pages_streams_exports_and_forms_work_until_the_user_signs_out()
    {
        using TemporaryFolder folder = new();
        await using var silo = await SiloHost.StartAsync(new SiloOptions { Home = folder.Path, CpuSlots = 1, Token = true, WorkerCommand = ["dotnet", Path.Combine(E2v.Folder, "e2v.dll"), "worker"] });
        await using var window = await dashboard.Open(at: silo.Address);
        var page = window.Page;

        await page.GotoAsync("/leaderboard?sort=ua");
        await page.WaitForURLAsync(url => url.Contains("/sign-in"));
        await window.Picture("sign-in");
        await page.GetByLabel("Token").FillAsync(silo.NewToken!);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => url.EndsWith("/leaderboard?sort=ua"));
        Assert.Equal("", await page.EvaluateAsync<string>("document.cookie"));

        // The browser's own requests: its cookie, its origin, its stream.
        Assert.Equal(200, await page.EvaluateAsync<int>("""
            fetch('/api/experiments', { method: 'POST', headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({ grid: 'name: held\nnoop: {jobs: 3, milliseconds: 600000, group: held}\n', file: 'g.yaml', data: '' }) }).then(a => a.status)
            """));
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator("#connection")).ToHaveTextAsync("live");
        Assert.Equal(200, await page.EvaluateAsync<int>("fetch('/leaderboard/export').then(a => a.status)"));
        await page.GetByRole(AriaRole.Link, new() { Name = "held" }).First.ClickAsync();
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("#progress .state")).ToHaveTextAsync("cancelled", new() { Timeout = 300_000 });

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync(url => url.Contains("/sign-in"));
        await page.GotoAsync("/slots");
        await page.WaitForURLAsync(url => url.Contains("/sign-in"));
        window.NoFaults();
    }
}
