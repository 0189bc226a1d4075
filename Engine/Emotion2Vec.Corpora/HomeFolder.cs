using System.Text.RegularExpressions;

namespace Emotion2Vec.Corpora;

/// <summary>
/// The layout of one state folder (<c>--home</c>, default <c>./.e2v</c>). Everything besides the store is named by
/// content hash or job key, so a file that exists is complete and never changes; only <see cref="Pretraining"/> holds work in progress.
/// </summary>
public sealed partial class HomeFolder(string root)
{
    private static readonly string[] Folders = ["manifests", "folds", "features", "checkpoints", "pretraining", "embeddings", "hidden", "cache", "logs"];

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The SQLite store.</summary>
    public string Store => Path.Combine(Root, "e2v.db");

    /// <summary>The token that a silo asks for, readable by its owner only.</summary>
    public string Token => Path.Combine(Root, "token");

    /// <summary>A manifest with the local audio paths, by manifest hash.</summary>
    public string Manifest(string hash) => Path.Combine(Root, "manifests", hash + ".jsonl");

    /// <summary>A fold file, by its hash.</summary>
    public string Folds(string hash) => Path.Combine(Root, "folds", hash + ".json");

    /// <summary>A features file, by the key of the extract job that made it.</summary>
    public string Features(string jobKey) => Path.Combine(Root, "features", jobKey + ".feat");

    /// <summary>The finished checkpoint of a pretrain job, by its key.</summary>
    public string Checkpoint(string jobKey) => Path.Combine(Root, "checkpoints", jobKey + ".pt");

    /// <summary>Where the checkpoint file with a content hash lies (<see cref="CheckpointLinks"/>).</summary>
    public string CheckpointLink(string sha256) => Path.Combine(Root, "checkpoints", sha256 + ".path");

    /// <summary>The folder of a pre-training in progress, by its job key: its state, and its curves.</summary>
    public string Pretraining(string jobKey) => Path.Combine(Root, "pretraining", jobKey);

    /// <summary>The spec of an extract job, by its key: how its features are made again when they are missing or damaged.</summary>
    public string ExtractSpec(string jobKey) => Path.Combine(Root, "specs", jobKey + ".json");

    /// <summary>Content hashes of audio files already decoded (by path, size and modification time).</summary>
    public string AudioIndex => Path.Combine(Root, "cache", "audio-index.tsv");

    /// <summary>A projection of features, by the hash of what it was made of.</summary>
    public string Embedding(string hash) => Path.Combine(Root, "embeddings", hash + ".json");

    /// <summary>Log of the silo; where several share the home, of the one of that name.</summary>
    public string SiloLog(string? member = null) => Path.Combine(Root, "logs", member is null ? "silo.log" : $"silo-{member.Replace(':', '-')}.log");

    /// <summary>What the first linear layer of a fold's head makes of the test part, by its job key (<see cref="Upstreams.ImportedFeatures"/>; ids are manifest positions).</summary>
    public string Hidden(string jobKey) => Path.Combine(Root, "hidden", jobKey + ".npy");

    /// <summary>Log of the worker of one slot.</summary>
    public string WorkerLog(string slot) => Path.Combine(Root, "logs", slot.Replace('/', '-').Replace(':', '-') + ".log");

    /// <summary>Creates the folder and those inside it.</summary>
    public HomeFolder Create()
    {
        foreach (var folder in Folders)
            Directory.CreateDirectory(Path.Combine(Root, folder));
        return this;
    }

    /// <summary>
    /// Deletes what writes and transfers have left in the home's own folders that were cut off and not taken up again since: <see cref="AtomicFile"/>'s
    /// <c>.NAME.GUID.tmp</c>, <c>.NAME.SHA256.part</c> of files from other machines. Seven days are longer than any of them takes, so that silos that share a home leave each other's alone.
    /// </summary>
    public void SweepLeftovers()
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var limit = DateTime.UtcNow - TimeSpan.FromDays(7);
        try
        {
            foreach (var file in Folders.SelectMany(folder => new DirectoryInfo(Path.Combine(Root, folder)).EnumerateFiles(".*", all)))
                if (file.LastWriteTimeUtc < limit && Leftover().IsMatch(file.Name)) file.Delete();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // They take room, and nothing else.
        }
    }

    [GeneratedRegex(@"\A\..+\.([0-9a-f]{32}\.tmp|[0-9a-f]{64}\.part)\z")]
    private static partial Regex Leftover();
}
