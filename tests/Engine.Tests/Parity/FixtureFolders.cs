using System.Text.Json;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Where fixtures lie: tests/fixtures, E2V_FIXTURES, and shared/reference/fixtures beside the repository.</summary>
internal static class FixtureFolders
{
    internal static IEnumerable<(string Folder, string Case)> All()
    {
        foreach (var root in Roots().Where(Directory.Exists))
            foreach (var file in Directory.EnumerateFiles(root, "index.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(file));
                var folder = Path.GetDirectoryName(file)!;
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                    yield return (folder, ParityFixture.CaseOf(document.RootElement) ?? Path.GetFileName(folder));
            }
    }

    private static IEnumerable<string> Roots()
    {
        yield return TestData.Fixture();
        if (Environment.GetEnvironmentVariable("E2V_FIXTURES") is { Length: > 0 } named) yield return named;
        if (SharedReference is { } shared) yield return Path.Combine(shared, "fixtures");
    }

    /// <summary>shared/reference in the nearest folder above the repository that has one.</summary>
    internal static string? SharedReference { get; } = Search();

    private static string? Search()
    {
        for (var at = new DirectoryInfo(TestData.Repository).Parent; at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "shared", "reference");
            if (Directory.Exists(folder)) return folder;
        }
        return null;
    }
}
