using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Silo.Artefacts;

/// <summary>Files of a home that travel between machines: where they lie, and what is in them.</summary>
internal static partial class ArtefactFiles
{
    public const string Manifests = "manifests", Folds = "folds", Features = "features", Checkpoints = "checkpoints", Models = "models", Curves = "curves", Hidden = "hidden", HiddenRows = "hidden-rows";

    /// <summary>Where a file lies. A name is a hash or a job key and nothing else, so no path leads out of the home.</summary>
    /// <exception cref="InputException">No such kind, or no such name.</exception>
    public static string PathOf(HomeFolder home, string kind, string name)
    {
        if (!IsHash(name)) throw new InputException($"'{name}' is no name of an artefact: 64 hexadecimal digits are expected");
        return kind switch
        {
            Manifests => home.Manifest(name),
            Folds => home.Folds(name),
            Features => home.Features(name),
            Checkpoints => home.Checkpoint(name),
            Curves => Path.Combine(home.Pretraining(name), "curves.csv"),
            Hidden => home.Hidden(name),
            HiddenRows => Path.ChangeExtension(home.Hidden(name), ".emo"),
            _ => throw new InputException($"there are no artefacts of the kind '{kind}'"),
        };
    }

    /// <summary>What kind of job makes a file; null where none does.</summary>
    public static string? Maker(string kind) => kind switch
    {
        Features => ExtractSpec.Name,
        Checkpoints or Curves => PretrainSpec.Name,
        Hidden or HiddenRows => FoldSpec.Name,
        _ => null,
    };

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public static bool IsHash(string text) => Hash().IsMatch(text);

    /// <summary>Where a file that is on its way is kept: beside its place, so that it can be renamed into it.</summary>
    public static string PartOf(string path, string sha256) => Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{sha256}.part");

    /// <summary>
    /// Ends a transfer: the part becomes the file, if its content is what was announced; else it is thrown away. A reader
    /// finds the whole file or none.
    /// </summary>
    public static bool Place(FileStream part, string path, string sha256)
    {
        part.Flush(flushToDisk: true);
        part.Position = 0;
        var right = Convert.ToHexStringLower(SHA256.HashData(part)) == sha256;
        if (right) File.Move(part.Name, path, overwrite: true);
        else File.Delete(part.Name);
        return right;
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Hash();
}

/// <summary>SHA-256 of files, each computed once as long as length and time of the file stay the same.</summary>
internal sealed class FileHashes
{
    private readonly ConcurrentDictionary<(string Path, long Bytes, DateTime Written), Lazy<Task<string>>> known = new();

    /// <summary>Hash and length; null where there is no such file.</summary>
    public async Task<(string Sha256, long Bytes)?> Of(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) return null;
        var key = (path, file.Length, file.LastWriteTimeUtc);
        try
        {
            return (await known.GetOrAdd(key, k => new(() => Task.Run(() =>
            {
                using var stream = new FileStream(k.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20, FileOptions.SequentialScan);
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            }))).Value, file.Length);
        }
        catch (IOException)
        {
            known.TryRemove(key, out _);
            return null;
        }
    }
}
