using System.Text;

namespace Emotion2Vec.Silo.Figures;

/// <summary>A line of a chart. Values that are not finite leave a gap.</summary>
public sealed record Line(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>Lines over a common x axis: curves of a training.</summary>
public static class LineChart
{
    private const double Width = 460, Height = 250, Left = 54, Right = 14, Top = 34, Bottom = 40;

    /// <param name="title">What is drawn.</param>
    /// <param name="x">What runs along the x axis.</param>
    /// <param name="lines">At least one.</param>
    /// <param name="mark">Where a dashed line says which point counts, and what it says; null for none.</param>
    /// <param name="zero">Whether the y axis begins at 0.</param>
    public static Drawing Draw(string title, string x, IReadOnlyList<Line> lines, (double X, string Text)? mark = null, bool zero = false)
    {
        var points = lines.SelectMany(l => l.X.Zip(l.Y)).Where(p => double.IsFinite(p.First) && double.IsFinite(p.Second)).ToArray();
        if (points.Length == 0)
            return new(Width, 90, $"{title}: no values yet", Html.Of($"""<text class="f-text f-title f-ink" x="12" y="22">{title}</text><text class="f-text f-muted" x="12" y="52">no values yet</text>"""));
        var (lowX, highX) = Wide(points.Min(p => p.First), points.Max(p => p.First), 0);
        var (lowY, highY) = Wide(zero ? 0 : points.Min(p => p.Second), points.Max(p => p.Second), 0.05);
        double PlaceX(double v) => Left + ((v - lowX) / (highX - lowX) * (Width - Left - Right));
        double PlaceY(double v) => Height - Bottom - ((v - lowY) / (highY - lowY) * (Height - Top - Bottom));

        var parts = new List<Html> { Html.Of($"""<text class="f-text f-title f-ink" x="12" y="18">{title}</text>""") };
        foreach (var tick in Drawing.Ticks(lowY, highY))
            parts.Add(Html.Of($"""<path class="f-grid" d="M{Left:0.#} {PlaceY(tick):0.#}H{Width - Right:0.#}"/><text class="f-text f-small f-muted" x="{Left - 6:0.#}" y="{PlaceY(tick) + 4:0.#}" text-anchor="end">{Drawing.Number(tick)}</text>"""));
        foreach (var tick in Drawing.Ticks(lowX, highX, 6).Where(t => t >= lowX && t <= highX))
            parts.Add(Html.Of($"""<path class="f-axis" d="M{PlaceX(tick):0.#} {Height - Bottom:0.#}v4"/><text class="f-text f-small f-muted" x="{PlaceX(tick):0.#}" y="{Height - Bottom + 17:0.#}" text-anchor="middle">{Drawing.Number(tick)}</text>"""));
        parts.Add(Html.Of($"""<path class="f-axis" d="M{Left:0.#} {Height - Bottom:0.#}H{Width - Right:0.#}"/><text class="f-text f-small f-muted" x="{(Left + Width - Right) / 2:0.#}" y="{Height - 8:0.#}" text-anchor="middle">{x}</text>"""));
        if (mark is { } m)
        {
            var right = PlaceX(m.X) < Width * 0.6;
            parts.Add(Html.Of($"""<path class="f-mark" d="M{PlaceX(m.X):0.#} {Top:0.#}V{Height - Bottom:0.#}"/><text class="f-text f-small f-muted" x="{PlaceX(m.X) + (right ? 5 : -5):0.#}" y="{Top + 9:0.#}" text-anchor="{(right ? "start" : "end")}">{m.Text}</text>"""));
        }
        for (var i = 0; i < lines.Count; i++)
            parts.Add(Html.Of($"""<path class="f-line f-s{i % FigureStyle.Series}" d="{Path(lines[i])}"/>"""));
        if (lines.Count > 1) parts.Add(Legend(lines));
        return new(Width, Height, $"{title}: {string.Join(", ", lines.Select(l => $"{l.Name} ends at {Drawing.Number(Math.Round(l.Y.LastOrDefault(double.IsFinite), 4))}"))}", Html.Join(parts));

        string Path(Line line)
        {
            var path = new StringBuilder();
            var pen = 'M';
            foreach (var (px, py) in line.X.Zip(line.Y))
            {
                if (!double.IsFinite(px) || !double.IsFinite(py))
                {
                    pen = 'M';
                    continue;
                }
                path.Append(System.Globalization.CultureInfo.InvariantCulture, $"{pen}{PlaceX(px):0.##} {PlaceY(py):0.##}");
                pen = 'L';
            }
            return path.ToString();
        }
    }

    // Beside the title, from the right edge: a letter is about 6.4 units wide.
    private static Html Legend(IReadOnlyList<Line> lines)
    {
        var parts = new List<Html>();
        var at = Width - Right;
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            at -= 6.4 * lines[i].Name.Length;
            parts.Add(Html.Of($"""<path class="f-line f-s{i % FigureStyle.Series}" d="M{at - 20:0.#} 14h14"/><text class="f-text f-small f-muted" x="{at - 3:0.#}" y="18">{lines[i].Name}</text>"""));
            at -= 30;
        }
        return Html.Join(parts);
    }

    private static (double Low, double High) Wide(double low, double high, double margin)
    {
        if (high <= low) return (low - 0.5, high + 0.5);
        var more = (high - low) * margin;
        return (low == 0 ? 0 : low - more, high + more);
    }
}
