using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>A corpus whose file names carry the labels: one audio file per utterance, of any format.</summary>
public abstract class FolderCorpus : ICorpus
{
    private static readonly string[] AudioExtensions =
        [".wav", ".flac", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".mp4", ".aac", ".wma", ".webm", ".mka"];

    public abstract string Name { get; }

    public abstract string Title { get; }

    public abstract ImmutableArray<(string Label, int Utterances)> Published { get; }

    public abstract int Speakers { get; }

    /// <summary>Accepted folder names besides <see cref="Name"/>; case, spaces, <c>-</c> and <c>_</c> do not count.</summary>
    protected virtual ImmutableArray<string> Folders => [];

    /// <summary>The naming scheme, for error messages.</summary>
    protected abstract string Scheme { get; }

    /// <summary>
    /// The utterance that a file name means (its id, label, speaker and text; <see cref="Utterance.Path"/> is set by the caller).
    /// </summary>
    /// <param name="file">Path below the corpus folder, <c>/</c>-separated, without extension.</param>
    /// <param name="utterance">Null where the file is published with the corpus but is not part of it (e.g. songs).</param>
    /// <returns>False where the name does not follow the scheme.</returns>
    public abstract bool TryParse(string file, out Utterance? utterance);

    public string? Find(string dataRoot)
    {
        if (!Directory.Exists(dataRoot)) throw new InputException($"no such data folder: {dataRoot}");
        var root = Path.GetFullPath(dataRoot);
        var names = Folders.Prepend(Name).Select(Fold).ToArray();
        var children = Directory.GetDirectories(root).Order(StringComparer.Ordinal).ToArray();
        return names.Select(name => children.FirstOrDefault(child => Fold(Path.GetFileName(child)) == name)).FirstOrDefault(child => child is not null)
            ?? (names.Contains(Fold(Path.GetFileName(Path.TrimEndingDirectorySeparator(root)))) || Holds(root) ? root : null);
    }

    public Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var folder = Find(dataRoot) ?? throw new InputException(
            $"{Name}: no folder '{string.Join("' or '", Folders.Prepend(Name))}' in {dataRoot}, and it is not the corpus itself");
        var utterances = new List<Utterance>();
        var strangers = new List<string>();
        foreach (var path in AudioFiles(folder, depth: int.MaxValue))
        {
            if (!TryParse(Relative(folder, path), out var utterance)) strangers.Add(path);
            else if (utterance is not null) utterances.Add(utterance with { Path = path });
        }
        if (utterances.Count == 0) throw new InputException($"{Name}: {folder} is not this corpus: no audio file in it is named like {Scheme}");
        if (strangers.Count > 0)
        {
            throw new InputException($"{Name}: {strangers[0]} is not named like {Scheme}"
                + (strangers.Count > 1 ? $" (nor are {strangers.Count - 1} more audio files)" : ""));
        }
        var repeated = utterances.GroupBy(u => u.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (repeated is not null)
            throw new InputException($"{Name}: two utterances have the id '{repeated.Key}': {repeated.First().Path} and {repeated.ElementAt(1).Path}");
        return ManifestBuilder.Build(Name, Published.Select(c => c.Label), [.. utterances.Select(u => (u, (string?)null))],
            synthetic: false, Missing(utterances), index, progress, cancellation);
    }

    /// <summary>How the utterances differ in number from the published ones.</summary>
    private IEnumerable<string> Missing(List<Utterance> utterances)
    {
        var found = utterances.CountBy(u => u.Label).ToDictionary();
        var different = Published
            .Where(c => found.GetValueOrDefault(c.Label) != c.Utterances)
            .Select(c => $"{c.Label} {found.GetValueOrDefault(c.Label)} of {c.Utterances}")
            .ToArray();
        if (different.Length > 0)
            yield return $"{Name}: {utterances.Count} utterances, {Published.Sum(c => c.Utterances)} published ({string.Join(", ", different)})";
        var speakers = utterances.Select(u => u.Speaker).Distinct().Count();
        if (speakers != Speakers) yield return $"{Name}: {speakers} speakers, {Speakers} published";
    }

    /// <summary>Whether the data root itself, or a folder directly in it, holds an utterance.</summary>
    private bool Holds(string root) => AudioFiles(root, depth: 1).Any(path => TryParse(Relative(root, path), out var u) && u is not null);

    private static IEnumerable<string> AudioFiles(string folder, int depth) => Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = depth > 0, MaxRecursionDepth = depth })
        .Where(path => AudioExtensions.Contains(Path.GetExtension(path).ToLowerInvariant()))
        .Order(StringComparer.Ordinal);

    private static string Relative(string folder, string path) =>
        Path.ChangeExtension(Path.GetRelativePath(folder, path), null).Replace(Path.DirectorySeparatorChar, '/');

    private static string Fold(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
