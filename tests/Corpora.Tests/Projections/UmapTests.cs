using Emotion2Vec.Corpora.Projections;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Projections;

public sealed class UmapTests
{
    private const int Count = 600, Dimension = 10, Near = 15;

    /// <summary>
    /// umap-js 1.4.0 with its defaults on the same points, mean over seeds 1 to 5 of a generator as ours (trustworthiness from 0.99928 to 0.99937,
    /// preservation from 0.893 to 0.903).
    /// </summary>
    private const double ReferenceTrustworthiness = 0.99932, ReferencePreservation = 0.8978;

    [Fact]
    public void Projections_are_as_faithful_as_the_reference_implementation()
    {
        var points = Spiral();
        var scores = Enumerable.Range(1, 5).Select(seed => Scores(points, Umap.Project(points, Count, new UmapOptions(Seed: (ulong)seed)))).ToArray();
        Assert.InRange(scores.Average(s => s.Trustworthiness), ReferenceTrustworthiness - 0.01, 1);
        Assert.InRange(scores.Average(s => s.Preservation), ReferencePreservation - 0.01, ReferencePreservation + 0.01);
    }

    [Fact]
    public void The_same_seed_gives_the_same_projection_and_another_does_not()
    {
        var points = Spiral();
        var first = Umap.Project(points, Count);
        Assert.Equal(first, Umap.Project(points, Count));
        Assert.NotEqual(first, Umap.Project(points, Count, new UmapOptions(Seed: 2)));
        Assert.All(first, p => Assert.True(double.IsFinite(p)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void Few_and_equal_points_have_finite_places(int count)
    {
        Assert.All(Umap.Project(new float[count * 3], count), p => Assert.True(double.IsFinite(p)));
        Assert.All(Umap.Project([.. Enumerable.Range(0, count * 3).Select(i => (float)(i / 6))], count), p => Assert.True(double.IsFinite(p)));
    }

    [Fact]
    public void Chance_has_the_scores_of_chance()
    {
        var random = new SplitMix64(3);
        var (trustworthiness, preservation) = Scores(Spiral(), [.. Enumerable.Range(0, 2 * Count).Select(_ => Uniform(random))]);
        Assert.InRange(trustworthiness, 0.4, 0.6);
        Assert.InRange(preservation, 0, 0.06);
    }

    /// <summary>Six arms of a spiral, each in a plane of its own, and noise.</summary>
    private static float[] Spiral()
    {
        var random = new SplitMix64(7);
        var points = new float[Count * Dimension];
        for (var i = 0; i < Count; i++)
        {
            var (arm, t) = (i % 6, 3 * Uniform(random));
            for (var d = 0; d < Dimension; d++)
            {
                var value = d == arm ? 4 : d == arm + 1 ? 2 * Math.Cos(t) : d == arm + 2 ? 2 * Math.Sin(t) : d == arm + 3 ? t : 0;
                points[(i * Dimension) + d] = (float)(value + (0.3 * (Uniform(random) - 0.5)));
            }
        }
        // The points of the reference: its first value.
        Assert.Equal(3.8550364883584467, points[0], 6);
        return points;
    }

    private static double Uniform(SplitMix64 random) => (random.Next() >> 11) / (double)(1UL << 53);

    /// <summary>Trustworthiness (Venna and Kaski, 2001) and the share of near neighbours that stay near.</summary>
    private static (double Trustworthiness, double Preservation) Scores(float[] points, double[] positions)
    {
        var (high, _) = Umap.Nearest(points, Count, Count);
        var (low, _) = Umap.Nearest([.. positions.Select(p => (float)p)], Count, Near + 1);
        var (penalty, kept) = (0.0, 0);
        for (var i = 0; i < Count; i++)
        {
            var rank = new int[Count];
            for (var r = 0; r < Count; r++) rank[high[(i * Count) + r]] = r;
            foreach (var j in low.AsSpan((i * (Near + 1)) + 1, Near))
            {
                if (rank[j] <= Near) kept++;
                else penalty += rank[j] - Near;
            }
        }
        return (1 - (2.0 / (Count * Near * ((2.0 * Count) - (3 * Near) - 1)) * penalty), kept / (double)(Count * Near));
    }
}
