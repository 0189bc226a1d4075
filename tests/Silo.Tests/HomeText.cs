namespace Emotion2Vec.Silo.Tests;

/// <summary>What lies in a home, whatever it is, while a silo uses it.</summary>
internal static class HomeText
{
    /// <summary>The files that hold a text, besides one. The lock is empty and nobody else's to open.</summary>
    public static IReadOnlyList<string> Holding(string home, string text, string? except = null) =>
        [.. Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Where(path => path != except && Path.GetFileName(path) != "silo.lock" && Read(path).Contains(text, StringComparison.Ordinal))];

    private static string Read(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), System.Text.Encoding.Latin1);
        return file.ReadToEnd();
    }
}
