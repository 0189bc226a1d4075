using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>All corpora by name: the known ones, and any manifest file by its path.</summary>
public static class CorpusCatalogue
{
    /// <summary>The known corpora, sorted by name: every class of this assembly that is an <see cref="ICorpus"/>.</summary>
    public static ImmutableArray<ICorpus> All { get; } = [.. OwnClasses.Of<ICorpus>().OrderBy(corpus => corpus.Name, StringComparer.Ordinal)];

    /// <summary>Their names, sorted.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(corpus => corpus.Name)];

    /// <summary>The corpus of that name.</summary>
    /// <exception cref="InputException">There is none; the message has the nearest name.</exception>
    public static ICorpus Find(string name) => All.FirstOrDefault(corpus => corpus.Name == name)
        ?? throw new InputException($"unknown corpus '{name}'{Nearest.Hint(name, Names)}: known are {string.Join(", ", Names)}, or the path of a manifest (.csv, .jsonl)");

    /// <summary>Whether a corpus is named by the path of its manifest.</summary>
    public static bool IsManifest(string nameOrPath) => Path.GetExtension(nameOrPath).ToLowerInvariant() is ".csv" or ".jsonl";

    /// <summary>Reads a corpus.</summary>
    /// <param name="nameOrPath">A known name, or the path of a general manifest (ends <c>.csv</c> or <c>.jsonl</c>).</param>
    /// <param name="dataRoot">Folder of the corpora; null where the user named none.</param>
    /// <param name="index">Content hashes of audio.</param>
    /// <param name="progress">Audio files done, of all.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="gridFolder">Where a relative manifest path is looked for before <paramref name="dataRoot"/>.</param>
    /// <param name="labels">Whether every utterance of a manifest must have a label.</param>
    /// <param name="within">What the paths of a manifest and of its audio cannot leave; null = they may be anywhere.</param>
    /// <exception cref="InputException">Unknown name, absent or wrong folder, a bad manifest line or audio file.</exception>
    public static Manifest Scan(
        string nameOrPath, string? dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellation = default, string? gridFolder = null, bool labels = true, DataRoot? within = null)
    {
        if (!IsManifest(nameOrPath))
        {
            var corpus = Find(nameOrPath);
            return corpus.Scan(dataRoot ?? throw new InputException($"{nameOrPath}: no data folder is named (--data or E2V_DATA)"), index, progress, cancellation);
        }
        var places = within is not null ? [within.Admit(nameOrPath, "corpora")] : new[] { gridFolder, dataRoot, "." }.OfType<string>().Select(folder => Path.GetFullPath(nameOrPath, Path.GetFullPath(folder))).Distinct().ToArray();
        var path = places.FirstOrDefault(File.Exists) ?? throw new InputException($"no such manifest: {string.Join(" or ", places)}");
        return GeneralManifest.Scan(nameOrPath, path, synthetic: false, index, progress, cancellation, labels, within);
    }
}
