namespace Emotion2Vec.Silo.Figures;

/// <summary>A row of an <see cref="IntervalChart"/>.</summary>
/// <param name="Label">Left of it.</param>
/// <param name="Value">The figure; null before the first result.</param>
/// <param name="Low">Lower end of its interval; null where there is none.</param>
/// <param name="High">Upper end.</param>
public sealed record IntervalRow(string Label, double? Value, double? Low, double? High);

/// <summary>Figures with their intervals below each other, on one axis: a leaderboard.</summary>
public static class IntervalChart
{
    private const double RowHeight = 24, Plot = 380, Right = 60;

    /// <param name="groups">Corpora and protocols, each with its rows.</param>
    /// <param name="axis">What the axis is.</param>
    /// <param name="zero">Whether the figures are differences: 0 is on the axis, and marked.</param>
    public static Drawing Draw(IReadOnlyList<(string Title, IReadOnlyList<IntervalRow> Rows)> groups, string axis, bool zero = false)
    {
        var values = groups.SelectMany(g => g.Rows).SelectMany(r => new[] { r.Value, r.Low, r.High }).OfType<double>().ToArray();
        var (low, high) = values.Length == 0 ? (0.0, 100.0) : (Math.Max(0, 5 * Math.Floor((values.Min() - 1) / 5)), Math.Min(100, 5 * Math.Ceiling((values.Max() + 1) / 5)));
        if (zero) (low, high) = (Math.Floor(Math.Min(0, values.DefaultIfEmpty(0).Min()) - 0.5), Math.Ceiling(Math.Max(0, values.DefaultIfEmpty(0).Max()) + 0.5));
        if (high <= low) high = low + 5;
        var left = Math.Max(120, 20 + (6.8 * groups.SelectMany(g => g.Rows).Select(r => r.Label.Length).DefaultIfEmpty(10).Max()));
        double Place(double v) => left + ((v - low) / (high - low) * Plot);

        var parts = new List<Html>();
        var y = 12.0;
        var grid = new List<Html>();
        foreach (var (title, rows) in groups)
        {
            parts.Add(Html.Of($"""<text class="f-text f-title f-ink" x="12" y="{y + 14:0.#}">{title}</text>"""));
            y += RowHeight;
            grid.AddRange(Drawing.Ticks(low, high).Select(t => Html.Of($"""<path class="f-grid" d="M{Place(t):0.#} {y:0.#}v{rows.Count * RowHeight:0.#}"/>""")));
            if (zero) grid.Add(Html.Of($"""<path class="f-axis" d="M{Place(0):0.#} {y:0.#}v{rows.Count * RowHeight:0.#}"/>"""));
            foreach (var row in rows)
            {
                var middle = y + (RowHeight / 2);
                parts.Add(Html.Of($"""<text class="f-text f-ink" x="{left - 10:0.#}" y="{middle + 4:0.#}" text-anchor="end">{row.Label}</text>"""));
                if (row is { Low: { } from, High: { } to })
                    parts.Add(Html.Of($"""<path class="f-bar" d="M{Place(from):0.#} {middle:0.#}H{Place(to):0.#}M{Place(from):0.#} {middle - 4:0.#}v8M{Place(to):0.#} {middle - 4:0.#}v8"/>"""));
                if (row.Value is { } value)
                    parts.Add(Html.Of($"""<circle class="f-dot" cx="{Place(value):0.#}" cy="{middle:0.#}" r="4.5"/><text class="f-text f-small f-muted" x="{left + Plot + 12:0.#}" y="{middle + 4:0.#}">{(zero && value > 0 ? "+" : "")}{value:F1}</text>"""));
                y += RowHeight;
            }
            y += 10;
        }
        parts.Add(Html.Of($"""<path class="f-axis" d="M{left:0.#} {y:0.#}h{Plot:0.#}"/>"""));
        parts.AddRange(Drawing.Ticks(low, high).Select(t => Html.Of($"""<path class="f-axis" d="M{Place(t):0.#} {y:0.#}v4"/><text class="f-text f-small f-muted" x="{Place(t):0.#}" y="{y + 17:0.#}" text-anchor="middle">{Drawing.Number(t)}</text>""")));
        parts.Add(Html.Of($"""<text class="f-text f-small f-muted" x="{left + (Plot / 2):0.#}" y="{y + 34:0.#}" text-anchor="middle">{axis}</text>"""));
        return new(left + Plot + Right, y + 46, string.Join("; ", groups.Select(g => $"{g.Title}: {string.Join(", ", g.Rows.Select(r => $"{r.Label} {r.Value:F1}"))}")), Html.Join([.. grid, .. parts]));
    }

    /// <summary>One interval, small, for a table's cell.</summary>
    /// <param name="row">What to draw.</param>
    /// <param name="low">Left end of the scale.</param>
    /// <param name="high">Right end.</param>
    public static Html Bar(IntervalRow row, double low, double high)
    {
        double Place(double v) => 4 + ((v - low) / Math.Max(1e-9, high - low) * 112);
        if (row.Value is not { } value) return Html.Empty;
        return Html.Of($"""<svg class="bar" viewBox="0 0 120 16" width="120" height="16" aria-hidden="true"><path class="f-grid" d="M4 8h112"/>{(row is { Low: { } from, High: { } to }
            ? Html.Of($"""<path class="f-bar" d="M{Place(from):0.#} 8H{Place(to):0.#}M{Place(from):0.#} 4.5v7M{Place(to):0.#} 4.5v7"/>""") : Html.Empty)}<circle class="f-dot" cx="{Place(value):0.#}" cy="8" r="3.5"/></svg>""");
    }
}
