namespace Emotion2Vec.Silo.Figures;

/// <summary>A drawing: SVG with the classes of <see cref="FigureStyle"/>.</summary>
/// <param name="Width">In user units, which are pixels where nothing scales it.</param>
/// <param name="Height">Likewise.</param>
/// <param name="Label">What it shows, for those who cannot see it.</param>
/// <param name="Content">Its elements.</param>
public sealed record Drawing(double Width, double Height, string Label, Html Content)
{
    /// <summary>For a page: as wide as there is room, never wider than drawn.</summary>
    public Html Inline() => Html.Of(
        $"""<svg class="drawing" viewBox="0 0 {Width:0.#} {Height:0.#}" width="{Width:0.#}" role="img" aria-label="{Label}">{Content}</svg>""");

    /// <summary>A file of its own, with its colours and a white ground.</summary>
    public string File() => Html.Of(
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width:0.#} {Height:0.#}" width="{Width:0.#}" height="{Height:0.#}">
        <title>{Label}</title>
        <style>{Rules}</style>
        <rect class="f-back" width="100%" height="100%"/>
        {Content}
        </svg>

        """).ToString();

    // Our own rules have no markup in them; the two quotation marks that escaping would change are put back by the XML parser.
    private static Html Rules { get; } = Html.Text(FigureStyle.ForFiles);

    /// <summary>Steps of 1, 2 or 5 times a power of ten that cover a range in about <paramref name="count"/> intervals.</summary>
    internal static double[] Ticks(double low, double high, int count = 5)
    {
        if (!(high > low)) (low, high) = (low - 0.5, low + 0.5);
        var rough = (high - low) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        var first = (long)Math.Ceiling(low / step - 1e-9);
        var last = (long)Math.Floor(high / step + 1e-9);
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    /// <summary>A number as an axis has it: as few digits as tell it.</summary>
    internal static string Number(double value) => Math.Abs(value) is > 0 and (< 1e-3 or >= 1e5)
        ? value.ToString("0.##e0", System.Globalization.CultureInfo.InvariantCulture)
        : value.ToString("0.#####", System.Globalization.CultureInfo.InvariantCulture);
}
