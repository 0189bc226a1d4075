using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Output;

/// <summary>The leaderboard as text, Markdown, LaTeX, CSV and JSON; the latter two hold the same fields, unrounded.</summary>
internal static class Leaderboard
{
    /// <summary>Names that <c>--format</c> takes.</summary>
    public static readonly string[] Formats = ["text", "md", "latex", "csv", "json"];

    public static void Print(IReadOnlyList<LeaderboardRow> rows, string format)
    {
        var ordered = Order(rows).ToArray();
        if (format == "json") Printer.Json(ordered);
        else Console.Out.Write(format switch { "csv" => Csv(ordered), "md" => Markdown(ordered), "latex" => Latex(ordered), _ => Text(ordered) });
    }

    /// <summary>Corpus, then protocol, then best first.</summary>
    public static IEnumerable<LeaderboardRow> Order(IEnumerable<LeaderboardRow> rows) => rows
        .OrderBy(r => r.Corpus, StringComparer.Ordinal)
        .ThenBy(r => r.Protocol, StringComparer.Ordinal)
        .ThenByDescending(r => r.Wa?.Mean ?? double.NegativeInfinity)
        .ThenBy(r => r.Upstream, StringComparer.Ordinal)
        .ThenBy(r => r.Head, StringComparer.Ordinal);

    public static string Text(IReadOnlyList<LeaderboardRow> rows)
    {
        if (rows.Count == 0) return "no results\n";
        var text = new StringBuilder();
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            var notes = new List<string>();
            text.AppendLine($"{group.Key.Corpus} · {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? " · synthetic speech" : "")}");
            var table = new PlainTable("upstream", "head", "folds", "WA", "95 %", "UA", "95 %", "WF1", "95 %", "").Right(2);
            foreach (var row in group)
            {
                var marks = row.Badges.Concat(row.Warnings.Select(warning => $"[{Note(notes, warning)}]"));
                table.Add(row.Upstream, row.Head, Folds(row),
                    WithSd(row.Wa), Ends(row.Wa), Mean(row.Ua), Ends(row.Ua), Mean(row.Wf1), Ends(row.Wf1), string.Join(" ", marks));
            }
            text.Append(table.Render("  "));
            for (var i = 0; i < notes.Count; i++) text.AppendLine($"  [{i + 1}] {notes[i]}");
            text.AppendLine();
        }
        text.AppendLine("WA mean ± SD over folds, UA and WF1 means, in percent. [95 % interval of the mean: bootstrap over speakers, or over utterances where no speaker is known]");
        if (rows.Any(r => r.Synthetic)) text.AppendLine("Synthetic speech: the figures show that the platform works, not how a model does on people.");
        return text.ToString();
    }

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

    public static string Markdown(IReadOnlyList<LeaderboardRow> rows)
    {
        var text = new StringBuilder();
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            text.AppendLine($"### {group.Key.Corpus} · {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? " · synthetic speech" : "")}").AppendLine();
            text.AppendLine("| upstream | head | folds | WA | UA | WF1 | |").AppendLine("|---|---|--:|--:|--:|--:|---|");
            foreach (var row in group)
                text.AppendLine($"| {row.Upstream} | {row.Head} | {Folds(row)} | {Both(row.Wa)} | {Both(row.Ua)} | {Both(row.Wf1)} | {string.Join(", ", row.Badges.Concat(row.Warnings)).Replace("|", "\\|")} |");
            text.AppendLine();
        }
        return text.AppendLine("Means over folds in percent, with 95 % bootstrap intervals.").ToString();
    }

    public static string Latex(IReadOnlyList<LeaderboardRow> rows)
    {
        var text = new StringBuilder("% needs \\usepackage{booktabs}; means over folds in percent, with 95 % bootstrap intervals\n");
        text.AppendLine("\\begin{tabular}{llrrrr}").AppendLine("\\toprule").AppendLine("Upstream & Head & Folds & WA & UA & WF1 \\\\");
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            text.AppendLine("\\midrule").AppendLine($"\\multicolumn{{6}}{{l}}{{{LatexText.Of($"{group.Key.Corpus}, {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? ", synthetic speech" : "")}")}}} \\\\");
            foreach (var row in group)
                text.AppendLine($"{LatexText.Of(row.Upstream)} & {LatexText.Of(row.Head)} & {Folds(row)} & {LatexText.Of(Both(row.Wa))} & {LatexText.Of(Both(row.Ua))} & {LatexText.Of(Both(row.Wf1))} \\\\ % {string.Join(", ", row.Badges)}");
        }
        return text.AppendLine("\\bottomrule").AppendLine("\\end{tabular}").ToString();
    }

    private static string Folds(LeaderboardRow row) => $"{row.FoldsDone}/{row.FoldsExpected}{(row.Seeds > 1 ? $" ({row.Seeds} seeds)" : "")}";

    private static string Both(Figure? value) => value is { Low: not null } ? $"{Mean(value)} {Ends(value)}" : Mean(value);

    private static string Ends(Figure? value) => value is { Low: { } low, High: { } high } ? string.Create(CultureInfo.InvariantCulture, $"[{low:F1}, {high:F1}]") : "";

    private static int Note(List<string> notes, string warning)
    {
        var known = notes.IndexOf(warning);
        if (known >= 0) return known + 1;
        notes.Add(warning);
        return notes.Count;
    }

    private static string WithSd(Figure? value) => value is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{value.Mean:F1} ± {value.Sd:F1}");

    private static string Mean(Figure? value) => value is null ? "–" : value.Mean.ToString("F1", CultureInfo.InvariantCulture);

    private static string? Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    internal static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
