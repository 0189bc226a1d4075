using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Output;

/// <summary>The protocols of a corpus side by side (<c>leaderboard --gap</c>): weighted accuracy under each, and the gap between knowing the speakers and not.</summary>
internal static class Gaps
{
    private const string Explanation = "WA in percent, mean ± SD over folds. Gap: what the speaker-dependent protocol reports above the speaker-independent one, in points, with its 95 % interval (bootstrap over speakers, the same for both).";

    public static void Print(IReadOnlyList<GapRow> rows, string format)
    {
        var ordered = rows.OrderBy(r => r.Corpus, StringComparer.Ordinal).ThenByDescending(Independent).ThenBy(r => r.Upstream, StringComparer.Ordinal).ThenBy(r => r.Head, StringComparer.Ordinal).ToArray();
        if (format == "json") Printer.Json(ordered);
        else Console.Out.Write(format switch { "csv" => Csv(ordered), "md" => Markdown(ordered), "latex" => Latex(ordered), _ => Text(ordered) });
    }

    private static string Text(GapRow[] rows)
    {
        if (rows.Length == 0) return "no results\n";
        var text = new StringBuilder();
        foreach (var corpus in rows.GroupBy(r => r.Corpus))
        {
            var (protocols, lines) = Table([.. corpus]);
            text.AppendLine($"{corpus.Key}{(Synthetic(corpus) ? " · synthetic speech" : "")}");
            var table = new PlainTable(["upstream", "head", .. protocols, "gap", "95 %"]).Right([.. Enumerable.Range(2, protocols.Length + 2)]);
            foreach (var line in lines) table.Add(line);
            text.Append(table.Render("  "));
            foreach (var (protocol, badges) in Badges(corpus)) text.AppendLine($"  {protocol}: {badges}");
            text.AppendLine();
        }
        return text.AppendLine(Explanation).ToString();
    }

    private static string Markdown(GapRow[] rows)
    {
        var text = new StringBuilder();
        foreach (var corpus in rows.GroupBy(r => r.Corpus))
        {
            var (protocols, lines) = Table([.. corpus]);
            text.AppendLine($"### {corpus.Key}{(Synthetic(corpus) ? " · synthetic speech" : "")}").AppendLine();
            text.AppendLine($"| upstream | head | {string.Join(" | ", protocols.Select(p => $"`{p}`"))} | gap | 95 % |").AppendLine($"|---|---|{string.Concat(protocols.Select(_ => "--:|"))}--:|--:|");
            foreach (var line in lines) text.AppendLine($"| {string.Join(" | ", line.Select(MarkdownText.Cell))} |");
            text.AppendLine();
            foreach (var (protocol, badges) in Badges(corpus)) text.AppendLine($"- `{protocol}`: {badges}");
            text.AppendLine();
        }
        return text.AppendLine(Explanation).ToString();
    }

    private static string Latex(GapRow[] rows)
    {
        var text = new StringBuilder("% needs \\usepackage{booktabs}\n");
        foreach (var corpus in rows.GroupBy(r => r.Corpus))
        {
            var (protocols, lines) = Table([.. corpus]);
            text.AppendLine($"\\begin{{tabular}}{{ll{new string('r', protocols.Length + 2)}}}").AppendLine("\\toprule");
            text.AppendLine($"\\multicolumn{{{protocols.Length + 4}}}{{l}}{{{LatexText.Of(corpus.Key)}{(Synthetic(corpus) ? ", synthetic speech" : "")}}} \\\\");
            text.AppendLine($"{string.Join(" & ", (string[])["Upstream", "Head", .. protocols.Select(LatexText.Of), "Gap", "95 \\%"])} \\\\").AppendLine("\\midrule");
            foreach (var line in lines) text.AppendLine($"{string.Join(" & ", line.Select(LatexText.Of))} \\\\");
            text.AppendLine("\\bottomrule").AppendLine("\\end{tabular}");
            text.AppendLine(LatexText.Small(string.Join("; ", Badges(corpus).Select(b => $"{b.Protocol}: {b.Badges}")))).AppendLine();
        }
        return text.AppendLine(LatexText.Small(Explanation)).ToString();
    }

