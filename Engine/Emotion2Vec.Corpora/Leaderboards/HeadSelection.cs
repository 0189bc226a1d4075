using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Leaderboards;

/// <summary>
/// Chooses the hyper-parameters of a head by validation: in every fold and seed the candidate whose tested epoch has the highest
/// validation WA, the first of equal ones in the order of their canonical JSON. Test figures play no role, so that the row of the chosen
/// ones is as honest as a row without choice. Under an optimistic protocol validation is the test part, as its badge says.
/// </summary>
public static class HeadSelection
{
    /// <summary>
    /// The entries with the candidates of one head replaced by the chosen one, under the head's name: <c>linear, best of 4 by validation</c>. A fold and seed is
    /// chosen when all of its candidates are done. Heads that have no other hyper-parameters beside them stay as they are.
    /// </summary>
    /// <param name="entries">Fold jobs.</param>
    public static ImmutableArray<FoldEntry> Choose(IEnumerable<FoldEntry> entries) =>
    [
        .. entries.DistinctBy(e => e.Spec)
            .GroupBy(e => new { e.Spec.Corpus, e.Spec.Manifest, e.Spec.Protocol, e.Spec.Folds, e.Spec.Upstream, e.Spec.Features, e.Spec.Head.Name })
            .SelectMany(row =>
            {
                var candidates = row.Select(e => e.Spec.Head).Distinct().Count();
                return candidates == 1 ? row.AsEnumerable()
                    : row.GroupBy(e => (e.Spec.Fold, e.Spec.Seed)).Select(fold => Best([.. fold], candidates) with { Chosen = candidates });
            }),
    ];

    private static FoldEntry Best(FoldEntry[] candidates, int expected)
    {
        var ordered = candidates.OrderBy(e => CanonicalJson.Write(e.Spec.Head), StringComparer.Ordinal).ToArray();
        return ordered.Length < expected || ordered.Any(e => e.Score is null) ? ordered[0] with { Score = null }
            : ordered.MaxBy(e => e.Score!.ValidationWa ?? double.NegativeInfinity)!;
    }
}
