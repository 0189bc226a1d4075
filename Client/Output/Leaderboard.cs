using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Output;

/// <summary>The leaderboard as text, CSV and JSON; the latter two hold the same fields, unrounded.</summary>
internal static class Leaderboard
{
    /// <summary>Names that <c>--format</c> takes.</summary>
    public static readonly string[] Formats = ["text", "csv", "json"];

    public static void Print(IReadOnlyList<LeaderboardRow> rows, string format)
    {
        var ordered = Order(rows).ToArray();
        if (format == "json") Printer.Json(ordered);
        else Console.Out.Write(format == "csv" ? Csv(ordered) : Text(ordered));
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
            var table = new PlainTable("upstream", "head", "folds", "WA", "UA", "WF1", "").Right(2);
            foreach (var row in group)
            {
                var marks = row.Badges.Concat(row.Warnings.Select(warning => $"[{Note(notes, warning)}]"));
                table.Add(row.Upstream, row.Head, $"{row.FoldsDone}/{row.FoldsExpected}{(row.Seeds > 1 ? $" ({row.Seeds} seeds)" : "")}",
                    WithSd(row.Wa), Mean(row.Ua), Mean(row.Wf1), string.Join(" ", marks));
            }
            text.Append(table.Render("  "));
            for (var i = 0; i < notes.Count; i++) text.AppendLine($"  [{i + 1}] {notes[i]}");
            text.AppendLine();
        }
        text.AppendLine("WA mean ± SD over folds, UA and WF1 means, in percent.");
        if (rows.Any(r => r.Synthetic)) text.AppendLine("Synthetic speech: the figures show that the platform works, not how a model does on people.");
        return text.ToString();
    }

    public static string Csv(IReadOnlyList<LeaderboardRow> rows)
    {
        var text = new StringBuilder();
        text.AppendLine("corpus,protocol,head,upstream,seeds,folds_done,folds_expected,wa_mean,wa_sd,ua_mean,ua_sd,wf1_mean,wf1_sd,macro_f1_mean,macro_f1_sd,synthetic,badges,warnings");
        foreach (var row in rows)
        {
            string?[] cells =
            [
                row.Corpus, row.Protocol, row.Head, row.Upstream, $"{row.Seeds}", $"{row.FoldsDone}", $"{row.FoldsExpected}",
                .. new[] { row.Wa, row.Ua, row.Wf1, row.MacroF1 }.SelectMany(m => new[] { Exact(m?.Mean), Exact(m?.Sd) }),
                row.Synthetic ? "true" : "false", string.Join("; ", row.Badges), string.Join("; ", row.Warnings),
            ];
            text.AppendLine(string.Join(',', cells.Select(c => Quoted(c ?? ""))));
        }
        return text.ToString();
    }

    private static int Note(List<string> notes, string warning)
    {
        var known = notes.IndexOf(warning);
        if (known >= 0) return known + 1;
        notes.Add(warning);
        return notes.Count;
    }

    private static string WithSd(MeanSd? value) => value is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{value.Mean:F1} ± {value.Sd:F1}");

    private static string Mean(MeanSd? value) => value is null ? "–" : value.Mean.ToString("F1", CultureInfo.InvariantCulture);

    private static string? Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n\r") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
