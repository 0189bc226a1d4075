namespace Tests.Common;

/// <summary>Real corpora for tests that need them: <c>E2V_DATA</c>, else <c>shared/data</c> beside the repository.</summary>
internal static class SharedData
{
    internal static string? Root { get; } = Search();

    /// <summary>The folder, or the test is skipped.</summary>
    internal static string Require(string folder = "")
    {
        var path = Root is null ? null : Path.Combine(Root, folder);
        Skip.If(path is null || !Directory.Exists(path), $"no real corpora: set E2V_DATA to a folder that holds '{folder}'");
        return path!;
    }

    private static string? Search()
    {
        if (Environment.GetEnvironmentVariable("E2V_DATA") is { Length: > 0 } named) return Directory.Exists(named) ? Path.GetFullPath(named) : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(data)) return data;
        }
        return null;
    }
}
