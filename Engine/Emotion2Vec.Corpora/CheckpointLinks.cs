using System.Security.Cryptography;
using System.Text;

namespace Emotion2Vec.Corpora;

/// <summary>
/// Checkpoint files are named by content in job specs. Which file has a content is written down in the home folder when a
/// grid is submitted, as local audio paths are; the file itself stays where it is.
/// </summary>
public static class CheckpointLinks
{
    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static string Hash(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such checkpoint", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes down where the file with this content lies; replaces what was known.</summary>
    public static void Save(HomeFolder home, string sha256, string path) =>
        AtomicFile.Write(home.CheckpointLink(sha256), stream => stream.Write(Encoding.UTF8.GetBytes(Path.GetFullPath(path) + "\n")));

    /// <summary>The path of the file with this content, which is checked.</summary>
    /// <exception cref="InputException">None is known, or it is gone or changed.</exception>
    public static string Find(HomeFolder home, string sha256)
    {
        var link = home.CheckpointLink(sha256);
        if (!File.Exists(link)) throw new InputException($"{link}: no path of the checkpoint {sha256} is known; submit the grid again");
        var path = File.ReadAllText(link).TrimEnd('\n');
        return Hash(path) == sha256 ? path : throw new InputException($"{path}: the checkpoint has changed since the grid was submitted; submit it again");
    }
}
