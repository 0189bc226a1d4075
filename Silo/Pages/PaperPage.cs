using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>The tables of the paper in their own layout, ours beside the printed numbers.</summary>
internal sealed class PaperPage(PaperLibrary library, PaperReports reports)
{
    public Task<Page> List()
    {
        var page = new Page("Paper tables", Layout.Paper)
        {
            Body = library.Tables.IsEmpty ? Html.Of($"""<div class="empty"><p>No table was found: the silo looks for experiments/paper below the folder that it was started in, and above the program.</p></div>""")
                : Html.Of($"""<div class="cards">{library.Tables.Select(t => Html.Of($"""<section class="card"><h2><a href="/paper/{t.Name}">{t.Table.Title}</a></h2><p>{t.Table.Caption}</p></section>"""))}</div>"""),
        };
        return Task.FromResult(page);
    }

    public async Task<Page> Render(HttpContext context)
    {
        var name = context.Route("table");
        var known = library.Tables.FirstOrDefault(t => t.Name == name) ?? throw new KeyNotFoundException($"there is no table '{name}'");
        var answer = await reports.Table(new PaperRequest(known.Yaml, Path.GetFileName(known.File), context.Asked("experiment")));
        var page = new Page($"{answer.Title}: {answer.Caption}", Layout.Paper) { Parent = ("/paper", "Paper tables") };
        page.Body = Html.Of($"""
            {page.Live("table", Html.Join(answer.Columns.GroupBy(c => c.Part).OrderBy(g => g.Key).Select(g => Part(answer, [.. g]))))}
            <section class="card"><p>Bold: our mean over folds in percent, with its 95 % interval. Below: the printed number and ours − printed; ✓ within {answer.Tolerance:0.#} points, once all folds are done. Empty cells have not been run.</p>
            {List("Notes", answer.Notes)}{List("Corrected in the copy of the table", answer.Corrections)}</section>
            <p class="muted">To run what is missing: <code>./e2v submit experiments/paper/{known.Name}.yaml --data DIR</code></p>
            """);
        return page;
    }

    private static Html List(string title, IReadOnlyCollection<string> notes) => notes.Count == 0 ? Html.Empty : Html.Of($"<h3>{title}</h3><ul>{notes.Select(n => Html.Of($"<li>{n}</li>"))}</ul>");

    private static Html Part(PaperAnswer paper, PaperAnswerColumn[] columns)
    {
        string[] details = [.. paper.Rows.SelectMany(r => r.Details.Select(d => d.Name)).Distinct()];
        var rows = new List<Html>();
        string? group = null;
        foreach (var row in paper.Rows)
        {
            if (row.Group != group && (group = row.Group) is not null) rows.Add(Html.Of($"""<tr class="group"><th colspan="{1 + details.Length + columns.Sum(c => c.Metrics.Length)}">{group}</th></tr>"""));
            rows.Add(Html.Of($"""
                <tr><th scope="row">{row.Name}{(row.Missing is { } why ? Html.Of($""" <span class="badge" tabindex="0" data-tip="{why}">not available</span>""") : Html.Empty)}</th>{details.Select(d => Html.Of($"<td>{row.Details.FirstOrDefault(x => x.Name == d)?.Text}</td>"))}
                {columns.SelectMany(c => Cells(row.Cells.First(x => x.Column == c.Key)))}</tr>
                """));
        }
        return Html.Of($"""
            <section class="card"><div class="scroll" tabindex="0" role="region" aria-label="{paper.Title}"><table class="paper"><thead>
            <tr><th></th>{details.Select(_ => Html.Of($"<th></th>"))}{columns.Select(c => Html.Of($"""<th class="part" colspan="{c.Metrics.Length}" scope="colgroup" data-tip="{c.Corpus}, {c.Protocol}">{c.Name}</th>"""))}</tr>
            <tr><th scope="col">Model</th>{details.Select(d => Pieces.Head(d))}{columns.SelectMany(c => c.Metrics.Select(m => Pieces.Head(m == "macro_f1" ? "macro-F1" : m.ToUpperInvariant(), "number")))}</tr>
            </thead><tbody>{rows}</tbody></table></div></section>
            """);
    }

    private static IEnumerable<Html> Cells(PaperCell cell) => cell.Figures.Select((f, i) => Html.Of($"""
        <td class="number"{(f.Ours is null ? Html.Empty : Html.Of($""" data-tip="{cell.FoldsDone} of {cell.FoldsExpected} folds{(cell.Badges.IsEmpty ? "" : ", " + string.Join(", ", cell.Badges))}" """))}>{(f.Ours is { } ours ? Html.Of($"""<span class="figure">{ours.Mean:F2}</span>{(cell.State == "partial" ? Html.Of($""" <span class="badge warn">{cell.FoldsDone}/{cell.FoldsExpected}</span>""") : Html.Empty)}<br><span class="small muted">{LeaderboardText.Ends(ours)}</span><br>""") : Html.Empty)}<span class="small">{Printed(f)}</span></td>
        """));

    private static Html Printed(PaperFigure f) => f.Paper is not { } printed ? Pieces.Dash
        : Html.Of($"""<span class="muted">{printed:F2}</span>{(f.Difference is { } d ? Html.Of($""" <span class="{(f.Reproduced == true ? "good" : "")}">{Say.Signed(d)}{(f.Reproduced == true ? " ✓" : "")}</span>""") : Html.Empty)}""");
}
