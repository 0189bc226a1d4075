using System.Collections.Immutable;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Silo.Api;

/// <summary>
/// GET /api/comparisons?first=&amp;second=&amp;experiment=&amp;corpus=&amp;protocol= : two rows wherever both have results on the same folds. Percentages, 0–100.
/// </summary>
/// <param name="Folds">Folds that both rows have with some seed.</param>
/// <param name="Seeds">Those seeds: only results of a fold and seed that both rows have are compared.</param>
/// <param name="Utterances">Their test utterances.</param>
/// <param name="Units">Speakers (or utterances without one) that were drawn.</param>
/// <param name="Resamples">How often.</param>
public sealed record RowComparison(
    string Corpus, string Protocol, ComparedRow First, ComparedRow Second, int Folds, ImmutableArray<int> Seeds, int Utterances, int Units, int Resamples,
    ComparedFigure Wa, ComparedFigure Ua, ComparedFigure Wf1, ComparedFigure MacroF1, bool Synthetic)
{
    /// <summary>What is not compared, in words; null where both rows have the same folds and seeds.</summary>
    public string? Remark => First.LeftOut + Second.LeftOut == 0 ? null
        : $"Compared where both have results: {Counted.Of(Folds, "fold")}, {(Seeds.Length == 1 ? "seed" : "seeds")} {string.Join(", ", Seeds)}. Left out: "
            + string.Join(", ", new[] { ("A", First.LeftOut), ("B", Second.LeftOut) }.Where(r => r.Item2 > 0).Select(r => $"{Counted.Of(r.Item2, "result")} of {r.Item1}")) + ".";
}

/// <summary>One of the two rows.</summary>
/// <param name="LeftOut">Results of a fold and seed that the other row lacks.</param>
public sealed record ComparedRow(string Upstream, string Head, int Seeds, int FoldsDone, int FoldsExpected, int LeftOut, ImmutableArray<string> Badges);

/// <summary>A figure of both.</summary>
/// <param name="Difference">First − second.</param>
/// <param name="Low">Lower end of the difference's 95 % interval by paired bootstrap; null where one unit only was tested.</param>
/// <param name="High">Upper end.</param>
/// <param name="P">Two-sided, by the same bootstrap.</param>
/// <param name="SignedRanks">Wilcoxon's test over folds; null for a single fold.</param>
public sealed record ComparedFigure(double First, double Second, double Difference, double? Low, double? High, double? P, SignedRanks? SignedRanks);

/// <summary>Wilcoxon's signed-rank test over folds, two-sided.</summary>
/// <param name="Better">Folds in which the first row is higher.</param>
/// <param name="Worse">Folds in which it is lower.</param>
/// <param name="Equal">Folds without difference, which do not count.</param>
public sealed record SignedRanks(int Better, int Worse, int Equal, double Statistic, double P);
