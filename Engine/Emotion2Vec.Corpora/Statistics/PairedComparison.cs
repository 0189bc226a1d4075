using System.Collections.Immutable;
using Emotion2Vec.Corpora.Metrics;

namespace Emotion2Vec.Corpora.Statistics;

/// <summary>One figure of two rows, 0–1.</summary>
/// <param name="First">The first row's reported mean over the folds that both have.</param>
/// <param name="Second">The second row's.</param>
/// <param name="Difference">First − second.</param>
/// <param name="Interval">95 % of the bootstrapped differences; null where one unit only was tested.</param>
/// <param name="P">Two-sided: twice the smaller share of resamples, the given data among them, in which the difference is at most, or at least, 0; null without interval.</param>
/// <param name="Folds">Signed-rank test over folds; null for a single fold.</param>
public sealed record PairedFigure(double First, double Second, double Difference, Interval? Interval, double? P, WilcoxonSignedRank? Folds);

/// <summary>
/// Two rows compared on the same utterances: the bootstrap draws the same units for both, so that what makes a speaker hard for both
/// cancels out.
/// </summary>
/// <param name="FoldsCompared">Folds that both rows have with some seed.</param>
/// <param name="Seeds">Those seeds, ascending.</param>
/// <param name="Results">Folds with their seeds that both have: so many results of each row are compared.</param>
/// <param name="Utterances">Their test utterances.</param>
/// <param name="Units">Units that were drawn.</param>
public sealed record PairedComparison(int FoldsCompared, ImmutableArray<int> Seeds, int Results, int Utterances, int Units, PairedFigure Wa, PairedFigure Ua, PairedFigure Wf1, PairedFigure MacroF1)
{
    /// <summary>
    /// Compares two rows of one fold set, on the folds and seeds that both have; seeds are averaged within each row. One training against the mean of
    /// several would compare numbers of trainings as well.
    /// </summary>
    /// <param name="first">Folds of a row.</param>
    /// <param name="second">Folds of the other.</param>
    /// <param name="units">What is drawn.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">No fold with a seed in common, or a fold tested other utterances.</exception>
    public static PairedComparison Of(IReadOnlyCollection<TestedFold> first, IReadOnlyCollection<TestedFold> second, ResamplingUnits units, int classes)
    {
        var common = first.Select(Place).Intersect(second.Select(Place)).ToHashSet();
        if (common.Count == 0) throw new ArgumentException("the rows have no fold with a seed in common");
        var a = new RowTally(first.Where(f => common.Contains(Place(f))), units, classes);
        var b = new RowTally(second.Where(f => common.Contains(Place(f))), units, classes);
        if (a.Folds.Zip(b.Folds).Any(f => !f.First.Test.SequenceEqual(f.Second.Test) || !f.First.Truth.SequenceEqual(f.Second.Truth)))
            throw new ArgumentException("the rows tested different utterances");

        var samples = a.Units < 2 ? null : Bootstrap.Draw(a.Units, classes, (times, confusion) => a.Resample(times, confusion) - b.Resample(times, confusion));
        return new(a.Folds.Length, [.. common.Select(c => c.Seed).Distinct().Order()], common.Count, a.Folds.Sum(f => f.Test.Length), a.Units, Figure(s => s.Wa), Figure(s => s.Ua), Figure(s => s.Wf1), Figure(s => s.MacroF1));

        PairedFigure Figure(Func<Scores, double> figure) => new(
            figure(a.Mean), figure(b.Mean), figure(a.Mean) - figure(b.Mean),
            samples is null ? null : Bootstrap.Of(samples, figure),
            samples is null ? null : PValue(samples.Select(figure)),
            a.Folds.Length < 2 ? null : WilcoxonSignedRank.Of([.. a.FoldMeans.Select(figure)], [.. b.FoldMeans.Select(figure)]));
    }

    private static (int Fold, int Seed) Place(TestedFold fold) => (fold.Fold, fold.Seed);

    private static double PValue(IEnumerable<double> differences)
    {
        int below = 1, above = 1;
        foreach (var difference in differences)
        {
            if (difference <= 0) below++;
            if (difference >= 0) above++;
        }
        return Math.Min(1, 2.0 * Math.Min(below, above) / (Bootstrap.Resamples + 1));
    }
}
