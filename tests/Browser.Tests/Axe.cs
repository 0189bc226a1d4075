using System.Diagnostics;
using System.Text.Json;
using Emotion2Vec.Tests;
using Microsoft.Playwright;

namespace Emotion2Vec.Browser.Tests;

/// <summary>The accessibility checker axe-core, restored by npm into the build's folder; null where npm or its registry is not there.</summary>
internal static class Axe
{
    private const string Version = "4.14.1";
    private static readonly Lazy<string?> Script = new(Restore);

    public static bool Available => Script.Value is not null;

    /// <summary>Serious and critical violations of WCAG 2 A and AA, each with the elements that it concerns.</summary>
    public static async Task<string[]> Serious(IPage page)
    {
        await page.EvaluateAsync(Script.Value!);
        var found = await page.EvaluateAsync<JsonElement>("() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(r => r.violations)");
        return [.. found.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical")
            .Select(v => $"{v.GetProperty("id").GetString()}: {string.Join(" | ", v.GetProperty("nodes").EnumerateArray().Take(5).Select(n => n.GetProperty("html").GetString()))}")];
    }

    private static string? Restore()
    {
        var folder = Path.Combine(TestData.Repository, "artifacts", "npm");
        var script = Path.Combine(folder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
        {
            Directory.CreateDirectory(folder);
            try
            {
                using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", $"axe-core@{Version}"])
                {
                    RedirectStandardOutput = true, RedirectStandardError = true,
                })!;
                npm.OutputDataReceived += (_, _) => { };
                npm.ErrorDataReceived += (_, _) => { };
                npm.BeginOutputReadLine();
                npm.BeginErrorReadLine();
                if (!npm.WaitForExit(TimeSpan.FromMinutes(5))) npm.Kill(entireProcessTree: true);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return null;
            }
        }
        return File.Exists(script) ? File.ReadAllText(script) : null;
    }
}
