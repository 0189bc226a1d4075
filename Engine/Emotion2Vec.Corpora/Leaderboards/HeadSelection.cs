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
    /// chosen when all of its candidates are done; those that not all candidates were asked for are left out, since the choice there would be among others.
    /// Heads that have no other hyper-parameters beside them, or none with a fold and seed in common, stay as they are.
    /// </summary>
    /// <param name="entries">Fold jobs.</param>
    public static ImmutableArray<FoldEntry> Choose(IEnumerable<FoldEntry> entries) =>
    [
        .. entries.DistinctBy(e => e.Spec)
            .GroupBy(e => new { e.Spec.Corpus, e.Spec.Manifest, e.Spec.Protocol, e.Spec.Folds, e.Spec.Upstream, e.Spec.Features, e.Spec.Head.Name })
            .SelectMany(row =>
            {
                var candidates = row.Select(e => e.Spec.Head).Distinct().Count();
                var shared = row.GroupBy(e => (e.Spec.Fold, e.Spec.Seed)).Where(fold => fold.Count() == candidates).ToArray();
                return candidates == 1 || shared.Length == 0 ? row.AsEnumerable() : shared.Select(fold => Best([.. fold]) with { Chosen = candidates });
            }),
    ];

    private static FoldEntry Best(FoldEntry[] candidates)
    {
        var ordered = candidates.OrderBy(e => CanonicalJson.Write(e.Spec.Head), StringComparer.Ordinal).ToArray();
        return ordered.Any(e => e.Score is null) ? ordered[0] with { Score = null }
            : ordered.MaxBy(e => e.Score!.ValidationWa ?? double.NegativeInfinity)!;
    }
}
