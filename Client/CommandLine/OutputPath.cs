using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>Where a command writes to, looked at before the work: a mistake here must not cost the hours of an extraction.</summary>
internal static class OutputPath
{
    /// <summary>The whole path of a folder that is there or can be made.</summary>
    /// <exception cref="InputException">It is a file, or lies in one.</exception>
    public static string Folder(string path)
    {
        var full = Path.GetFullPath(path);
        for (var at = full; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
            if (System.IO.File.Exists(at)) throw new InputException($"{Settings.Shown(at)}: is a file, not a folder to write to");
        return full;
    }

    /// <summary>The whole path of a file whose folder is there or can be made.</summary>
    /// <exception cref="InputException">It is a folder, or lies in a file.</exception>
    public static string File(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new InputException($"{Settings.Shown(full)}: is a folder, not a file to write");
        Folder(Path.GetDirectoryName(full)!);
        return full;
    }
}
