namespace Emotion2Vec.Silo.Figures;

/// <summary>A point of a <see cref="ScatterChart"/>.</summary>
/// <param name="Category">Number of its category.</param>
/// <param name="Tip">What it is.</param>
/// <param name="Sound">Position of its utterance.</param>
public sealed record ScatterPoint(double X, double Y, int Category, string Tip, int Sound);

/// <summary>Points in two dimensions by category: a projection.</summary>
public static class ScatterChart
{
    private const double Side = 640, Margin = 16, Top = 40;

    /// <param name="title">What is drawn.</param>
    /// <param name="categories">Names; their order is that of the colours.</param>
    /// <param name="points">At least one.</param>
    /// <param name="sounds">Address below which sounds are found; null for a file.</param>
    public static Drawing Draw(string title, IReadOnlyList<string> categories, IReadOnlyList<ScatterPoint> points, string? sounds = null)
    {
        var (left, right, low, high) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        // One scale for both axes: distances mean something, directions do not.
        var scale = (Side - (2 * Margin)) / Math.Max(1e-9, Math.Max(right - left, high - low));
        var height = ((high - low) * scale) + (2 * Margin);
        var radius = points.Count > 2000 ? 2.2 : points.Count > 600 ? 3 : 4;
        var marks = points.Select(p => Html.Of(
            $"""<circle class="f-d{p.Category % FigureStyle.Series}" cx="{Margin + ((p.X - left) * scale):0.#}" cy="{Top + Margin + ((high - p.Y) * scale):0.#}" r="{radius:0.#}" fill-opacity="0.8"{(sounds is null ? Html.Empty : Html.Of($""" data-sound="{p.Sound}" data-tip="{p.Tip}" """))}/>"""));
        var legend = new List<Html>();
        var (x, y) = (Margin, Top + height + 14);
        for (var c = 0; c < categories.Count; c++)
        {
            var width = 30 + (7.2 * categories[c].Length);
            if (x + width > Side) (x, y) = (Margin, y + 22);
            legend.Add(Html.Of($"""<circle class="f-d{c % FigureStyle.Series}" cx="{x + 6:0.#}" cy="{y - 4:0.#}" r="5"/><text class="f-text f-muted" x="{x + 16:0.#}" y="{y:0.#}">{categories[c]}</text>"""));
            x += width;
        }
        return new(Side, y + 12, $"{title}: {points.Count} points; {string.Join(", ", points.GroupBy(p => p.Category).OrderBy(g => g.Key).Select(g => $"{categories[g.Key]} {g.Count()}"))}", Html.Of(
            $"""<text class="f-text f-title f-ink" x="{Margin:0.#}" y="22">{title}</text><g{(sounds is null ? Html.Empty : Html.Of($""" data-sounds="{sounds}" """))}>{marks}</g>{legend}"""));
    }
}
