using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>A corpus whose file names carry the labels: one audio file per utterance, of any format, at any depth.</summary>
public abstract class FolderCorpus : KnownCorpus
{
    private Regex? pattern;
    private Regex? passedOver;

    /// <summary>How files are named.</summary>
    protected abstract NamingScheme Scheme { get; }

    protected sealed override string Lacks => $"no audio file in it is named like {Scheme.Example}";

    /// <summary>The id of an utterance: by default the group <c>id</c>, else the file's name.</summary>
    protected virtual string IdOf(Match name) => name.Groups["id"] is { Success: true } id ? id.Value : name.Value[(name.Value.LastIndexOf('/') + 1)..];

    /// <summary>
    /// The utterance that a file name means (its id, label, speaker and so on; <see cref="Utterance.Path"/> is set by the caller).
    /// </summary>
    /// <param name="file">Path below the corpus folder, <c>/</c>-separated, without extension.</param>
    /// <param name="utterance">Null where the file is published with the corpus but is not part of it (e.g. songs).</param>
    /// <returns>False where the name does not follow the scheme, or lies in a folder named after another class than its own.</returns>
    public bool TryParse(string file, out Utterance? utterance)
    {
        utterance = null;
        if (Scheme.PassedOver is { } over && (passedOver ??= Compile(over)).IsMatch(file)) return true;
        var name = (pattern ??= Compile(Scheme.Pattern)).Match(file);
        if (!name.Success || !Scheme.Labels.TryGetValue(name.Groups["emotion"].Value, out var label)) return false;
        var folder = Path.GetFileName(Path.GetDirectoryName(file) ?? "").ToLowerInvariant();
        if (folder != label && Classes.Contains(folder)) return false;
        utterance = new Utterance(IdOf(name), "", label, Part("speaker"), Part("text"), Split: Part("split"), Dialogue: Part("dialogue"));
        return true;

        string? Part(string group) => name.Groups[group] is { Success: true } part ? part.Value : null;
    }

    protected sealed override Listing Read(string folder)
    {
        var utterances = ImmutableArray.CreateBuilder<Utterance>();
        var strangers = new List<string>();
        foreach (var path in AudioFiles(folder))
        {
            if (!TryParse(Relative(folder, path), out var utterance)) strangers.Add(path);
            else if (utterance is not null && !Card.Unusable.Contains(utterance.Id)) utterances.Add(utterance with { Path = path });
        }
        if (utterances.Count > 0 && strangers.Count > 0)
        {
            throw new InputException($"{Name}: {strangers[0]} is not named like {Scheme.Example}"
                + (strangers.Count > 1 ? $" (nor {(strangers.Count > 2 ? "are" : "is")} {Counted.Of(strangers.Count - 1, "more audio file")})" : ""));
        }
        return new Listing(utterances.DrainToImmutable(), null, []);
    }

    protected sealed override bool Holds(string root, string folder, int depth) =>
        AudioFiles(folder, depth).Any(path => TryParse(Relative(root, path), out var u) && u is not null);

    // The end is that of the text, not of a line.
    private static Regex Compile(string end) => new($@"(?<=^|/)(?:{end})\z", RegexOptions.CultureInvariant);
}
