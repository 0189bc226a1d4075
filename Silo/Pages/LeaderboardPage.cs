using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Results by corpus and protocol, best first, with what separates the best from the others.</summary>
internal sealed class LeaderboardPage(JobStore store, RowReader reader, BackgroundStatistics background, PaperLibrary papers)
{
    /// <summary>Rows of a page, and rows of a section that are compared with its best.</summary>
    private const int PageSize = 60, Compared = 12;

    public async Task<Page> Render(HttpContext context)
    {
        var filter = LeaderboardFilter.From(context);
        var (names, chosen) = await Names(filter);
        var number = context.AskedPage();
        var page = new Page("Leaderboard", Layout.Leaderboard);
        var places = chosen.GroupBy(n => (n.Corpus, n.Protocol)).ToArray();
        var sections = new List<Section>();
        var (at, first, end) = (0, (number - 1) * PageSize, number * PageSize);
        foreach (var place in places.TakeWhile(_ => at < end))
        {
            var count = place.Count();
            // Different data or models under one name make more rows than there are names; the end of a section has them all.
            if (at + count > first) sections.Add(await Load(filter, place.Key, Math.Max(0, first - at), at + count <= end ? int.MaxValue : end - at));
            at += count;
        }
        var experiments = await store.Experiments();
        page.Body = Html.Of($"""
            {Form(filter, names, experiments)}
            {(names.Count == 0 ? Empty : chosen.Count == 0 ? Html.Of($"""<p class="note">No row has all of this. <a href="/leaderboard">Show all</a></p>""") : Html.Empty)}
            <form action="/compare" class="rows">
            {(filter.Experiment is null ? Html.Empty : Html.Of($"""<input type="hidden" name="experiment" value="{filter.Experiment}">"""))}
            {sections.Select((s, i) => page.Live($"section-{i}", Render(s, filter)))}
            {(chosen.Count == 0 ? Html.Empty : Html.Of($"""<p class="actions"><button type="submit" class="main">Compare two rows</button><span class="muted small">Tick two rows of one corpus and protocol.</span></p>"""))}
            </form>
            {Pieces.Pager(number, chosen.Count, PageSize, p => filter.Link(page: p))}
            <p class="muted small">Means over folds in percent, ± standard deviation over folds; bars and brackets: 95 % bootstrap intervals over speakers. Against the best: difference in WA and the p of a paired bootstrap on the same utterances.</p>
            """);
        return page;
    }

    /// <summary>The rows of a filter with everything computed, for files.</summary>
    public async Task<ImmutableArray<LeaderboardRow>> Export(LeaderboardFilter filter, LeaderboardReports reports)
    {
        var (_, chosen) = await Names(filter);
        var rows = ImmutableArray.CreateBuilder<LeaderboardRow>();
        foreach (var place in chosen.GroupBy(n => (n.Corpus, n.Protocol)))
        {
            var heads = place.Select(LeaderboardFilter.HeadOf).ToHashSet();
            var upstreams = place.Select(n => n.Upstream).ToHashSet();
            rows.AddRange((await reports.Rows(new FoldFilter(filter.Experiment, place.Key.Corpus, filter.Upstream, place.Key.Protocol))).Where(r => heads.Contains(r.Head) && upstreams.Contains(r.Upstream)));
        }
        return rows.DrainToImmutable();
    }

    private async Task<(IReadOnlyList<RowName> All, IReadOnlyList<RowName> Chosen)> Names(LeaderboardFilter filter)
    {
        var (names, foldSets, datasets) = (await reader.Names(filter.Experiment), await store.FoldSets(), await store.Datasets());
        var badges = foldSets.Values.GroupBy(f => (datasets.GetValueOrDefault(f.Manifest)?.Corpus ?? "", f.Protocol))
            .ToDictionary(g => g.Key, g => (IReadOnlyCollection<string>)g.SelectMany(f => CanonicalJson.Read<ImmutableArray<string>>(f.Badges)).ToHashSet());
        return (names, [.. filter.Choose(names, (corpus, protocol) => badges.GetValueOrDefault((corpus, protocol)) ?? [])]);
    }

    private sealed record Row(AggregatedRow Data, string? Results, LeaderboardRow Figures, int Rank);

    private sealed record Section(string Corpus, string Protocol, ImmutableArray<Row> Rows, ImmutableArray<Row> Shown);

