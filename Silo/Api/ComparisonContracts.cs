using System.Collections.Immutable;

namespace Emotion2Vec.Silo.Api;

/// <summary>
/// GET /api/comparisons?first=&amp;second=&amp;experiment=&amp;corpus=&amp;protocol= : two rows wherever both have results on the same folds. Percentages, 0–100.
/// </summary>
/// <param name="Folds">Folds that both rows have.</param>
/// <param name="Utterances">Their test utterances.</param>
/// <param name="Units">Speakers (or utterances without one) that were drawn.</param>
/// <param name="Resamples">How often.</param>
public sealed record RowComparison(
    string Corpus, string Protocol, ComparedRow First, ComparedRow Second, int Folds, int Utterances, int Units, int Resamples,
    ComparedFigure Wa, ComparedFigure Ua, ComparedFigure Wf1, ComparedFigure MacroF1, bool Synthetic);

/// <summary>One of the two rows.</summary>
public sealed record ComparedRow(string Upstream, string Head, int Seeds, int FoldsDone, int FoldsExpected, ImmutableArray<string> Badges);

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
