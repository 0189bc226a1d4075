using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Two rows of the leaderboard on the same utterances.</summary>
internal sealed class ComparePage(ComparisonReports reports)
{
    public async Task<Page> Render(HttpContext context)
    {
        if (context.Request.Query["row"].ToArray() is not [{ Length: > 0 } first, { Length: > 0 } second])
            throw new InputException("two rows are compared: go back to the leaderboard and tick two of one corpus and protocol");
        var comparisons = await reports.Compare(first, second, new FoldFilter(context.Asked("experiment")));
        return new Page("Two rows compared", Layout.Leaderboard)
        {
            Parent = ("/leaderboard", "Leaderboard"),
            Body = Html.Of($"""
                {comparisons.Select(Render)}
                <p class="muted small">Means over folds in percent. Interval and p: paired bootstrap over speakers, {comparisons[0].Resamples:N0} resamples, two-sided. Signed ranks: Wilcoxon over folds; folds share training data, so that its p is too small rather than too large.</p>
                """),
        };
    }

    private static Html Render(RowComparison c) => Html.Of($"""
        <section class="card"><h2>{c.Corpus} · {c.Protocol}{(c.Synthetic ? " · synthetic speech" : "")}</h2>
        <p>A: <strong>{c.First.Upstream}</strong>, {c.First.Head} {c.First.Badges.Select(Pieces.Badge)}<br>B: <strong>{c.Second.Upstream}</strong>, {c.Second.Head} {c.Second.Badges.Select(Pieces.Badge)}</p>
        <p class="note {(c.Wa.P < 0.05 ? "good" : "")}">{Verdict(c)}</p>
        {Pieces.Table("Figures of both rows", Pieces.Heads("", ">A", ">B", ">A − B", ">95 % interval", ">p", ">Folds A > B", ">A < B", ">equal", ">p, signed ranks"),
            new[] { ("WA", c.Wa), ("UA", c.Ua), ("WF1", c.Wf1), ("macro-F1", c.MacroF1) }.Select(f => Line(f.Item1, f.Item2)))}
        {IntervalChart.Draw([("A − B, percentage points", [.. new[] { ("WA", c.Wa), ("UA", c.Ua), ("WF1", c.Wf1), ("macro-F1", c.MacroF1) }.Select(f => new IntervalRow(f.Item1, f.Item2.Difference, f.Item2.Low, f.Item2.High))])], "percentage points; left of 0: B is better", zero: true).Inline()}
        {(c.Remark is { } remark ? Html.Of($"""<p class="note">{remark}</p>""") : Html.Empty)}
        <p class="muted">{Say.Count(c.Folds, "fold")} that both have, {Say.Count(c.Utterances, "utterance")}, {(c.Units == c.Utterances ? "drawn one by one" : $"{c.Units} speakers drawn")}.</p></section>
        """);

    private static Html Line(string name, ComparedFigure f) => Html.Of($"""
        <tr><th scope="row">{name}</th><td class="number">{f.First:F1}</td><td class="number">{f.Second:F1}</td><td class="number"><span class="figure">{Say.Signed(f.Difference)}</span></td>
        <td class="number">{(f is { Low: { } low, High: { } high } ? $"{Say.Signed(low)} to {Say.Signed(high)}" : "–")}</td><td class="number">{Say.P(f.P)}</td>
        <td class="number">{f.SignedRanks?.Better}</td><td class="number">{f.SignedRanks?.Worse}</td><td class="number">{f.SignedRanks?.Equal}</td><td class="number">{Say.P(f.SignedRanks?.P)}</td></tr>
        """);

    private static Html Verdict(RowComparison c)
    {
        if (c.Wa.P is not { } p) return Html.Text("One speaker only was tested: nothing can be said about the difference.");
        var (better, worse) = c.Wa.Difference >= 0 ? (c.First, c.Second) : (c.Second, c.First);
        var (a, b) = better.Upstream == worse.Upstream ? (better.Head, worse.Head) : (better.Upstream, worse.Upstream);
        return Html.Of($"""In WA <strong>{a}</strong> is {Math.Abs(c.Wa.Difference):F1} points better than {b}. The difference is <strong>{(p < 0.05 ? "significant" : "not significant")}</strong> at 5 % (p {(p < 0.001 ? "" : "= ")}{Say.P(p)}): {(p < 0.05 ? "other speakers would hardly turn it round." : "with other speakers it could as well be the other way round.")}""");
    }
}