    private async Task<Section> Load(LeaderboardFilter filter, (string Corpus, string Protocol) place, int from, int to)
    {
        var all = await reader.Rows([new FoldFilter(filter.Experiment, place.Corpus, filter.Upstream, place.Protocol)]);
        if (filter.Head is not null) all = [.. all.Where(r => r.Head == filter.Head)];
        var known = await background.Statistics(all);
        ImmutableArray<Row> rows = [.. all.Zip(known).Select((r, i) => new Row(r.First, r.Second.Results, Figures(r.First, r.Second.Statistics), i + 1))];
        var sorted = filter.Sort switch
        {
            "ua" => rows.OrderByDescending(r => r.Figures.Ua?.Mean ?? -1),
            "wf1" => rows.OrderByDescending(r => r.Figures.Wf1?.Mean ?? -1),
            "macro_f1" => rows.OrderByDescending(r => r.Figures.MacroF1?.Mean ?? -1),
            "upstream" => rows.OrderBy(r => r.Data.Upstream, StringComparer.Ordinal),
            "folds" => rows.OrderByDescending(r => r.Data.FoldsDone),
            _ => rows.OrderBy(r => r.Rank),
        };
        return new(place.Corpus, place.Protocol, rows, [.. sorted.Skip(from).Take(to - from)]);
    }

    private static LeaderboardRow Figures(AggregatedRow r, Emotion2Vec.Corpora.Statistics.RowStatistics? s) => new(
        r.Corpus, r.Protocol, r.Head, r.Upstream, r.Seeds, r.FoldsDone, r.FoldsExpected,
        LeaderboardReports.Figure(r.Wa, s, f => f.Wa, i => i.Wa), LeaderboardReports.Figure(r.Ua, s, f => f.Ua, i => i.Ua),
        LeaderboardReports.Figure(r.Wf1, s, f => f.Wf1, i => i.Wf1), LeaderboardReports.Figure(r.MacroF1, s, f => f.MacroF1, i => i.MacroF1), r.Synthetic, r.Badges, r.Warnings, s?.Units);

    private Html Render(Section section, LeaderboardFilter filter)
    {
        var best = section.Rows.FirstOrDefault(r => r.Data.Wa is not null);
        var scale = section.Shown.SelectMany(r => new[] { r.Figures.Wa?.Low ?? r.Figures.Wa?.Mean, r.Figures.Wa?.High ?? r.Figures.Wa?.Mean }).OfType<double>().DefaultIfEmpty(0).ToArray();
        var (low, high) = (Math.Max(0, scale.Min() - 1), Math.Min(100, scale.Max() + 1));
        var showPaper = section.Shown.Any(r => Printed(r).Any());
        var badges = section.Rows.SelectMany(r => r.Data.Badges).GroupBy(b => b).Where(g => g.Count() == section.Rows.Length).Select(g => g.Key).ToArray();
        return Html.Of($"""
            <section class="card"><h2>{section.Corpus} · {section.Protocol} {badges.Select(Pieces.Badge)}{(section.Rows.Any(r => r.Data.Synthetic) ? Pieces.Badge("synthetic speech") : Html.Empty)}</h2>
            {Verdict(section, best)}
            {Pieces.Table($"Leaderboard of {section.Corpus}, {section.Protocol}",
                [Html.Of($"""<th scope="col"><span class="unseen">Compare</span></th>"""), Pieces.Head("#", "number apart"), Head("Upstream", "upstream", filter), Pieces.Head("Head", "apart"), Head("Folds", "folds", filter, "number"),
                 Head("WA", "wa", filter, "number"), Pieces.Head("95 %"), Pieces.Head("Against the best"), Head("UA", "ua", filter, "number"), Head("WF1", "wf1", filter, "number"),
                 .. showPaper ? [Pieces.Head("Paper")] : (Html[])[], Pieces.Head("")],
                section.Shown.Select(r => Line(r, best, low, high, showPaper, badges)), "board")}
            </section>
            """);
    }

