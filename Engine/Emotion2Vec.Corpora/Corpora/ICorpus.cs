using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// A corpus that is known by name. A public implementation with a parameterless constructor in this assembly is all
/// that <see cref="CorpusCatalogue"/> needs; nothing else mentions its name.
/// </summary>
public interface ICorpus
{
    /// <summary>Name in grids: lower case, digits, hyphens.</summary>
    string Name { get; }

    /// <summary>One line for a list of corpora: what it is, its language, its licence.</summary>
    string Title { get; }

    /// <summary>Classes in the order of logits, each with its published number of utterances.</summary>
    ImmutableArray<(string Label, int Utterances)> Published { get; }

    /// <summary>Published number of speakers that file names tell apart.</summary>
    int Speakers { get; }

    /// <summary>Its folder under <paramref name="dataRoot"/>; null where there is none.</summary>
    string? Find(string dataRoot);

    /// <summary>Reads the corpus.</summary>
    /// <exception cref="InputException">It is absent, is not this corpus, or an audio file is bad.</exception>
    Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default);
}
