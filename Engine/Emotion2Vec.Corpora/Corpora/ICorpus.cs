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

    /// <summary>What is known of it.</summary>
    CorpusCard Card { get; }

    /// <summary>Classes in the order of logits.</summary>
    ImmutableArray<string> Classes => [.. Card.Published.Select(c => c.Label)];

    /// <summary>Its folder under <paramref name="dataRoot"/>; null where there is none.</summary>
    /// <exception cref="InputException">There is no such data root, or several folders in it hold the corpus.</exception>
    string? Find(string dataRoot);

    /// <summary>How much of it is there, by names and annotations alone. Errors are part of the answer.</summary>
    CorpusSurvey Survey(string dataRoot);

    /// <summary>Reads the corpus.</summary>
    /// <exception cref="InputException">It is absent, is not this corpus, or an audio file is bad.</exception>
    Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default);
}
