using System.Text;

namespace Emotion2Vec.Client.Output;

/// <summary>Columns separated by two spaces; the same on a terminal and in a file.</summary>
internal sealed class PlainTable(params string[] headers)
{
    private readonly List<string[]> rows = [headers];
    private readonly HashSet<int> right = [];

    /// <summary>Aligns these columns to the right.</summary>
    public PlainTable Right(params int[] columns)
    {
        right.UnionWith(columns);
        return this;
    }

    public void Add(params string[] cells) => rows.Add(cells);

    public string Render(string indent = "")
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = string.Join("  ", row.Select((cell, c) => right.Contains(c) ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c])));
            text.Append(indent).AppendLine(line.TrimEnd());
        }
        return text.ToString();
    }
}
