using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Papers;

/// <summary>A table (or figure) of a publication as data: its layout, its printed numbers, and which rows of a leaderboard stand against them.</summary>
/// <param name="Title">Such as <c>Table 4</c>.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Tolerance">Percentage points within which a number counts as reproduced.</param>
/// <param name="Columns">Datasets, from left to right and part by part.</param>
/// <param name="Rows">Models, from top to bottom.</param>
/// <param name="Notes">What the publication leaves open, and how it is read here.</param>
/// <param name="Corrections">Slips of the copy that the numbers were taken from.</param>
public sealed record PaperTable(
    string Title, string Caption, double Tolerance, ImmutableArray<PaperColumn> Columns, ImmutableArray<PaperRow> Rows,
    ImmutableArray<string> Notes, ImmutableArray<string> Corrections)
{
    /// <summary>Upstreams that the table has and the catalogue does not (yet), each with the reason. A grid beside the table may name them; they give no jobs.</summary>
    public ImmutableSortedDictionary<string, string> ToCome { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A dataset of a table.</summary>
/// <param name="Key">By which rows name it.</param>
/// <param name="Name">As printed.</param>
/// <param name="Corpus">Name of the corpus, or the manifest file as the grid names it.</param>
/// <param name="Protocol">Protocol of the numbers, where a row does not say another.</param>
/// <param name="Metrics">Of <see cref="PaperMetrics"/>, from left to right.</param>
/// <param name="Part">Part of a table that has several below each other, from 1.</param>
public sealed record PaperColumn(string Key, string Name, string Corpus, string Protocol, ImmutableArray<string> Metrics, int Part = 1);

/// <summary>A model of a table.</summary>
/// <param name="Name">As printed.</param>
/// <param name="Upstream">Upstream as leaderboards name it; null where the platform cannot have it.</param>
/// <param name="Head">Head with its recipe.</param>
/// <param name="Protocol">Where it differs from the column's.</param>
/// <param name="Group">Heading that it stands under; null for none.</param>
/// <param name="Missing">Why there can be no number of ours; null where there can.</param>
/// <param name="Details">Further printed columns, in order: name and text.</param>
/// <param name="Values">Printed numbers by column key, in the order of its metrics; null where the table has a dash.</param>
public sealed record PaperRow(
    string Name, string? Upstream, HeadSpec Head, string? Protocol, string? Group, string? Missing,
    ImmutableArray<(string Name, string Text)> Details, ImmutableDictionary<string, ImmutableArray<double?>> Values);

/// <summary>Names of metrics in table files.</summary>
public static class PaperMetrics
{
    public const string Wa = "wa", Ua = "ua", Wf1 = "wf1", MacroF1 = "macro_f1";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [Wa, Ua, Wf1, MacroF1];
}
