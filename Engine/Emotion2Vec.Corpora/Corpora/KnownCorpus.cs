using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>A published corpus in a folder of the data root: where it is found, what is counted and compared.</summary>
public abstract class KnownCorpus : ICorpus
{
    // Sound before pictures: where one recording is there as both, the sound file is read.
    private static readonly string[] AudioExtensions =
    [
        ".wav", ".flac", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".wma", ".mka",
        ".mp4", ".webm", ".mkv", ".avi",
    ];

    public abstract string Name { get; }

    public abstract CorpusCard Card { get; }

    public ImmutableArray<string> Classes => [.. Card.Published.Select(c => c.Label)];

    /// <summary>Accepted folder names besides <see cref="Name"/>; case, spaces, <c>-</c> and <c>_</c> do not count.</summary>
    protected virtual ImmutableArray<string> Folders => [];

    /// <summary>What names and annotations tell.</summary>
    /// <param name="Utterances">With paths of files that exist, without audio hash and length.</param>
    /// <param name="Listed">Utterances that the corpus should have by its own annotations; null where names are all there is.</param>
    /// <param name="Warnings">About single files.</param>
    protected sealed record Listing(ImmutableArray<Utterance> Utterances, int? Listed, ImmutableArray<string> Warnings);

    /// <summary>Lists the corpus in its folder; an empty list where the folder holds none of it.</summary>
    /// <exception cref="InputException">A file that is not of this corpus, or a bad annotation.</exception>
    protected abstract Listing Read(string folder);

    /// <summary>What the error says that a folder lacks.</summary>
    protected abstract string Lacks { get; }

    /// <summary>Whether files in <paramref name="folder"/>, at most so many folders deeper, are those of this corpus if it lies in <paramref name="root"/>.</summary>
    protected abstract bool Holds(string root, string folder, int depth);

    /// <summary>Whether such files show which corpus it is, whatever its folder is called.</summary>
    protected virtual bool TellsItself => true;

    public string? Find(string dataRoot) => Places(dataRoot) switch
    {
        [] => null,
        [var folder] => folder,
        var several => throw new InputException(Ambiguous(several)),
    };

    /// <summary>The folder that bears one of its names, else the data root where that is the corpus itself; several where several hold it.</summary>
    private string[] Places(string dataRoot)
    {
        if (!Directory.Exists(dataRoot)) throw new InputException($"no such data folder: {dataRoot}");
        var root = Path.GetFullPath(dataRoot);
        var children = Directory.GetDirectories(root).Order(StringComparer.Ordinal).ToArray();
        var named = Names.SelectMany(name => children.Where(child => Fold(Path.GetFileName(child)) == name))
            .DistinctBy(child => Directory.ResolveLinkTarget(child, returnFinalTarget: true)?.FullName ?? child).ToArray();
        if (named.Length > 1) return named.Where(folder => Holds(folder, folder, int.MaxValue)).ToArray() is { Length: > 0 } held ? held : named[..1];
        if (named.Length == 1) return named;
        if (Bears(root)) return [root];
        // What lies in another corpus's folder is that corpus's, even where both keep the same files.
        return TellsItself && !IsAnothers(root) && children.Where(child => !IsAnothers(child)).Prepend(root).Any(folder => Holds(root, folder, depth: 0)) ? [root] : [];
    }

    private IEnumerable<string> Names => Folders.Prepend(Name).Select(Fold);

