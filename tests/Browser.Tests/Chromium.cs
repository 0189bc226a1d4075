using System.Diagnostics;
using Microsoft.Playwright;

namespace Emotion2Vec.Browser.Tests;

/// <summary>The system's chromium; installed where it is missing and that is possible, else tests are skipped with the reason.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private readonly IPlaywright playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (this.playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>A browser, or why there is none.</summary>
    public static async Task<(Chromium? Chromium, string Why)> Start()
    {
        if (Places.FirstOrDefault(File.Exists) is null) Install();
        if (Places.FirstOrDefault(File.Exists) is not { } program) return (null, "needs chromium: apt-get install chromium");
        var playwright = await Playwright.CreateAsync();
        try
        {
            // As root, which containers often are, chromium starts without its sandbox only; it opens nothing but our own pages.
            return (new Chromium(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"], Timeout = 180_000 })), "");
        }
        catch (PlaywrightException e)
        {
            playwright.Dispose();
            return (null, $"{program} does not start: {e.Message.Split('\n')[0]}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }

    private static void Install()
    {
        if (Environment.UserName != "root" || !File.Exists("/usr/bin/apt-get")) return;
        using var install = Process.Start(new ProcessStartInfo("sh", ["-c", "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >/dev/null 2>&1 </dev/null"]))!;
        install.WaitForExit(TimeSpan.FromMinutes(10));
    }
}
