using System.Collections.Concurrent;

namespace Emotion2Vec.Corpora;

/// <summary>A folder that paths written by strangers cannot leave: not by <c>..</c>, not by being absolute, not by symbolic links.</summary>
/// <param name="folder">The folder; null = there is none, so that every path is refused.</param>
public sealed class DataRoot(string? folder)
{
    private const int MostLinks = 40;
    private readonly ConcurrentDictionary<string, string> folders = new(StringComparer.Ordinal);

    /// <summary>Absolute path of the folder; null where there is none.</summary>
    public string? Folder { get; } = folder is null ? null : Path.GetFullPath(folder);

    /// <summary>The absolute form of a path that stays inside; a relative one starts at the folder.</summary>
    /// <param name="path">What was written.</param>
    /// <param name="where">Begins the message: what names the path.</param>
    /// <exception cref="InputException">It leads outside. The message is the same whether anything is there or not.</exception>
    public string Admit(string path, string where)
    {
        if (Folder is null) throw new InputException($"{where}: this silo has no data folder (e2v silo --data DIR), so it reads no files for callers from elsewhere");
        var full = path.Contains('\0') ? "" : Path.GetFullPath(path, Folder);
        // What is written must lie inside, and so must what it leads to: of a path outside not even its existence is told.
        if ((IsInside(full, Folder) || IsInside(full, RealFolder(Folder))) && IsInside(Real(full), RealFolder(Folder))) return full;
        throw new InputException($"{where}: '{path}' leads out of this silo's data folder, which callers from elsewhere cannot leave");
    }

    private static bool IsInside(string path, string folder) => path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Without any symbolic link on the way; what does not exist stands for itself.</summary>
    private string Real(string path, int links = 0)
    {
        if (links > MostLinks) throw new InputException($"{path}: too many symbolic links");
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        var here = Path.Combine(RealFolder(parent, links), Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target ? Real(Path.GetFullPath(target, Path.GetDirectoryName(here)!), links + 1) : here;
    }

    // A corpus has many files in few folders.
    private string RealFolder(string path, int links = 0) => folders.TryGetValue(path, out var known) ? known : folders[path] = Real(path, links);
}
