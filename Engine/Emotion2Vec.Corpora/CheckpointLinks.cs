using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora;

/// <summary>
/// Checkpoint files, and features that were made elsewhere, are named by content in job specs. Which file has a content is written down in the home folder when a
/// grid is submitted, as local audio paths are; the file itself stays where it is. Which published model it holds is written down, too, where the grid says so.
/// </summary>
public static class CheckpointLinks
{
    /// <summary>SHA-256 of a file, lower-case hexadecimal; of an index of shards, of the hashes of index and shards; of imported features, of those of their files.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static string Hash(string path) => Path.GetExtension(path) switch
    {
        ".json" => CanonicalJson.Hash(string.Join('\n', [HashFile(path), .. Shards(path).Select(HashFile)])),
        Imported => CanonicalJson.Hash(string.Join('\n', ImportedFeatures.Files(path).Select(file => $"{Path.GetExtension(file)} {HashFile(file)}"))),
        _ => HashFile(path),
    };

    /// <summary>Writes down where the file with this content lies; replaces the path that was known.</summary>
    /// <param name="published">Name in the catalogue of the model that it holds; null leaves what is known of that.</param>
    public static void Save(HomeFolder home, string sha256, string path, string? published = null) =>
        AtomicFile.Write(home.CheckpointLink(sha256), stream => stream.Write(Encoding.UTF8.GetBytes(
            string.Concat(new[] { Path.GetFullPath(path), published ?? Published(home, sha256) }.OfType<string>().Select(line => line + "\n")))));

    /// <summary>Name in the catalogue of the model that the file with this content holds; null where no grid has said it.</summary>
    public static string? Published(HomeFolder home, string sha256) => Read(home, sha256)?.Published;

    /// <summary>The files of a checkpoint as it was submitted: itself, and of an index of shards those. None where no path is known or it is gone.</summary>
    public static IReadOnlyList<string> Files(HomeFolder home, string sha256)
    {
        var path = Read(home, sha256)?.Path;
        return !File.Exists(path) ? [] : Path.GetExtension(path) == ".json" ? [path, .. Shards(path)] : [path];
    }

    /// <summary>The path of the file with this content. The content is compared each time, so a file that has changed never passes for the one that was submitted.</summary>
    /// <exception cref="InputException">None is known, or it is gone or changed.</exception>
    public static string Find(HomeFolder home, string sha256)
    {
        var path = Read(home, sha256)?.Path ?? throw new InputException($"{home.CheckpointLink(sha256)}: no path of the checkpoint {sha256} is known; submit the grid again");
        var what = Path.GetExtension(path) == Imported ? "features file" : "checkpoint";
        if (!File.Exists(path)) throw new InputException($"{path}: the {what} is gone; put it back, or submit the grid with its new place and retry");
        return Hash(path) == sha256 ? path
            : throw new InputException($"{path}: the {what} has changed since the grid was submitted; submit the grid for the new one, or put the old one back and retry");
    }

    private const string Imported = ".npy";

    private static (string Path, string? Published)? Read(HomeFolder home, string sha256)
    {
        var link = home.CheckpointLink(sha256);
        if (!File.Exists(link)) return null;
        var lines = File.ReadAllText(link).TrimEnd('\n').Split('\n', 2);
        return (lines[0], lines.ElementAtOrDefault(1));
    }

    private static string HashFile(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20, FileOptions.SequentialScan);
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

    /// <summary>The files that Hugging Face's index names, which lie beside it.</summary>
    private static IEnumerable<string> Shards(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (!json.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object) return [];
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return [.. map.EnumerateObject().Select(e => Path.GetFileName(e.Value.GetString() ?? "")).Distinct().Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException)
        {
            throw new InputException($"{path}: is no checkpoint and no readable index of shards", e);
        }
    }
}
