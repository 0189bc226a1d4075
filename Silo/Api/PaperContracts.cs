using System.Collections.Immutable;

namespace Emotion2Vec.Silo.Api;

/// <summary>POST /api/papers: a grid file with a table of a publication. <paramref name="Grid"/> is the YAML text, <paramref name="File"/> its name for error lines.</summary>
/// <param name="Experiment">Only results of this experiment; null for all.</param>
public sealed record PaperRequest(string Grid, string File, string? Experiment = null);

/// <summary>The table in its own layout, with what this store has. Percentages, 0–100.</summary>
/// <param name="Tolerance">Percentage points within which a number counts as reproduced.</param>
public sealed record PaperAnswer(
    string Name, string Title, string Caption, double Tolerance, ImmutableArray<PaperAnswerColumn> Columns, ImmutableArray<PaperAnswerRow> Rows,
    ImmutableArray<string> Notes, ImmutableArray<string> Corrections);

/// <summary>A dataset.</summary>
/// <param name="Part">Part of a table that has several below each other, from 1.</param>
/// <param name="Metrics"><c>wa</c>, <c>ua</c>, <c>wf1</c>, <c>macro_f1</c>, from left to right.</param>
public sealed record PaperAnswerColumn(string Key, string Name, int Part, string Corpus, string Protocol, ImmutableArray<string> Metrics);

/// <summary>A model.</summary>
/// <param name="Head">Our head of the row; null where the platform cannot have the upstream, so that there is none.</param>
/// <param name="Missing">Why there can be no number of ours (upstream or task not available, quoted row); null where there can.</param>
/// <param name="Cells">One per column.</param>
public sealed record PaperAnswerRow(string Name, string? Group, ImmutableArray<PaperDetail> Details, string? Upstream, string? Head, string? Missing, ImmutableArray<PaperCell> Cells);

/// <summary>A further printed column of a row.</summary>
public sealed record PaperDetail(string Name, string Text);

/// <summary>A model on a dataset.</summary>
/// <param name="State"><c>done</c>, <c>partial</c> (folds are missing), <c>none</c> (no result yet) or <c>not available</c>.</param>
/// <param name="Seeds">Seeds asked for.</param>
/// <param name="FoldsDone">Fold results, all seeds together.</param>
/// <param name="FoldsExpected">Folds asked for; of a row that nobody has asked for, those of one seed as published; null where only the data tell.</param>
/// <param name="Figures">One per metric of the column.</param>
public sealed record PaperCell(
    string Column, string Protocol, string State, int Seeds, int FoldsDone, int? FoldsExpected, ImmutableArray<PaperFigure> Figures,
    ImmutableArray<string> Badges, ImmutableArray<string> Warnings);

/// <summary>A number and what the publication prints.</summary>
/// <param name="Paper">Printed number; null where there is none.</param>
/// <param name="Ours">Ours; null before the first result.</param>
/// <param name="Difference">Ours − paper, in percentage points.</param>
/// <param name="Reproduced">Whether it is within the tolerance, once all folds are done.</param>
public sealed record PaperFigure(string Metric, double? Paper, Figure? Ours, double? Difference, bool? Reproduced);
