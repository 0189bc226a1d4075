using System.Globalization;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Output;

/// <summary>Comparisons of rows as text.</summary>
internal static class Comparisons
{
    public static string Text(IReadOnlyList<RowComparison> comparisons)
    {
        var text = new StringBuilder();
        foreach (var c in comparisons)
        {
            text.AppendLine($"{c.Corpus} · {c.Protocol} · {Counted.Of(c.Folds, "fold")}, {Counted.Of(c.Utterances, "utterance")}, {Units(c)}{(c.Synthetic ? " · synthetic speech" : "")}");
            var rows = new PlainTable("", "upstream", "head", "folds", "").Right(3);
            foreach (var (name, row) in new[] { ("A", c.First), ("B", c.Second) })
                rows.Add(name, row.Upstream, row.Head, $"{row.FoldsDone}/{row.FoldsExpected}{(row.Seeds > 1 ? $" ({row.Seeds} seeds)" : "")}", string.Join(" ", row.Badges));
            text.Append(rows.Render("  "));
            if (c.Remark is { } remark) text.AppendLine($"  {remark}");
            var table = new PlainTable("", "A", "B", "A − B", "95 % interval", "p", "folds A > B, A < B, equal", "p over folds").Right(1, 2, 3, 4, 5, 6, 7);
            foreach (var (name, f) in new[] { ("WA", c.Wa), ("UA", c.Ua), ("WF1", c.Wf1), ("macro-F1", c.MacroF1) })
            {
                table.Add(name, Number(f.First), Number(f.Second), Say.Signed(f.Difference), f is { Low: { } low, High: { } high } ? $"[{Say.Signed(low)}, {Say.Signed(high)}]" : "–",
                    Say.P(f.P), f.SignedRanks is { } s ? $"{s.Better}, {s.Worse}, {s.Equal}" : "–", Say.P(f.SignedRanks?.P));
            }
            text.AppendLine().Append(table.Render("  ")).AppendLine();
        }
        text.AppendLine($"Means over folds in percent. Interval and p: paired bootstrap, {comparisons.Select(c => c.Resamples).FirstOrDefault().ToString("N0", CultureInfo.InvariantCulture)} resamples. p over folds: Wilcoxon's signed ranks.");
        text.AppendLine("Folds share training data, so that p over folds is too small rather than too large.");
        if (comparisons.Any(c => c.Synthetic)) text.AppendLine("Synthetic speech: the figures show that the platform works, not how a model does on people.");
        return text.ToString();
    }

    private static string Units(RowComparison c) => c.Units == c.Utterances ? "drawn one by one" : $"{c.Units} speakers drawn";

    private static string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
