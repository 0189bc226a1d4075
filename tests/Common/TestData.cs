namespace Emotion2Vec.Tests;

/// <summary>Where tests find files: the repository's own, and the optional corpora beside it.</summary>
internal static class TestData
{
    /// <summary>The repository root: the nearest folder above the test assembly that holds the solution.</summary>
    public static string Repository { get; } = Above(AppContext.BaseDirectory, folder => File.Exists(Path.Combine(folder, "Emotion2Vec.Platform.sln")))
        ?? throw new InvalidOperationException("the solution file was not found above the test assembly");

    /// <summary>A file or folder under tests/fixtures.</summary>
    public static string Fixture(params string[] parts) => Path.Combine([Repository, "tests", "fixtures", .. parts]);

    /// <summary>The data root with real corpora: E2V_DATA, or shared/data beside the repository; null where there is none.</summary>
    public static string? Shared { get; } = Environment.GetEnvironmentVariable("E2V_DATA") is { Length: > 0 } set
        ? set
        : Above(Repository, folder => Directory.Exists(Path.Combine(folder, "shared", "data"))) is { } beside ? Path.Combine(beside, "shared", "data") : null;

    /// <summary>A folder of the data root; skips the test (a SkippableFact) where it is absent.</summary>
    public static string NeedShared(string folder)
    {
        var path = Shared is null ? null : Path.Combine(Shared, folder);
        Skip.IfNot(path is not null && Directory.Exists(path), $"needs {folder} under the data root (set E2V_DATA)");
        return path!;
    }

    private static string? Above(string folder, Func<string, bool> holds)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (holds(at.FullName)) return at.FullName;
        return null;
    }
}