    private Html Line(Row row, Row? best, double low, double high, bool showPaper, string[] common)
    {
        var (d, f) = (row.Data, row.Figures);
        var name = $"{d.Corpus}/{d.Protocol}/{d.Upstream}/{d.Head}";
        return Html.Of($"""
            <tr{(row == best ? Html.Of($""" class="best" """) : Html.Empty)}><td><input type="checkbox" name="row" value="{name}" aria-label="Compare {d.Upstream}, {d.Head}"{(d.FoldsDone == 0 ? " disabled" : "")}></td><td class="number apart">{row.Rank}</td>
            <th scope="row">{d.Upstream}<span class="under small muted">{d.Head}</span></th><td class="apart">{d.Head}</td><td class="number">{LeaderboardText.Folds(f)}</td>
            <td class="number"><span class="figure">{Say.Percent(f.Wa?.Mean)}</span>{(f.Wa?.Sd is { } sd ? Html.Of($""" <span class="muted small">± {sd:F1}</span>""") : Html.Empty)}</td>
            <td><span data-tip="{Tip(f.Wa)}">{IntervalChart.Bar(new("", f.Wa?.Mean, f.Wa?.Low, f.Wa?.High), low, high)}</span></td>
            <td class="small">{Difference(row, best)}</td>
            <td class="number" data-tip="{Tip(f.Ua)}">{Say.Percent(f.Ua?.Mean)}</td><td class="number" data-tip="{Tip(f.Wf1)}">{Say.Percent(f.Wf1?.Mean)}</td>
            {(showPaper ? Html.Of($"""<td class="small">{Printed(row).Select(p => Paper(p, f))}</td>""") : Html.Empty)}
            <td>{d.Badges.Except(common).Select(Pieces.Badge)}{d.Warnings.Select(w => Html.Of($"""<span class="badge warn" tabindex="0" data-tip="{w}">note</span> """))}</td></tr>
            """);
    }

    private IEnumerable<PrintedNumber> Printed(Row row) => papers.Printed(row.Data.Corpus, row.Data.Protocol, row.Data.Upstream, row.Data.Head);

    private static Html Paper(PrintedNumber printed, LeaderboardRow row)
    {
        var ours = printed.Metric switch { "wa" => row.Wa, "ua" => row.Ua, "wf1" => row.Wf1, _ => row.MacroF1 };
        return Html.Of($"""<a href="/paper/{printed.Table}" data-tip="{printed.Title}: {printed.Metric.ToUpperInvariant()} {printed.Value:F2}">{printed.Metric.ToUpperInvariant()} {printed.Value:F1}</a>{(ours is null ? "" : $" ({Say.Signed(ours.Mean - printed.Value)})")}<br>""");
    }

    /// <summary>The sentence that the table comes down to.</summary>
    private Html Verdict(Section section, Row? best)
    {
        var others = section.Rows.Where(r => r != best && r.Data.Wa is not null).ToArray();
        if (best is null || others.Length == 0) return Html.Empty;
        var open = section.Rows.Any(r => r.Data.FoldsDone < r.Data.FoldsExpected) ? " so far" : "";
        var second = others[0];
        var lead = best.Data.Wa!.Mean - second.Data.Wa!.Mean;
        var words = background.Compare((best.Data, best.Results), (second.Data, second.Results)) is not { Wa: { } wa } c
                ? Html.Of($"""<span class="muted">({(ComparisonReports.Comparable(best.Data, second.Data) ? "no comparison yet" : "no fold with a seed in common")})</span>""")
            : wa.P is not { } p ? Html.Empty
            : Html.Of($"""<strong class="{(p < 0.05 ? "good" : "")}">{(p < 0.05 ? "significant" : "not significant")}</strong> at 5 % (p {(p < 0.001 ? "" : "= ")}{Say.P(p)}{(wa is { Low: { } low, High: { } high } ? $", 95 % interval {Say.Signed(low)} to {Say.Signed(high)}" : "")}{(c.Remark is null ? "" : $", {Say.Signed(wa.Difference)} where both have results")})""");
        return Html.Of($"""<p class="note {(words.ToString().Contains(">significant") ? "good" : "")}">Best{open}: <strong>{Name(best, second)}</strong> with WA {best.Data.Wa.Mean:F1}, {lead:F1} points before {Name(second, best)}: {words}. <a href="{CompareLink(best, second)}">Compare</a></p>""");

        static string Name(Row row, Row other) => row.Data.Upstream == other.Data.Upstream ? $"{row.Data.Upstream}, {row.Data.Head}" : row.Data.Upstream;
    }

