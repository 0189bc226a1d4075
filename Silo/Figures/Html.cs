using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Emotion2Vec.Silo.Figures;

/// <summary>A piece of HTML or SVG. Whatever an interpolated string puts into it is escaped, unless it is such a piece itself.</summary>
public readonly struct Html
{
    private readonly string? text;

    private Html(string text) => this.text = text;

    /// <summary>Nothing.</summary>
    public static Html Empty => default;

    /// <summary>The literal parts as they stand, the values escaped.</summary>
    public static Html Of(HtmlHandler content) => new(content.Text());

    /// <summary>Escaped text.</summary>
    public static Html Text(string? text) => Of($"{text}");

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.text)));

    /// <summary>Whether there is anything.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(text);

    public override string ToString() => text ?? "";
}

/// <summary>Puts <see cref="Html"/> together from an interpolated string. Numbers are written the same everywhere.</summary>
[InterpolatedStringHandler]
public readonly ref struct HtmlHandler(int literalLength, int formattedCount)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder text = new(literalLength + (24 * formattedCount));

    public void AppendLiteral(string value) => text.Append(value);

    public void AppendFormatted(Html value) => text.Append(value.ToString());

    public void AppendFormatted(IEnumerable<Html> values)
    {
        foreach (var value in values) text.Append(value.ToString());
    }

    public void AppendFormatted(string? value)
    {
        if (!string.IsNullOrEmpty(value)) text.Append(Encoder.Encode(value));
    }

    public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
        AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted<T>(T? value, string? format = null) where T : struct, IFormattable
    {
        if (value is { } present) AppendFormatted(present, format);
    }

    internal string Text() => text.ToString();
}
