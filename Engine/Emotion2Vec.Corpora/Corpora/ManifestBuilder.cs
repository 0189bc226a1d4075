using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>Completes utterances by the content of their audio.</summary>
internal static class ManifestBuilder
{
    private const int NamedPairs = 5;

    /// <param name="corpus">Corpus name.</param>
    /// <param name="classes">In the order of logits.</param>
    /// <param name="utterances">Without audio hash and length; each with where it is defined (<c>file:line</c>) or null.</param>
    /// <param name="synthetic">Made by a synthesizer.</param>
    /// <param name="warnings">What was noticed so far.</param>
    /// <param name="index">Content hashes.</param>
    /// <param name="progress">Files done.</param>
    /// <param name="cancellation">Stops the decoding.</param>
    internal static Manifest Build(
        string corpus, IEnumerable<string> classes, IReadOnlyList<(Utterance Utterance, string? Origin)> utterances, bool synthetic,
        IEnumerable<string> warnings, AudioIndex index, IProgress<(int Done, int Total)>? progress, CancellationToken cancellation)
    {
        var audio = index.Describe([.. utterances.Select(u => new AudioStretch(u.Utterance.Path, u.Utterance.Start, u.Utterance.End, u.Origin))], progress, cancellation);
        var complete = utterances.Select((u, i) => u.Utterance with { Audio = audio[i].Hash, Seconds = audio[i].Seconds }).ToArray();
        return new Manifest(corpus, classes, complete, synthetic, [.. warnings, .. Identical(corpus, complete)]);
    }

    /// <summary>Utterances with the same audio, group by group; groups and members by id.</summary>
    internal static Utterance[][] SameAudio(IEnumerable<Utterance> utterances) =>
    [
        .. utterances.GroupBy(u => u.Audio, StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .Select(g => g.OrderBy(u => u.Id, StringComparer.Ordinal).ToArray())
            .OrderBy(g => g[0].Id, StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Identical(string corpus, Utterance[] utterances)
    {
        var groups = SameAudio(utterances);
        foreach (var group in groups.Take(NamedPairs))
        {
            var labels = group.Select(u => u.Label).Distinct().Count() > 1 ? " with different labels" : "";
            yield return $"{corpus}: identical audio{labels}: {string.Join(", ", group.Select(u => u.Id))}";
        }
        if (groups.Length > NamedPairs) yield return $"{corpus}: identical audio under several ids in {groups.Length - NamedPairs} more cases";
    }
}
