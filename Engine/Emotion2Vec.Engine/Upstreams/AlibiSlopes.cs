namespace Emotion2Vec.Engine.Upstreams;

/// <summary>How fast each head's attention falls with distance (ALiBi; Press et al., 2022).</summary>
public static class AlibiSlopes
{
    /// <summary>
    /// Of n heads, n a power of two: m, m², …, mⁿ with m = 2^(−8/n). Of another number: those of the next smaller power
    /// of two, then every second one of the next larger, from its first.
    /// </summary>
    public static float[] Of(int heads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        var power = 1;
        while (2 * power <= heads) power *= 2;
        return [.. Geometric(power), .. Geometric(2 * power).Where((_, i) => i % 2 == 0).Take(heads - power)];
    }

    private static IEnumerable<float> Geometric(int heads)
    {
        var start = Math.Pow(2, -8.0 / heads);
        for (var i = 0; i < heads; i++) yield return (float)(start * Math.Pow(start, i));
    }
}
