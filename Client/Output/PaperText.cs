using System.Globalization;
using System.Text;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Output;

/// <summary>
/// A table of a publication in its own layout. In text, Markdown and LaTeX a model has several lines: our means, their 95 % intervals, the printed numbers with
/// the difference, and per dataset how many folds and seeds there are, with letters for badges. CSV has a line per number.
/// </summary>
internal static class PaperText
{
    public static void Print(PaperAnswer paper, string format)
    {
        if (format == "json") Printer.Json(paper);
        else Console.Out.Write(format switch { "csv" => Csv(paper), "md" => Markdown(paper), "latex" => Latex(paper), _ => Text(paper) });
    }

    public static string Text(PaperAnswer paper)
    {
        var letters = new BadgeLetters(paper);
        var text = new StringBuilder().AppendLine($"{paper.Title}: {paper.Caption}").AppendLine();
        foreach (var part in Parts(paper))
        {
            string[] details = Details(paper);
            var numbers = part.Sum(c => c.Metrics.Length);
            var table = new PlainTable(["", .. details.Select(_ => ""), .. part.SelectMany(c => c.Metrics.Select((_, i) => i == 0 ? c.Name : ""))]);
            table.Add(["", .. details, .. part.SelectMany(c => c.Metrics.Select(Name))]);
            string? group = null;
            foreach (var row in paper.Rows)
            {
                if (row.Group != group && (group = row.Group) is not null) table.Add([group, .. Enumerable.Repeat("", details.Length + numbers)]);
                var first = true;
                foreach (var line in Lines(row, part, letters))
                {
                    table.Add([line[0], .. details.Select(d => first ? Detail(row, d) : ""), .. line[1..]]);
                    first = false;
                }
            }
            text.Append(table.Render()).AppendLine();
        }
        foreach (var line in Legend(paper, letters)) text.AppendLine(line);
        return text.ToString();
    }

    public static string Markdown(PaperAnswer paper)
    {
        var letters = new BadgeLetters(paper);
        var text = new StringBuilder().AppendLine($"### {paper.Title}: {paper.Caption}").AppendLine();
        foreach (var part in Parts(paper))
        {
            string[] details = Details(paper);
            string[] header = ["Model", .. details, .. part.SelectMany(c => c.Metrics.Select(m => $"{c.Name} {Name(m)}"))];
            text.AppendLine($"| {string.Join(" | ", header.Select(MarkdownText.Cell))} |").AppendLine($"|{string.Concat(header.Select((_, i) => i <= details.Length ? "---|" : "--:|"))}");
            string? group = null;
            foreach (var row in paper.Rows)
            {
                if (row.Group != group && (group = row.Group) is not null) text.AppendLine($"| **{MarkdownText.Cell(group)}** |{string.Concat(Enumerable.Repeat(" |", header.Length - 1))}");
                // One row of the table: what the lines have below each other stands in one cell.
                var lines = Lines(row, part, letters).ToArray();
                string[] cells = [.. Enumerable.Range(1, lines[0].Length - 1).Select(c => string.Join("<br>", lines.Where(l => l[c].Length > 0).Select(l => MarkdownText.Cell(l == lines[0] ? l[c] : $"{l[0].Trim()} {l[c]}"))))];
                text.AppendLine($"| {MarkdownText.Cell(lines[0][0])} | {string.Concat(details.Select(d => MarkdownText.Cell(Detail(row, d)) + " | "))}{string.Join(" | ", cells)} |");
            }
            text.AppendLine();
        }
        foreach (var line in Legend(paper, letters)) text.AppendLine($"- {line}");
        return text.ToString();
    }

