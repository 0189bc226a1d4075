namespace Emotion2Vec.Corpora.Papers;

/// <summary>Where the tables of the paper lie.</summary>
public static class PaperFolders
{
    /// <summary>Path below a folder that has them.</summary>
    public const string Name = "experiments/paper";

    /// <summary>Those that exist, the first to be looked into first: below the current folder, then above the program.</summary>
    public static IEnumerable<string> Find() => Roots().Select(root => Path.Combine(root, "experiments", "paper")).Where(Directory.Exists);

    private static IEnumerable<string> Roots()
    {
        yield return Environment.CurrentDirectory;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent) yield return at.FullName;
    }
}
