namespace Emotion2Vec.Corpora.Statistics;

/// <summary>What one protocol reports above another on the same utterances: weighted accuracy, 0–1.</summary>
/// <param name="Difference">Mean over folds of the first − mean over folds of the second.</param>
/// <param name="Interval">95 % of the bootstrapped differences, the same units drawn for both; null where one unit only was tested.</param>
public sealed record ProtocolGap(double Difference, Interval? Interval)
{
    /// <summary>The gap between two rows of one corpus; null where they tested different utterances.</summary>
    /// <param name="first">Folds of a row.</param>
    /// <param name="second">Folds of a row under another protocol.</param>
    /// <param name="units">What is drawn.</param>
    /// <param name="classes">Number of classes.</param>
    public static ProtocolGap? Of(IReadOnlyCollection<TestedFold> first, IReadOnlyCollection<TestedFold> second, ResamplingUnits units, int classes)
    {
        if (!Tested(first).SetEquals(Tested(second))) return null;
        var (a, b) = (new RowTally(first, units, classes), new RowTally(second, units, classes));
        // Units are numbered by the utterances tested, which are the same, so that a draw means the same speakers in both.
        var samples = a.Units < 2 ? null : Bootstrap.Draw(a.Units, classes, (times, confusion) => a.Resample(times, confusion) - b.Resample(times, confusion));
        return new(a.Mean.Wa - b.Mean.Wa, samples is null ? null : Bootstrap.Of(samples, s => s.Wa));

        static HashSet<int> Tested(IReadOnlyCollection<TestedFold> folds) => [.. folds.SelectMany(f => f.Test)];
    }
}
