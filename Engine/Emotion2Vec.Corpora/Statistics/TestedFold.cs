using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Statistics;

/// <summary>The stored predictions of one fold and seed.</summary>
/// <param name="Fold">Zero-based.</param>
/// <param name="Seed">Seed of training.</param>
/// <param name="Test">Manifest positions of the test utterances.</param>
/// <param name="Truth">Class of each.</param>
/// <param name="Predicted">Predicted class of each.</param>
public sealed record TestedFold(int Fold, int Seed, ImmutableArray<int> Test, ImmutableArray<int> Truth, ImmutableArray<int> Predicted);

/// <summary>
/// What a bootstrap draws: speakers, because the utterances of one speaker are not independent of each other; an utterance whose
/// speaker nobody knows is a unit of its own.
/// </summary>
/// <param name="Of">Unit of each utterance, in manifest order.</param>
public sealed record ResamplingUnits(ImmutableArray<int> Of)
{
    /// <summary>The units of a corpus.</summary>
    public static ResamplingUnits From(Manifest manifest)
    {
        var speakers = new Dictionary<string, int>(StringComparer.Ordinal);
        var next = 0;
        return new([.. manifest.Utterances.Select(u =>
        {
            if (string.IsNullOrEmpty(u.Speaker)) return next++;
            if (!speakers.TryGetValue(u.Speaker, out var unit)) speakers[u.Speaker] = unit = next++;
            return unit;
        })]);
    }
}
