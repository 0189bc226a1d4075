using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Papers;

namespace Emotion2Vec.Client.Output;

/// <summary>Finds the file behind <c>--paper</c>.</summary>
internal static class PaperFile
{
    /// <summary>A YAML file by its path, or one of <see cref="PaperFolders"/> by its name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static (string File, string Yaml) Read(string name)
    {
        var path = name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) ? name
            : PaperFolders.Find().Select(folder => Path.Combine(folder, name + ".yaml")).FirstOrDefault(File.Exists) ?? throw Unknown(name);
        try
        {
            return (path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : e.Message)}", e);
        }
    }

    private static InputException Unknown(string name)
    {
        // Without the file that has no table.
        var tables = PaperFolders.Find().SelectMany(f => Directory.GetFiles(f, "*.yaml")).Where(f => File.ReadLines(f).Contains("paper:")).Select(f => Path.GetFileNameWithoutExtension(f)).Distinct();
        string[] known = [.. PaperFolders.InOrder(tables, name => name)];
        return new InputException(known.Length == 0 ? $"'{name}': no folder {PaperFolders.Name} was found; name the YAML file itself"
            : $"unknown table '{name}'{Nearest.Hint(name, known)}; there are {string.Join(", ", known)}, or the path of a YAML file");
    }
}
