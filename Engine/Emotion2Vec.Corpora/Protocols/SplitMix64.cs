namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// The generator behind every random fold: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014). It is written out here because folds must be the same on every machine and runtime, for ever.
/// Stream <c>s</c> of seed <c>k</c> starts from the state <c>mix(k) + s</c>, where <c>mix</c> is one step of the
/// generator from state <c>k</c>; stream 0 of a protocol deals the test parts, stream <c>1 + fold</c> draws validation.
/// </summary>
public sealed class SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>The generator of one stream of a seed.</summary>
    public static SplitMix64 Stream(ulong seed, ulong stream) => new(new SplitMix64(seed).Next() + stream);

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1, all equally likely: draws that would favour small remainders are thrown away.</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var n = (ulong)bound;
        var unfair = (0 - n) % n; // 2^64 mod n
        ulong draw;
        do draw = Next(); while (draw < unfair);
        return (int)(draw % n);
    }

    /// <summary>Fisher–Yates from the last element down: element i changes places with element <c>Below(i + 1)</c>.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