    public static string Latex(PaperAnswer paper)
    {
        var letters = new BadgeLetters(paper);
        var text = new StringBuilder("% needs \\usepackage{amssymb,booktabs}\n").AppendLine("\\begin{table}").AppendLine("\\centering\\small");
        text.AppendLine($"\\caption{{{LatexText.Of($"{paper.Title}: {paper.Caption}")}}}");
        foreach (var part in Parts(paper))
        {
            string[] details = Details(paper);
            var numbers = part.Sum(c => c.Metrics.Length);
            text.AppendLine($"\\begin{{tabular}}{{l{new string('l', details.Length)}{new string('r', numbers)}}}").AppendLine("\\toprule");
            text.AppendLine($"{string.Concat(details.Select(_ => "& "))}{string.Concat(part.Select(c => $"& \\multicolumn{{{c.Metrics.Length}}}{{c}}{{{LatexText.Of(c.Name)}}} "))}\\\\");
            text.AppendLine($"Model {string.Concat(details.Select(d => $"& {LatexText.Of(d)} "))}{string.Concat(part.SelectMany(c => c.Metrics).Select(m => $"& {Name(m)} "))}\\\\").AppendLine("\\midrule");
            string? group = null;
            foreach (var row in paper.Rows)
            {
                if (row.Group != group && (group = row.Group) is not null) text.AppendLine($"\\multicolumn{{{1 + details.Length + numbers}}}{{l}}{{\\textit{{{LatexText.Of(group)}}}}} \\\\");
                var first = true;
                foreach (var line in Lines(row, part, letters))
                {
                    var size = first ? "" : "\\scriptsize ";
                    var described = details.Select(d => first ? LatexText.Of(Detail(row, d)) : "");
                    text.AppendLine(string.Join(" & ", ((string[])[LatexText.Of(line[0].Trim()), .. described, .. line[1..].Select(LatexText.Of)]).Select(c => c.Length == 0 ? "" : size + c)) + " \\\\");
                    first = false;
                }
            }
            text.AppendLine("\\bottomrule").AppendLine("\\end{tabular}").AppendLine();
        }
        // What letters and numbers in cells stand for is printed below them; the rest is for whoever has the file.
        if (letters.Legend.Any()) text.AppendLine(LatexText.Small(string.Join("; ", letters.Legend)));
        foreach (var line in Legend(paper, letters).Except(letters.Legend)) text.AppendLine($"% {line}");
        return text.AppendLine("\\end{table}").ToString();
    }

    public static string Csv(PaperAnswer paper)
    {
        string[] details = Details(paper);
        string[] header =
        [
            "table", "part", "dataset", "corpus", "protocol", "group", "model", .. details.Select(d => $"printed: {d}"), "upstream", "head", "metric", "state", "mean", "low", "high", "sd", "seed_sd", "pooled",
            "seeds", "folds_done", "folds_expected", "paper", "difference", "reproduced", "badges", "missing",
        ];
        var text = new StringBuilder(string.Join(',', header.Select(LeaderboardText.Quoted)) + "\n");
        foreach (var column in paper.Columns)
        {
            foreach (var row in paper.Rows)
            {
                var cell = row.Cells.Single(c => c.Column == column.Key);
                foreach (var f in cell.Figures)
                {
                    string?[] cells =
                    [
                        paper.Title, $"{column.Part}", column.Name, column.Corpus, cell.Protocol, row.Group, row.Name, .. details.Select(d => Detail(row, d)), row.Upstream, row.Head, f.Metric, cell.State,
                        .. new[] { f.Ours?.Mean, f.Ours?.Low, f.Ours?.High, f.Ours?.Sd, f.Ours?.SeedSd, f.Ours?.Pooled }.Select(Exact),
                        $"{cell.Seeds}", $"{cell.FoldsDone}", $"{cell.FoldsExpected}", Exact(f.Paper), Exact(f.Difference), f.Reproduced switch { true => "yes", false => "no", null => "" },
                        string.Join("; ", cell.Badges), row.Missing,
                    ];
                    text.AppendLine(string.Join(',', cells.Select(c => LeaderboardText.Quoted(c ?? ""))));
                }
            }
        }
        return text.ToString();
    }

