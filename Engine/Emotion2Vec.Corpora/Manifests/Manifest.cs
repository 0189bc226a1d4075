using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Manifests;

/// <summary>
/// A corpus as the platform knows it: its utterances sorted ordinally by id, its classes, and a hash over ids, labels,
/// speakers and audio content that names this exact data everywhere (local paths do not count).
/// </summary>
public sealed class Manifest
{
    /// <exception cref="InputException">Two utterances with one id, no utterance, or a label outside <paramref name="classes"/> that is not empty.</exception>
    public Manifest(string corpus, IEnumerable<string> classes, IEnumerable<Utterance> utterances, bool synthetic = false, IEnumerable<string>? warnings = null)
    {
        Corpus = corpus;
        Classes = [.. classes];
        Utterances = [.. utterances.OrderBy(u => u.Id, StringComparer.Ordinal)];
        Synthetic = synthetic;
        Warnings = [.. warnings ?? []];
        if (Utterances.IsEmpty) throw new InputException($"{corpus}: no utterance");
        for (var i = 1; i < Utterances.Length; i++)
        {
            if (Utterances[i].Id == Utterances[i - 1].Id)
                throw new InputException($"{corpus}: two utterances have the id '{Utterances[i].Id}': {Utterances[i - 1].Path} and {Utterances[i].Path}");
        }
        var positions = Classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        LabelIndices = [.. Utterances.Select(u => u.Label.Length == 0 ? -1 : positions.TryGetValue(u.Label, out var i)
            ? i : throw new InputException($"{corpus}: utterance '{u.Id}' has the label '{u.Label}', which is not one of {string.Join(", ", Classes)}"))];
        Hash = CanonicalJson.Hash(CanonicalJson.Write(new
        {
            Classes,
            Utterances = Utterances.Select(u => new { u.Id, u.Label, u.Speaker, u.Text, u.Session, u.Split, u.Start, u.End, u.Audio, u.Dialogue, u.Turn }),
        }));
    }

    /// <summary>Corpus name.</summary>
    public string Corpus { get; }

    /// <summary>Class names; their order is the order of logits and confusion matrices. Of a part of a corpus, some may have no utterance: it serves for pre-training, and has no folds.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>All utterances, sorted ordinally by id. "Manifest order" everywhere else.</summary>
    public ImmutableArray<Utterance> Utterances { get; }

    /// <summary>Class of each utterance, in manifest order; -1 without label.</summary>
    public ImmutableArray<int> LabelIndices { get; }

    /// <summary>Whether every utterance has a label; pre-training needs none.</summary>
    public bool Labelled => !LabelIndices.Contains(-1);

    /// <summary>Made by a synthesizer; every report says so.</summary>
    public bool Synthetic { get; }

    /// <summary>What the scan noticed and a reader should know (identical audio under two names, missing published files).</summary>
    public ImmutableArray<string> Warnings { get; }

    /// <summary>SHA-256 over classes, ids, labels, speakers, texts, sessions, splits, dialogues and audio content. What an utterance does not have leaves no trace in it.</summary>
    public string Hash { get; }
}
