using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>A corpus whose labels lie in files of their own beside the audio.</summary>
public abstract class AnnotatedCorpus : KnownCorpus
{
    // A RIFF header alone.
    private const long NoSamples = 44;

    /// <summary>One utterance as its annotation tells it.</summary>
    /// <param name="Utterance">Without path; its label empty where the annotation has none of the corpus's classes.</param>
    /// <param name="Audio">What <see cref="AudioKey"/> makes of its file.</param>
    /// <param name="Origin">Where it is told, <c>file:line</c>.</param>
    protected sealed record Annotation(Utterance Utterance, string Audio, string Origin);

    /// <summary>Names of the annotation files that make a folder this corpus; each is looked for at any depth.</summary>
    protected abstract ImmutableArray<string> Markers { get; }

    protected sealed override string Lacks => $"no {string.Join(" or ", Markers)} in it";

    /// <summary>All utterances of the corpus.</summary>
    /// <param name="folder">The corpus folder.</param>
    /// <exception cref="InputException">A bad line, with its file and number.</exception>
    protected abstract IEnumerable<Annotation> Annotations(string folder);

    /// <summary>What an annotation knows an audio file by; by default its name.</summary>
    /// <param name="file">Path below the corpus folder, <c>/</c>-separated, without extension.</param>
    protected virtual string AudioKey(string file) => file[(file.LastIndexOf('/') + 1)..];

    protected sealed override bool Holds(string root, string folder, int depth) => Marked(folder, depth).Any();

    protected sealed override Listing Read(string folder)
    {
        if (!Marked(folder, depth: int.MaxValue).Any()) return new Listing([], null, []);
        var files = AudioFiles(folder).GroupBy(path => AudioKey(Relative(folder, path)), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var utterances = ImmutableArray.CreateBuilder<Utterance>();
        var (absent, empty) = (new List<string>(), new List<string>());
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (utterance, audio, origin) in Annotations(folder))
        {
            if (!origins.TryAdd(utterance.Id, origin)) throw new InputException($"{origin}: a second utterance with the id '{utterance.Id}', the first is at {origins[utterance.Id]}");
            if (Card.Unusable.Contains(utterance.Id)) continue;
            if (!files.TryGetValue(audio, out var path)) absent.Add(audio);
            else if (path.EndsWith(".wav", StringComparison.OrdinalIgnoreCase) && new FileInfo(path).Length <= NoSamples) empty.Add(path);
            else utterances.Add(utterance with { Path = path });
        }
        var warnings = ImmutableArray.CreateBuilder<string>();
        if (absent.Count > 0) warnings.Add($"{Name}: {absent.Count} of {origins.Count} annotated files are not there, the first is {absent[0]}");
        if (empty.Count > 0) warnings.Add($"{Name}: {Counted.Of(empty.Count, "file")} without samples left out, the first is {empty[0]}");
        return new Listing(utterances.DrainToImmutable(), origins.Count - Card.Unusable.Length - empty.Count, warnings.DrainToImmutable());
    }

    /// <summary>An annotation file by its name.</summary>
    /// <exception cref="InputException">There is none below the folder.</exception>
    protected string Need(string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Below(folder, name, int.MaxValue).FirstOrDefault() is { } path) return path;
        throw new InputException($"{Name}: no {string.Join(" or ", names)} below {folder}");
    }

    private IEnumerable<string> Marked(string folder, int depth) => Markers.SelectMany(marker => Below(folder, marker, depth));

    private static IEnumerable<string> Below(string folder, string name, int depth) => Directory
        .EnumerateFiles(folder, name, new EnumerationOptions { RecurseSubdirectories = depth > 0, MaxRecursionDepth = depth })
        .OrderBy(path => path.Length).ThenBy(path => path, StringComparer.Ordinal);
}