    private Html Difference(Row row, Row? best)
    {
        if (best is null || row == best || row.Data.Wa is null || row.Rank > Compared) return Html.Empty;
        if (background.Compare((best.Data, best.Results), (row.Data, row.Results)) is not { } c)
            return ComparisonReports.Comparable(best.Data, row.Data) ? Html.Of($"""<span class="muted">…</span>""") : Html.Of($"""<span class="muted" data-tip="no fold with a seed in common">–</span>""");
        return Html.Of($"""<a href="{CompareLink(best, row)}"{(c.Remark is null ? Html.Empty : Html.Of($""" data-tip="where both have results" """))}>{Say.Signed(-c.Wa.Difference)}</a> <span class="muted">p {(c.Wa.P < 0.001 ? "" : "= ")}{Say.P(c.Wa.P)}</span>""");
    }

    private static string CompareLink(Row a, Row b) => $"/compare?row={Uri.EscapeDataString(Of(a))}&row={Uri.EscapeDataString(Of(b))}";

    private static string Of(Row row) => $"{row.Data.Corpus}/{row.Data.Protocol}/{row.Data.Upstream}/{row.Data.Head}";

    private static string Tip(Figure? f) => f is null ? "no result yet" : string.Create(CultureInfo.InvariantCulture,
        $"mean {f.Mean:F2}{(f.Sd is { } sd ? $", SD over folds {sd:F2}" : "")}{(f.SeedSd is { } seeds ? $", SD over seeds {seeds:F2}" : "")}{(f is { Low: { } low, High: { } high } ? $", 95 % [{low:F1}, {high:F1}]" : "")}{(f.Pooled is { } pooled ? $", pooled {pooled:F2}" : "")}");

    private static Html Head(string text, string sort, LeaderboardFilter filter, string kind = "")
    {
        var on = (filter.Sort ?? "wa") == sort;
        return Html.Of($"""<th scope="col" class="{kind}"{(on ? Html.Of($""" aria-sort="{(sort == "upstream" ? "ascending" : "descending")}" """) : Html.Empty)}><a href="{(filter with { Sort = sort == "wa" ? null : sort }).Link()}">{text}{(on ? " ↓" : "")}</a></th>""");
    }

    private static Html Form(LeaderboardFilter filter, IReadOnlyList<RowName> names, IReadOnlyList<ExperimentCounts> experiments) => Html.Of($"""
        <form class="filters" action="/leaderboard" data-auto>
        {Pieces.Select("corpus", "Corpus", names.Select(n => n.Corpus).Distinct(), filter.Corpus)}
        {Pieces.Select("protocol", "Protocol", names.Select(n => n.Protocol).Distinct().Order(StringComparer.Ordinal), filter.Protocol)}
        {Pieces.Select("speakers", "Speakers", [LeaderboardFilter.Independent, LeaderboardFilter.Dependent], filter.Speakers)}
        {Pieces.Select("task", "Task", names.Select(n => LeaderboardFilter.TaskOf(n.Corpus)).Distinct(), filter.Task)}
        {Pieces.Select("upstream", "Upstream", names.Select(n => n.Upstream).Distinct().Order(StringComparer.Ordinal), filter.Upstream)}
        {Pieces.Select("head", "Head", names.Select(n => n.Head).Distinct().Select(h => LeaderboardFilter.HeadOf(new("", "", "", h, 0))).Order(StringComparer.Ordinal), filter.Head)}
        <label>Experiment<select name="experiment"><option value="">all</option>{experiments.Select(e => Html.Of($"""<option value="{e.Id}"{(e.Id == filter.Experiment ? " selected" : "")}>{e.Name}</option>"""))}</select></label>
        {(filter.Sort is null ? Html.Empty : Html.Of($"""<input type="hidden" name="sort" value="{filter.Sort}">"""))}
        <button type="submit">Show</button>
        <span class="actions" role="group" aria-label="Export">{new[] { ("csv", "CSV"), ("json", "JSON"), ("md", "Markdown"), ("latex", "LaTeX"), ("svg", "SVG") }.Select(e => Html.Of($"""<a class="button" href="{PageAddress.Link(filter.Link("/leaderboard/export"), ("format", e.Item1))}" download>{e.Item2}</a>"""))}</span>
        </form>
        """);

    private static Html Empty => Html.Of($"""<div class="empty"><p>There is no result yet. A fold that was asked for appears here at once, with a figure as soon as it has one.</p></div>""");
}
