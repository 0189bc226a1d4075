using System.Text;

namespace Emotion2Vec.Silo.Pages;

/// <summary>The end of a log file, however long the file is.</summary>
internal static class LogTail
{
    private const int Bytes = 16 * 1024;

    /// <summary>The last lines; none where there is no such file.</summary>
    public static IReadOnlyList<string> Read(string path, int lines)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var cut = file.Length > Bytes;
            file.Seek(-Math.Min(file.Length, Bytes), SeekOrigin.End);
            using var reader = new StreamReader(file, Encoding.UTF8);
            var all = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            // The first line may have lost its beginning.
            return [.. all.Skip(cut ? 1 : 0).TakeLast(lines)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
