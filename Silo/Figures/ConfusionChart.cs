namespace Emotion2Vec.Silo.Figures;

/// <summary>A confusion matrix: rows are the truth, a cell's shade is its share of the row.</summary>
public static class ConfusionChart
{
    private const double Cell = 46, Top = 62, Right = 12, Bottom = 30;

    /// <param name="title">What is drawn.</param>
    /// <param name="classes">Names, in the order of the indices.</param>
    /// <param name="counts">[truth, prediction], row-major.</param>
    public static Drawing Draw(string title, IReadOnlyList<string> classes, IReadOnlyList<int> counts)
    {
        var n = classes.Count;
        var left = 24 + (7 * classes.Max(c => c.Length));
        var parts = new List<Html>
        {
            Html.Of($"""<text class="f-text f-title f-ink" x="12" y="18">{title}</text><text class="f-text f-small f-muted" x="{left:0.#}" y="38">predicted</text>"""),
            Html.Of($"""<text class="f-text f-small f-muted" x="12" y="{Top + (n * Cell) + 18:0.#}">rows: truth; shade and percentage: share of the row</text>"""),
        };
        for (var t = 0; t < n; t++)
        {
            var total = Math.Max(1, Enumerable.Range(0, n).Sum(p => counts[(t * n) + p]));
            var y = Top + (t * Cell);
            parts.Add(Html.Of($"""<text class="f-text f-small f-ink" x="{left - 6:0.#}" y="{y + (Cell / 2) + 4:0.#}" text-anchor="end">{classes[t]}</text>"""));
            parts.Add(Html.Of($"""<text class="f-text f-small f-ink" x="{left + ((t + 0.5) * Cell):0.#}" y="{Top - 7:0.#}" text-anchor="middle">{Short(classes[t])}</text>"""));
            for (var p = 0; p < n; p++)
            {
                var count = counts[(t * n) + p];
                var share = (double)count / total;
                var x = left + (p * Cell);
                // On a dark shade the text has the ground's colour.
                var over = share > 0.45 ? "f-over" : "f-ink";
                parts.Add(Html.Of($"""<g data-tip="{classes[t]} taken for {classes[p]}: {count} of {total} ({100 * share:0.0} %)"><rect class="f-raised" x="{x + 1:0.#}" y="{y + 1:0.#}" width="{Cell - 2:0.#}" height="{Cell - 2:0.#}" rx="3"/><rect class="{(p == t ? "f-good" : "f-bad")}" fill-opacity="{(share > 0.45 ? 1 : 0.85 * share):0.##}" x="{x + 1:0.#}" y="{y + 1:0.#}" width="{Cell - 2:0.#}" height="{Cell - 2:0.#}" rx="3"/>"""));
                if (count > 0) parts.Add(Html.Of($"""<text class="f-text {over}" x="{x + (Cell / 2):0.#}" y="{y + (Cell / 2):0.#}" text-anchor="middle">{count}</text><text class="f-text f-small {over}" x="{x + (Cell / 2):0.#}" y="{y + (Cell / 2) + 14:0.#}" text-anchor="middle">{100 * share:0} %</text>"""));
                parts.Add(Html.Of($"</g>"));
            }
        }
        var right = Enumerable.Range(0, n).Sum(c => counts[(c * n) + c]);
        return new(Math.Max(left + (n * Cell) + Right, 360), Top + (n * Cell) + Bottom, $"{title}: {right} of {counts.Sum()} right", Html.Join(parts));
    }

    private static string Short(string name) => name.Length <= 7 ? name : name[..6] + "…";
}
