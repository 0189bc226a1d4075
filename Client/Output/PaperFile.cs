using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.Output;

/// <summary>Finds the file behind <c>--paper</c>.</summary>
internal static class PaperFile
{
    private const string Folder = "experiments/paper";

    /// <summary>A YAML file by its path, or one of experiments/paper by its name: below the current folder, else above the program.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static (string File, string Yaml) Read(string name)
    {
        var path = name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) ? name
            : Folders().Select(folder => Path.Combine(folder, name + ".yaml")).FirstOrDefault(File.Exists) ?? throw Unknown(name);
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
        string[] known = [.. Folders().SelectMany(f => Directory.GetFiles(f, "*.yaml")).Select(f => Path.GetFileNameWithoutExtension(f)).Distinct().OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal)];
        return new InputException(known.Length == 0 ? $"'{name}': no folder {Folder} was found; name the YAML file itself"
            : $"unknown table '{name}'{Nearest.Hint(name, known)}; there are {string.Join(", ", known)}, or the path of a YAML file");
    }

    private static IEnumerable<string> Folders()
    {
        yield return Environment.CurrentDirectory is var here && Directory.Exists(Path.Combine(here, Folder)) ? Path.Combine(here, Folder) : here;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, Folder))) yield return Path.Combine(at.FullName, Folder);
    }
}