    /// <summary>The lines of a model, each with a cell for its name and one for every number of the part.</summary>
    private static IEnumerable<string[]> Lines(PaperAnswerRow row, PaperAnswerColumn[] part, BadgeLetters letters)
    {
        PaperCell[] cells = [.. part.Select(c => row.Cells.Single(x => x.Column == c.Key))];
        var ours = cells.SelectMany(c => c.Figures).Any(f => f.Ours is not null);
        if (row.Missing is not null) yield return [$"{row.Name}: not available [{letters.Note(row.Missing)}]", .. cells.SelectMany(c => c.Figures.Select(_ => "–"))];
        else yield return [row.Name, .. cells.SelectMany(c => c.Figures.Select(f => Number(f.Ours?.Mean, 2)))];
        if (ours) yield return ["  95 %", .. cells.SelectMany(c => c.Figures.Select(f => f.Ours is { Low: { } low, High: { } high } ? $"[{Number(low, 1)}, {Number(high, 1)}]" : ""))];
        if (cells.SelectMany(c => c.Figures).Any(f => f.Paper is not null))
            yield return ["  paper", .. cells.SelectMany(c => c.Figures.Select(f => f.Paper is null ? "–" : f.Difference is { } d ? $"{Number(f.Paper, 2)} ({Say.Signed(d)}{(f.Reproduced == true ? " ✓" : "")})" : Number(f.Paper, 2)))];
        if (row.Missing is null) yield return ["  folds", .. cells.SelectMany(c => PerDataset(c, Folds(c, letters)))];
    }

    private static IEnumerable<string> PerDataset(PaperCell cell, string text) => cell.Figures.Select((_, i) => i == 0 ? text : "");

    private static string Folds(PaperCell cell, BadgeLetters letters) =>
        $"{cell.FoldsDone}/{(cell.FoldsExpected is { } expected ? $"{expected}" : "?")}{(cell.Seeds > 1 ? $" {cell.Seeds} seeds" : "")} {letters.Of(cell.Badges)}".TrimEnd();

    private static IEnumerable<string> Legend(PaperAnswer paper, BadgeLetters letters)
    {
        yield return "First line: means over folds in percent; 95 %: bootstrap interval of the mean; paper: the printed number (ours − printed, ✓ within "
            + $"{paper.Tolerance.ToString(CultureInfo.InvariantCulture)} points); folds: done/expected.";
        foreach (var line in letters.Legend) yield return line;
        foreach (var note in paper.Notes) yield return "Note: " + note;
        foreach (var correction in paper.Corrections) yield return "Corrected: " + correction;
    }

    private static string[] Details(PaperAnswer paper) => [.. paper.Rows.SelectMany(r => r.Details.Select(d => d.Name)).Distinct()];

    private static string Detail(PaperAnswerRow row, string name) => row.Details.FirstOrDefault(d => d.Name == name)?.Text ?? "";

    private static IEnumerable<PaperAnswerColumn[]> Parts(PaperAnswer paper) => paper.Columns.GroupBy(c => c.Part).OrderBy(g => g.Key).Select(g => g.ToArray());

    private static string Name(string metric) => metric switch { "macro_f1" => "macro-F1", _ => metric.ToUpperInvariant() };

    private static string Number(double? value, int digits) => value is null ? "–" : value.Value.ToString("F" + digits, CultureInfo.InvariantCulture);

    private static string? Exact(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A letter for each badge, and a number for each reason.</summary>
    private sealed class BadgeLetters(PaperAnswer paper)
    {
        private readonly string[] badges = [.. paper.Rows.SelectMany(r => r.Cells).SelectMany(c => c.Badges).Distinct()];
        private readonly NumberedNotes notes = new();

        public string Of(IEnumerable<string> present) => string.Concat(present.Select(b => (char)('a' + Array.IndexOf(badges, b))));

        public int Note(string text) => notes.Of(text);

        public IEnumerable<string> Legend => [.. badges.Select((b, i) => $"{(char)('a' + i)}: {b}"), .. notes.All.Select(n => $"[{n.Number}] {n.Text}")];
    }
}