    /// <summary>A line per row of the leaderboard, unrounded; the gap stands in each of its two protocols' lines.</summary>
    private static string Csv(GapRow[] rows)
    {
        var text = new StringBuilder("corpus,upstream,head,protocol,seeds,folds_done,folds_expected,wa_mean,wa_sd,wa_low,wa_high,gap,gap_low,gap_high,synthetic,badges\n");
        foreach (var row in rows)
        {
            foreach (var p in row.Protocols)
            {
                var gap = row.Gap is { } g && (p.Protocol == g.Dependent || p.Protocol == g.Independent) ? g : null;
                string?[] cells =
                [
                    row.Corpus, row.Upstream, row.Head, p.Protocol, $"{p.Seeds}", $"{p.FoldsDone}", $"{p.FoldsExpected}",
                    .. new[] { p.Wa?.Mean, p.Wa?.Sd, p.Wa?.Low, p.Wa?.High, gap?.Difference, gap?.Low, gap?.High }.Select(v => v?.ToString("R", CultureInfo.InvariantCulture)),
                    p.Synthetic ? "true" : "false", string.Join("; ", p.Badges),
                ];
                text.AppendLine(string.Join(',', cells.Select(c => LeaderboardText.Quoted(c ?? ""))));
            }
        }
        return text.ToString();
    }

    private static (string[] Protocols, string[][] Lines) Table(GapRow[] rows)
    {
        // The rows of a corpus have its protocols in one order; what only some have comes behind.
        string[] protocols = [.. rows.OrderByDescending(r => r.Protocols.Length).SelectMany(r => r.Protocols.Select(p => p.Protocol)).Distinct()];
        return (protocols, [.. rows.Select(row => (string[])
            [row.Upstream, row.Head, .. protocols.Select(name => Cell(row.Protocols.FirstOrDefault(p => p.Protocol == name))), Say.Signed(row.Gap?.Difference), Ends(row.Gap)])]);
    }

    /// <summary>Mean and deviation; folds where some are missing.</summary>
    private static string Cell(LeaderboardRow? row) => row?.Wa is null ? "–"
        : Leaderboard.WithSd(row.Wa) + (row.FoldsDone < row.FoldsExpected ? $" ({row.FoldsDone}/{row.FoldsExpected})" : "");

    private static string Ends(SpeakerGap? gap) => gap is { Low: { } low, High: { } high } ? $"[{Say.Signed(low)}, {Say.Signed(high)}]" : "–";

    private static double Independent(GapRow row) => row.Protocols.FirstOrDefault(p => p.Protocol == row.Gap?.Independent)?.Wa?.Mean ?? double.NegativeInfinity;

    private static bool Synthetic(IEnumerable<GapRow> rows) => rows.Any(r => r.Protocols.Any(p => p.Synthetic));

    private static IEnumerable<(string Protocol, string Badges)> Badges(IEnumerable<GapRow> rows) =>
        rows.SelectMany(r => r.Protocols.Select(p => (Row: r.Upstream, p.Protocol, p.Badges))).GroupBy(p => p.Protocol).Select(g =>
        {
            // What all rows have belongs to the protocol; what only some have, to those.
            var shared = g.Select(p => p.Badges.AsEnumerable()).Aggregate((a, b) => a.Intersect(b)).ToArray();
            var own = g.SelectMany(p => p.Badges.Except(shared).Select(b => (Badge: b, p.Row))).GroupBy(b => b.Badge).Select(b => $"{b.Key} ({string.Join(", ", b.Select(x => x.Row).Distinct())})");
            return (g.Key, string.Join(", ", [.. shared, .. own]));
        });
}
