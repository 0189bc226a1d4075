using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>The leaderboard as Markdown, LaTeX, CSV and JSON, for files; the latter two hold the same fields, unrounded.</summary>
public static class LeaderboardText
{
    /// <summary>Corpus, then protocol, then best first.</summary>
    public static IEnumerable<LeaderboardRow> Order(IEnumerable<LeaderboardRow> rows) => rows
        .OrderBy(r => r.Corpus, StringComparer.Ordinal)
        .ThenBy(r => r.Protocol, StringComparer.Ordinal)
        .ThenByDescending(r => r.Wa?.Mean ?? double.NegativeInfinity)
        .ThenBy(r => r.Upstream, StringComparer.Ordinal)
        .ThenBy(r => r.Head, StringComparer.Ordinal);

    /// <summary>A line per row, every figure with all its parts.</summary>
    public static string Csv(IReadOnlyList<LeaderboardRow> rows)
    {
        var text = new StringBuilder();
        string[] figures = ["wa", "ua", "wf1", "macro_f1"], parts = ["mean", "sd", "seed_sd", "pooled", "low", "high"];
        text.AppendLine($"corpus,protocol,head,upstream,seeds,folds_done,folds_expected,{string.Join(',', figures.SelectMany(f => parts.Select(p => $"{f}_{p}")))},units,synthetic,badges,warnings");
        foreach (var row in rows)
        {
            string?[] cells =
            [
                row.Corpus, row.Protocol, row.Head, row.Upstream, $"{row.Seeds}", $"{row.FoldsDone}", $"{row.FoldsExpected}",
                .. new[] { row.Wa, row.Ua, row.Wf1, row.MacroF1 }.SelectMany(m => new[] { m?.Mean, m?.Sd, m?.SeedSd, m?.Pooled, m?.Low, m?.High }.Select(Exact)),
                $"{row.Units}", row.Synthetic ? "true" : "false", string.Join("; ", row.Badges), string.Join("; ", row.Warnings),
            ];
            text.AppendLine(string.Join(',', cells.Select(c => Quoted(c ?? ""))));
        }
        return text.ToString();
    }

    /// <summary>A table per corpus and protocol.</summary>
    public static string Markdown(IReadOnlyList<LeaderboardRow> rows)
    {
        var text = new StringBuilder();
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            text.AppendLine($"### {group.Key.Corpus} · {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? " · synthetic speech" : "")}").AppendLine();
            text.AppendLine("| upstream | head | folds | WA | UA | WF1 | |").AppendLine("|---|---|--:|--:|--:|--:|---|");
            foreach (var row in group)
                text.AppendLine($"| {MarkdownText.Cell(row.Upstream)} | {MarkdownText.Cell(row.Head)} | {Folds(row)} | {Both(row.Wa)} | {Both(row.Ua)} | {Both(row.Wf1)} | {MarkdownText.Cell(string.Join(", ", row.Badges.Concat(row.Warnings)))} |");
            text.AppendLine();
        }
        return text.AppendLine("Means over folds in percent, with 95 % bootstrap intervals.").ToString();
    }

    /// <summary>One table, for <c>booktabs</c>. Badges that all rows of a corpus and protocol have stand in their heading; what else a row's figures need saying, below the table.</summary>
    public static string Latex(IReadOnlyList<LeaderboardRow> rows)
    {
        var notes = new NumberedNotes();
        var text = new StringBuilder("% needs \\usepackage{booktabs}; means over folds in percent, with 95 % bootstrap intervals\n");
        text.AppendLine("\\begin{tabular}{llrrrr}").AppendLine("\\toprule").AppendLine("Upstream & Head & Folds & WA & UA & WF1 \\\\");
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            string[] common = [.. group.First().Badges.Where(badge => group.All(r => r.Badges.Contains(badge)))];
            var heading = $"{group.Key.Corpus}, {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? ", synthetic speech" : "")}{(common.Length > 0 ? $" ({string.Join(", ", common)})" : "")}";
            text.AppendLine("\\midrule").AppendLine($"\\multicolumn{{6}}{{l}}{{{LatexText.Of(heading)}}} \\\\");
            foreach (var row in group)
            {
                var marks = string.Join(",", row.Badges.Except(common).Concat(row.Warnings).Select(notes.Of));
                text.AppendLine($"{LatexText.Of(row.Upstream)}{(marks.Length > 0 ? $"$^{{{marks}}}$" : "")} & {LatexText.Of(row.Head)} & {Folds(row)} & {LatexText.Of(Both(row.Wa))} & {LatexText.Of(Both(row.Ua))} & {LatexText.Of(Both(row.Wf1))} \\\\");
            }
        }
        text.AppendLine("\\bottomrule").AppendLine("\\end{tabular}");
        if (notes.All.Any()) text.AppendLine(LatexText.Small(string.Join("; ", notes.All.Select(n => $"{n.Number}: {n.Text}"))));
        return text.ToString();
    }

    /// <summary>Folds done of those asked for.</summary>
    public static string Folds(LeaderboardRow row) => $"{row.FoldsDone}/{row.FoldsExpected}{(row.Seeds > 1 ? $" ({row.Seeds} seeds)" : "")}";

    private static string Both(Figure? value) => value is { Low: not null } ? $"{Mean(value)} {Ends(value)}" : Mean(value);

    /// <summary>The interval in brackets; empty where there is none.</summary>
    public static string Ends(Figure? value) => value is { Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"[{low:F1}, {high:F1}]") : "";

    /// <summary>The mean with one digit.</summary>
    public static string Mean(Figure? value) => value is null ? "–" : value.Mean.ToString("F1", CultureInfo.InvariantCulture);

    private static string? Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A cell of CSV (RFC 4180).</summary>
    public static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
