using System.Collections.Immutable;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Statistics;

/// <summary>Ends of an interval.</summary>
public sealed record Interval(double Low, double High);

/// <summary>An interval of each figure.</summary>
public sealed record Intervals(Interval Wa, Interval Ua, Interval Wf1, Interval MacroF1);

/// <summary>
/// Percentile bootstrap (Efron and Tibshirani, 1993, chapter 13) of the reported mean: units are drawn with replacement from the whole
/// corpus, as many as there are; every fold is computed anew, then averaged. Stream <c>r</c> of <see cref="Seed"/> draws resample <c>r</c>,
/// one number below the number of units after the other, so that equal predictions have equal intervals on every machine.
/// </summary>
public static class Bootstrap
{
    /// <summary>Resamples of every interval.</summary>
    public const int Resamples = 2000;

    /// <summary>Seed of <see cref="SplitMix64"/>.</summary>
    public const ulong Seed = 1;

    /// <summary>Probability that an interval is made for.</summary>
    public const double Confidence = 0.95;

    /// <summary>Intervals of a row's figures, 0–1; null where there is one unit only, which cannot vary.</summary>
    public static Intervals? Of(RowTally row)
    {
        if (row.Units < 2) return null;
        var samples = Draw(row.Units, row.Classes, row.Resample);
        return new(Of(samples, s => s.Wa), Of(samples, s => s.Ua), Of(samples, s => s.Wf1), Of(samples, s => s.MacroF1));
    }

    /// <summary>What every resample gives.</summary>
    /// <param name="units">Units to draw.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="figures">Figures by how often each unit occurs; the second array is scratch space, classes × classes.</param>
    internal static Scores[] Draw(int units, int classes, Func<int[], int[], Scores> figures)
    {
        var samples = new Scores[Resamples];
        // Streams make resamples independent of who computes them.
        Parallel.ForEach(System.Collections.Concurrent.Partitioner.Create(0, Resamples, Resamples / 8), range =>
        {
            var times = new int[units];
            var confusion = new int[classes * classes];
            for (var r = range.Item1; r < range.Item2; r++)
            {
                Array.Clear(times);
                var random = SplitMix64.Stream(Seed, (ulong)r);
                for (var i = 0; i < units; i++) times[random.Below(units)]++;
                samples[r] = figures(times, confusion);
            }
        });
        return samples;
    }

    /// <summary>The middle <see cref="Confidence"/> of one figure.</summary>
    internal static Interval Of(Scores[] samples, Func<Scores, double> figure)
    {
        double[] values = [.. samples.Select(figure).Order()];
        return new(Quantile(values, (1 - Confidence) / 2), Quantile(values, (1 + Confidence) / 2));
    }

    /// <summary>A quantile of ascending values, linear between neighbours (numpy's default).</summary>
    internal static double Quantile(ReadOnlySpan<double> ascending, double q)
    {
        var at = q * (ascending.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
    }
}
