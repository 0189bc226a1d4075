using System.Globalization;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Silo.Pages;

/// <summary>A grid as a matrix: corpora, protocols and heads down, upstreams across; in a cell its WA and how many of its folds are done.</summary>
internal static class GridMatrix
{
    /// <summary>All rows of a matrix, in its order.</summary>
    public static IReadOnlyList<IGrouping<(string Corpus, string Protocol, string Head), RowName>> Rows(IEnumerable<RowName> names) =>
        [.. names.GroupBy(c => (c.Corpus, c.Protocol, c.Head)).OrderBy(g => g.Key.Corpus, StringComparer.Ordinal).ThenBy(g => g.Key.Protocol, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Head, StringComparer.Ordinal)];

    /// <param name="experiment">Id, for links.</param>
    /// <param name="rows">All of them.</param>
    /// <param name="cells">Folds of the rows of this page.</param>
    /// <param name="page">Of its rows, from 1.</param>
    /// <param name="size">Rows of a page.</param>
    public static Html Render(string experiment, IReadOnlyList<IGrouping<(string Corpus, string Protocol, string Head), RowName>> rows, IReadOnlyList<GridCell> cells, int page, int size)
    {
        if (rows.Count == 0) return Html.Empty;
        var upstreams = rows.SelectMany(r => r).Select(c => c.Upstream).Distinct().Order(StringComparer.Ordinal).ToArray();
        var manyHeads = rows.Select(r => r.Key.Head).Distinct().Count() > 1;
        var folds = cells.ToLookup(c => (c.Corpus, c.Protocol, c.Head));
        var shown = rows.Skip((page - 1) * size).Take(size).Select(r => folds[r.Key]).OfType<IGrouping<(string Corpus, string Protocol, string Head), GridCell>>().ToArray();
        return Html.Of($"""
            <section class="card"><h2>Grid</h2>
            {Pieces.Table("Grid: corpora and protocols by upstream", [.. Pieces.Heads("Corpus", "Protocol"), .. manyHeads ? Pieces.Heads("Head") : [], .. upstreams.Select(u => Pieces.Head(u, "cell"))], shown.Select(Row), "matrix")}
            {Pieces.Pager(page, rows.Count, size, p => PageAddress.Link($"/experiments/{experiment}", ("rows", $"{p}")))}
            <p class="muted small">Mean WA in percent over the folds that are done; the best of a row is marked. Under it: folds done of those asked for. Follow a cell to its jobs.</p></section>
            """);

        Html Row(IGrouping<(string Corpus, string Protocol, string Head), GridCell> row)
        {
            var means = row.GroupBy(c => c.Upstream).ToDictionary(g => g.Key, Mean);
            var best = means.Values.Count(m => m is not null) > 1 ? means.Values.Max() : null;
            return Html.Of($"""
                <tr><th scope="row"><a href="{PageAddress.Link("/leaderboard", ("corpus", row.Key.Corpus), ("protocol", row.Key.Protocol))}">{row.Key.Corpus}</a></th><td>{row.Key.Protocol}</td>{(manyHeads ? Html.Of($"<td>{HeadCatalogue.Describe(CanonicalJson.Read<HeadSpec>(row.Key.Head))}</td>") : Html.Empty)}
                {upstreams.Select(u => Cell(row.Key, u, [.. row.Where(c => c.Upstream == u)], means.GetValueOrDefault(u), best))}</tr>
                """);
        }

        Html Cell((string Corpus, string Protocol, string Head) row, string upstream, GridCell[] folds, double? mean, double? best)
        {
            if (folds.Length == 0) return Html.Of($"""<td class="cell muted">·</td>""");
            int Count(params ReadOnlySpan<JobState> states)
            {
                var count = 0;
                foreach (var fold in folds) if (states.Contains(fold.State)) count += fold.Jobs;
                return count;
            }
            var (all, done, running, broken) = (folds.Sum(f => f.Jobs), Count(JobState.Succeeded), Count(JobState.Running), Count(JobState.Failed, JobState.Poisoned, JobState.Blocked));
            var text = string.Create(CultureInfo.InvariantCulture, $"{done} of {all} folds done{(running > 0 ? $", {running} running" : "")}{(broken > 0 ? $", {broken} without result" : "")}");
            var isBest = mean is not null && mean == best;
            return Html.Of($"""
                <td class="cell{(isBest ? " best" : "")}{(broken > 0 ? " broken" : "")}"><a href="{ExperimentPage.Link(experiment, new(Corpus: row.Corpus, Protocol: row.Protocol, Upstream: upstream, Head: manyHeads ? row.Head : null))}#jobs" aria-label="{row.Corpus}, {row.Protocol}, {upstream}: {(mean is null ? "no result yet" : $"WA {Say.Percent(mean)}")}{(isBest ? ", best of its row" : "")}; {text}">
                <span class="figure">{Say.Percent(mean)}{(isBest ? " ★" : "")}</span>{Pieces.Bar(all, done, running, broken, text)}<span class="small muted">{done}/{all}{(broken > 0 ? Html.Of($""" <span class="bad">{broken} ✕</span>""") : Html.Empty)}</span></a></td>
                """);
        }
    }

    // As the leaderboard has it: seeds averaged in each fold, then the mean over folds.
    private static double? Mean(IEnumerable<GridCell> cells)
    {
        var folds = cells.Where(c => c.Wa is not null).GroupBy(c => c.Fold).Select(g => g.Sum(c => c.Wa!.Value * c.Jobs) / g.Sum(c => c.Jobs)).ToArray();
        return folds.Length == 0 ? null : 100 * folds.Average();
    }
}
