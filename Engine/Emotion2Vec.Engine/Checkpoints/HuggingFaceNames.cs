using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>How a family's tensors are called at Hugging Face.</summary>
/// <param name="Marks">Beginnings of names that only Hugging Face has; one of them is enough.</param>
/// <param name="Rows">The names that differ, for a checkpoint of which the argument tells whether it has a name. The longest that fits counts, of equals the first.</param>
public sealed record HuggingFaceNames(ImmutableArray<string> Marks, Func<Func<string, bool>, IEnumerable<NameRow>> Rows);

/// <summary>One name at Hugging Face and at fairseq, up to <c>.weight</c> and <c>.bias</c>; # is an index.</summary>
public sealed class NameRow(string huggingFace, string fairseq)
{
    private readonly Regex fromHuggingFace = Pattern(huggingFace), fromFairseq = Pattern(fairseq);

    /// <summary>Rows of lines <c>theirs = fairseq's</c>.</summary>
    public static ImmutableArray<NameRow> Table(string lines) => [.. lines.Split('\n').Select(line => line.Split(" = ")).Select(pair => new NameRow(pair[0].Trim(), pair[1].Trim()))];

    /// <summary>The same rows with something before the names of both sides.</summary>
    public static IEnumerable<NameRow> Below(string huggingFace, string fairseq, IEnumerable<NameRow> rows) => rows.Select(r => new NameRow(huggingFace + r.HuggingFace, fairseq + r.Fairseq));

    /// <summary>Fairseq's name for one of Hugging Face's; names without a row stay.</summary>
    public static Func<string, string> ToFairseq(IEnumerable<NameRow> rows) => Translation(rows, r => r.HuggingFace, (row, name) => Rename(row.fromHuggingFace, row.Fairseq, name));

    /// <summary>The other way round.</summary>
    public static Func<string, string> ToHuggingFace(IEnumerable<NameRow> rows) => Translation(rows, r => r.Fairseq, (row, name) => Rename(row.fromFairseq, row.HuggingFace, name));

    private string HuggingFace { get; } = huggingFace;

    private string Fairseq { get; } = fairseq;

    private static Func<string, string> Translation(IEnumerable<NameRow> rows, Func<NameRow, string> side, Func<NameRow, string, string?> rename)
    {
        var ordered = rows.OrderByDescending(row => side(row).Length).ToArray();
        return name => ordered.Select(row => rename(row, name)).FirstOrDefault(n => n is not null) ?? name;
    }

    private static string? Rename(Regex from, string to, string name) =>
        from.Match(name) is { Success: true } match ? to.Replace("#", match.Groups["index"].Value, StringComparison.Ordinal) + match.Groups["rest"].Value : null;

    private static Regex Pattern(string name) =>
        new("^" + Regex.Escape(name).Replace("\\#", "(?<index>[0-9]+)", StringComparison.Ordinal) + @"(?<rest>(\..+)?)$", RegexOptions.CultureInvariant);
}
