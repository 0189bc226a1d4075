using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Output;

/// <summary>The leaderboard in the terminal, or in one of the forms of <see cref="LeaderboardText"/>.</summary>
internal static class Leaderboard
{
    /// <summary>Names that <c>--format</c> takes.</summary>
    public static readonly string[] Formats = ["text", "md", "latex", "csv", "json"];

    public static void Print(IReadOnlyList<LeaderboardRow> rows, string format)
    {
        var ordered = LeaderboardText.Order(rows).ToArray();
        if (format == "json") Printer.Json(ordered);
        else
        {
            Console.Out.Write(format switch
            {
                "csv" => LeaderboardText.Csv(ordered), "md" => LeaderboardText.Markdown(ordered), "latex" => LeaderboardText.Latex(ordered), _ => Text(ordered),
            });
        }
    }

    public static string Text(IReadOnlyList<LeaderboardRow> rows)
    {
        if (rows.Count == 0) return "no results\n";
        var text = new StringBuilder();
        foreach (var group in rows.GroupBy(r => (r.Corpus, r.Protocol)))
        {
            var notes = new NumberedNotes();
            text.AppendLine($"{group.Key.Corpus} · {group.Key.Protocol}{(group.Any(r => r.Synthetic) ? " · synthetic speech" : "")}");
            var table = new PlainTable("upstream", "head", "folds", "WA", "95 %", "UA", "95 %", "WF1", "95 %", "").Right(2);
            foreach (var row in group)
            {
                var marks = row.Badges.Concat(row.Warnings.Select(warning => $"[{notes.Of(warning)}]"));
                table.Add(row.Upstream, row.Head, LeaderboardText.Folds(row),
                    WithSd(row.Wa), LeaderboardText.Ends(row.Wa), LeaderboardText.Mean(row.Ua), LeaderboardText.Ends(row.Ua), LeaderboardText.Mean(row.Wf1), LeaderboardText.Ends(row.Wf1), string.Join(" ", marks));
            }
            text.Append(table.Render("  "));
            foreach (var (number, note) in notes.All) text.AppendLine($"  [{number}] {note}");
            text.AppendLine();
        }
        text.AppendLine("WA mean ± SD over folds, UA and WF1 means, in percent. [95 % interval of the mean: bootstrap over speakers, or over utterances where no speaker is known]");
        if (rows.Any(r => r.Synthetic)) text.AppendLine("Synthetic speech: the figures show that the platform works, not how a model does on people.");
        return text.ToString();
    }

    /// <summary>Mean and, of two folds or more, standard deviation, in percent.</summary>
    internal static string WithSd(Figure? value) => value is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{value.Mean:F1}{(value.Sd is { } sd ? $" ± {sd:F1}" : "")}");
}
