namespace Emotion2Vec.Corpora.Papers;

/// <summary>Where the tables of the paper lie.</summary>
public static class PaperFolders
{
    /// <summary>Path below a folder that has them.</summary>
    public const string Name = "experiments/paper";

    /// <summary>Those that exist, the first to be looked into first: below the current folder, then above the program.</summary>
    public static IEnumerable<string> Find() => Roots().Select(root => Path.Combine(root, "experiments", "paper")).Where(Directory.Exists);

    /// <summary>In the order of the paper: table2 … table11, then the figures.</summary>
    /// <param name="name">Name of a table's file, without its ending.</param>
    public static IEnumerable<T> InOrder<T>(IEnumerable<T> tables, Func<T, string> name) =>
        tables.OrderBy(t => name(t).StartsWith("table", StringComparison.Ordinal) ? 0 : 1).ThenBy(t => name(t).Length).ThenBy(name, StringComparer.Ordinal);

    private static IEnumerable<string> Roots()
    {
        yield return Environment.CurrentDirectory;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent) yield return at.FullName;
    }
}
