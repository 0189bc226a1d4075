using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// What random protocols deal out: an utterance, or several with identical audio, which no split may tear apart.
/// In a corpus without duplicates every unit is one utterance.
/// </summary>
internal static class AudioUnits
{
    /// <summary>The units of some positions (ascending), in the order of their first utterance.</summary>
    public static int[][] Of(Manifest manifest, IEnumerable<int> positions) =>
        [.. positions.GroupBy(p => AudioOf(manifest, p)).Select(g => g.ToArray()).OrderBy(u => u[0])];

    /// <summary>What identical audio shares; an utterance whose audio was not hashed is identical to none.</summary>
    public static string AudioOf(Manifest manifest, int position) =>
        manifest.Utterances[position].Audio is { Length: > 0 } audio ? audio : "id " + manifest.Utterances[position].Id;

    /// <summary>
    /// Deals shuffled units into parts of equal size. Units of several utterances go first, each to the smallest part;
    /// single utterances then level the parts and are handed out in consecutive stretches of the shuffled order.
    /// Sizes differ by at most one unless there are too few single utterances to level what duplicates leave uneven.
    /// </summary>
    public static int[][] Deal(int[][] shuffled, int parts)
    {
        var dealt = Enumerable.Range(0, parts).Select(_ => new List<int>()).ToArray();
        var sizes = new int[parts];
        foreach (var unit in shuffled.Where(u => u.Length > 1))
        {
            var smallest = Smallest(sizes);
            dealt[smallest].AddRange(unit);
            sizes[smallest] += unit.Length;
        }
        var singles = shuffled.Where(u => u.Length == 1).Select(u => u[0]).ToArray();
        var quotas = new int[parts];
        foreach (var _ in singles)
        {
            var smallest = Smallest(sizes);
            sizes[smallest]++;
            quotas[smallest]++;
        }
        var next = 0;
        for (var part = 0; part < parts; part++)
        {
            dealt[part].AddRange(singles.AsSpan(next, quotas[part]));
            next += quotas[part];
        }
        return [.. dealt.Select(p => p.Order().ToArray())];
    }

    /// <summary>
    /// Draws about <paramref name="size"/> utterances from <paramref name="positions"/>: shuffled units are taken in order
    /// while they fit. Never empty, never everything: there must be at least two units.
    /// </summary>
    /// <returns>The positions drawn and those left, each ascending.</returns>
    public static (int[] Drawn, int[] Left) Draw(Manifest manifest, IReadOnlyCollection<int> positions, int size, SplitMix64 random)
    {
        var units = Of(manifest, positions.Order());
        random.Shuffle(units.AsSpan());
        var drawn = new HashSet<int>();
        foreach (var unit in units)
            if (drawn.Count + unit.Length <= size) drawn.UnionWith(unit);
        if (drawn.Count == 0) drawn.UnionWith(units.MinBy(u => u.Length)!);
        return ([.. drawn.Order()], [.. positions.Where(p => !drawn.Contains(p)).Order()]);
    }

    private static int Smallest(int[] sizes) => Array.IndexOf(sizes, sizes.Min());
}