    private bool Bears(string folder) => Names.Contains(Fold(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))));

    private bool IsAnothers(string folder) => !Bears(folder) && CorpusCatalogue.All.OfType<KnownCorpus>().Any(other => other.Bears(folder));

    private string Ambiguous(string[] places) => $"{Name}: several folders hold it: {string.Join(" and ", places)}; keep one of them in the data folder";

    /// <summary>Its utterances by names and annotations, without audio hash and length.</summary>
    /// <exception cref="InputException">It is absent, or is not this corpus.</exception>
    public ImmutableArray<Utterance> List(string dataRoot) => Open(dataRoot).Utterances;

    public CorpusSurvey Survey(string dataRoot)
    {
        var places = Places(dataRoot);
        if (places.Length > 1) return new CorpusSurvey(null, CorpusState.Ambiguous, 0, Card.Utterances, [Ambiguous(places)]);
        if (places is not [var folder]) return new CorpusSurvey(null, CorpusState.Absent, 0, Card.Utterances, []);
        try
        {
            var listing = Read(folder);
            if (listing.Utterances.IsEmpty) return new CorpusSurvey(null, CorpusState.Absent, 0, Card.Utterances, []);
            var expected = Card.Utterances ?? listing.Listed;
            ImmutableArray<string> differences = [.. Differences(listing.Utterances), .. listing.Warnings];
            return new CorpusSurvey(folder, State(listing, expected), listing.Utterances.Length, expected, differences);
        }
        catch (InputException e)
        {
            return new CorpusSurvey(folder, CorpusState.Unreadable, 0, Card.Utterances, [e.Message]);
        }
    }

    public Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var listing = Open(dataRoot);
        return ManifestBuilder.Build(Name, Classes, [.. listing.Utterances.Select(u => (u, (string?)null))],
            synthetic: false, [.. Differences(listing.Utterances), .. listing.Warnings], index, progress, cancellation);
    }

    private Listing Open(string dataRoot)
    {
        var folder = Find(dataRoot) ?? throw new InputException(
            $"{Name}: no folder '{string.Join("' or '", Folders.Prepend(Name))}' in {dataRoot}, and it is not the corpus itself");
        var listing = Read(folder);
        if (listing.Utterances.IsEmpty) throw new InputException($"{Name}: {folder} is not this corpus: {Lacks}");
        var repeated = listing.Utterances.GroupBy(u => u.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (repeated is not null)
            throw new InputException($"{Name}: two utterances have the id '{repeated.Key}': {repeated.First().Path} and {repeated.ElementAt(1).Path}");
        return listing;
    }

    private CorpusState State(Listing listing, int? expected)
    {
        var classes = Compare(listing.Utterances);
        if (Card.Utterances is null && listing.Utterances.Length >= (listing.Listed ?? 0)) return CorpusState.Uncounted;
        if (classes.Any(c => c.Found > c.Published) || listing.Utterances.Length > expected) return CorpusState.Different;
        return classes.Any(c => c.Found < c.Published) || listing.Utterances.Length < expected || listing.Utterances.Length < listing.Listed
            ? CorpusState.Partial : CorpusState.Complete;
    }

    /// <summary>How the utterances differ in number from the published ones.</summary>
    private IEnumerable<string> Differences(ImmutableArray<Utterance> utterances)
    {
        var different = Compare(utterances).Where(c => c.Found != c.Published).Select(c => $"{c.Label} {c.Found} of {c.Published}").ToArray();
        if (different.Length > 0 || (Card.Utterances is { } published && utterances.Length != published))
            yield return $"{Name}: {Counted.Of(utterances.Length, "utterance")}, {Card.Utterances} published" + (different.Length > 0 ? $" ({string.Join(", ", different)})" : "");
        var lacking = Card.Published.Where(c => c.Utterances is null && !utterances.Any(u => u.Label == c.Label)).Select(c => c.Label).ToArray();
        if (lacking.Length > 0) yield return $"{Name}: no utterance of {string.Join(", ", lacking)}";
        var speakers = utterances.Select(u => u.Speaker).OfType<string>().Distinct(StringComparer.Ordinal).Count();
        if (Card.Speakers is { } known && speakers != known) yield return $"{Name}: {Counted.Of(speakers, "speaker")}, {known} published";
    }

    private IEnumerable<(string Label, int Found, int Published)> Compare(ImmutableArray<Utterance> utterances)
    {
        var found = utterances.CountBy(u => u.Label).ToDictionary();
        return Card.Published.Where(c => c.Utterances is not null).Select(c => (c.Label, found.GetValueOrDefault(c.Label), c.Utterances!.Value));
    }

    /// <summary>Audio files below a folder, sorted; sound before pictures among files of one name.</summary>
    protected static IEnumerable<string> AudioFiles(string folder, int depth = int.MaxValue) => Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = depth > 0, MaxRecursionDepth = depth })
        .Where(path => Rank(path) >= 0)
        .OrderBy(path => Path.ChangeExtension(path, null), StringComparer.Ordinal).ThenBy(Rank);

    private static int Rank(string path) => Array.IndexOf(AudioExtensions, Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Path below the folder, <c>/</c>-separated, without extension.</summary>
    protected static string Relative(string folder, string path) =>
        Path.ChangeExtension(Path.GetRelativePath(folder, path), null).Replace(Path.DirectorySeparatorChar, '/');

    private static string Fold(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
