using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;
using Orleans;

namespace Emotion2Vec.Silo.Pages;

/// <summary>One experiment: progress, what failed, its grid as a matrix, its jobs.</summary>
internal sealed class ExperimentPage(ExperimentReports reports, JobStore store, RowReader reader, IGrainFactory grains)
{
    private const int PageSize = 50, MatrixRows = 40, FailuresShown = 5;

    public async Task<Page> Render(HttpContext context)
    {
        var id = context.Route("id");
        var status = await reports.One(id);
        var page = new Page(status.Name, Layout.Experiments) { Parent = ("/", "Experiments") };
        var filter = Filter(context);
        var (number, rows) = (context.AskedPage(), context.AskedPage("rows"));
        var kinds = await store.Kinds(id);
        var names = kinds.Any(k => k.Kind == FoldSpec.Name) ? await reader.Names(id) : [];
        var matrix = GridMatrix.Rows(names);
        var cells = names.Count == 0 ? [] : await store.GridCells(id, [.. matrix.Skip((rows - 1) * MatrixRows).Take(MatrixRows).SelectMany(r => r).Select(n => n.Cell)]);
        var failures = status.Failed + status.Poisoned > 0 ? await store.Failures(id, FailuresShown) : [];
        var (total, jobs) = await store.JobPage(id, filter, (number - 1) * PageSize, PageSize);
        var grid = await store.GridText(id);
        page.Body = Html.Of($"""
            {page.Live("progress", Progress(status, kinds))}
            {page.Live("failures", Failures(status, failures))}
            {page.Live("running", Running(status))}
            {page.Live("matrix", GridMatrix.Render(id, matrix, cells, rows, MatrixRows))}
            <section class="card" id="jobs"><h2>Jobs</h2>{Form(id, filter, kinds)}
            {page.Live("job-list", Jobs(jobs))}
            {Pieces.Pager(number, total, PageSize, p => Link(id, filter, p) + "#jobs")}</section>
            <details class="card"><summary>Grid as submitted</summary><pre>{grid}</pre></details>
            """);
        return page;
    }

    public async Task<string> Cancel(HttpContext context)
    {
        await grains.GetGrain<IExperimentGrain>(await Known(context)).Cancel();
        return $"/experiments/{context.Route("id")}";
    }

    public async Task<string> Retry(HttpContext context)
    {
        await grains.GetGrain<IExperimentGrain>(await Known(context)).Retry();
        return $"/experiments/{context.Route("id")}";
    }

    private async Task<string> Known(HttpContext context) => (await reports.One(context.Route("id"))).Id;

    private static Html Progress(ExperimentStatus e, IReadOnlyList<KindCount> kinds) => Html.Of($"""
        <section class="card">
        <div class="row"><p>{Pieces.State(e.State)} <span class="lead">{ExperimentsPage.Counts(e)}</span></p><div class="actions">{ExperimentsPage.Actions(e)}<a class="button" href="{PageAddress.Link("/leaderboard", ("experiment", e.Id))}">Leaderboard</a></div></div>
        {ExperimentsPage.Bar(e)}
        {Pieces.Facts(
            ("Time left", e.State == "running" ? Html.Of($"<strong>{(e.SecondsLeft is { } s ? $"about {Say.Duration(s)}" : "known after the first job of each kind")}</strong>") : Html.Empty),
            ("Rate", e.State == "running" ? ExperimentsPage.Rate(e) : Html.Empty),
            ("Submitted", Pieces.Time(e.Submitted)),
            ("Ended", e.Finished is { } finished ? Pieces.Time(finished) : Html.Empty),
            ("Kinds", Html.Text(string.Join(", ", kinds.GroupBy(k => k.Kind).Select(g => $"{g.Where(k => k.State == JobState.Succeeded).Sum(k => k.Jobs)} of {Say.Count(g.Sum(k => k.Jobs), g.Key)}"))))
        )}
        </section>
        """);

    private static Html Failures(ExperimentStatus e, IReadOnlyList<FailureGroup> failures) => failures.Count == 0 ? Html.Empty : Html.Of($"""
        <section class="card alarm"><h2>{Say.Count(e.Failed + e.Poisoned, "job")} failed{(e.Blocked > 0 ? $", {e.Blocked} blocked behind {(e.Failed + e.Poisoned == 1 ? "it" : "them")}" : "")}</h2>
        <ul class="plain">{failures.Select(f => Html.Of($"""<li><a href="/jobs/{f.Key}">{f.Title}</a>{(f.Jobs > 1 ? $" and {f.Jobs - 1} more" : "")} {Pieces.State(JobReports.State(f.State))}<br><span class="error">{f.Error}</span></li>"""))}</ul>
        <p class="muted">Mend the cause, then retry: only what has no result runs again.</p></section>
        """);

    private static Html Running(ExperimentStatus e) => e.Current.IsEmpty ? Html.Empty : Pieces.Card("Running now", Pieces.Table(
        "Running jobs", Pieces.Heads("Job", "Slot", "Progress", ">For"),
        e.Current.Take(32).Select(r => Html.Of($"""
            <tr><th scope="row"><a href="/jobs/{r.Key}">{r.Title}</a>{(r.Attempt > 1 ? Html.Of($""" <span class="badge warn">attempt {r.Attempt}</span>""") : Html.Empty)}</th><td>{r.Slot}</td><td class="wide">{Pieces.Progress(r.Progress)}</td><td class="number">{Say.Duration(r.Seconds)}</td></tr>
            """))));

    private static Html Jobs(IReadOnlyList<ListedJob> jobs) => jobs.Count == 0 ? Html.Of($"""<p class="muted">No job fits.</p>""") : Pieces.Table(
        "Jobs", Pieces.Heads("Job", "State", ">WA", ">Took", ">Attempts", "Error"),
        jobs.Select(j => Html.Of($"""
            <tr><th scope="row"><a href="/jobs/{j.Key}">{j.Title}</a></th><td>{Pieces.State(JobReports.State(j.State))}</td><td class="number" data-name="WA">{Say.Percent(100 * j.Wa)}</td>
            <td class="number" data-name="took">{(j.WallSeconds is { } seconds ? Say.Duration(seconds) : "–")}</td><td class="number" data-name="attempts">{j.Attempts}</td><td class="error">{j.Error}</td></tr>
            """)), "list");

    private static Html Form(string id, JobFilter filter, IReadOnlyList<KindCount> kinds) => Html.Of($"""
        <form class="filters" action="/experiments/{id}#jobs" data-auto>
        {Pieces.Select("state", "State", Enum.GetValues<JobState>().Where(s => kinds.Any(k => k.State == s) || s == filter.State).Select(s => JobReports.State(s)), filter.State is { } s ? JobReports.State(s) : null)}
        {Pieces.Select("kind", "Kind", kinds.Select(k => k.Kind).Distinct(), filter.Kind)}
        {Kept("corpus", filter.Corpus)}{Kept("protocol", filter.Protocol)}{Kept("upstream", filter.Upstream)}{Kept("head", filter.Head)}
        <button type="submit">Show</button>{(filter == new JobFilter() ? Html.Empty : Html.Of($"""<a class="button" href="/experiments/{id}#jobs">All jobs</a>"""))}
        {(filter.Corpus is null ? Html.Empty : Html.Of($"""<span class="muted">{string.Join(" · ", new[] { filter.Corpus, filter.Protocol, filter.Upstream }.OfType<string>())}</span>"""))}
        </form>
        """);

    private static Html Kept(string name, string? value) => value is null ? Html.Empty : Html.Of($"""<input type="hidden" name="{name}" value="{value}">""");

    private static JobFilter Filter(HttpContext context)
    {
        JobState? state = null;
        if (context.Asked("state") is { } text)
            state = Enum.TryParse<JobState>(text, ignoreCase: true, out var parsed) ? parsed
                : throw new InputException($"unknown state '{text}'{Nearest.Hint(text, Enum.GetNames<JobState>().Select(n => n.ToLowerInvariant()))}");
        return new(state, context.Asked("kind"), context.Asked("corpus"), context.Asked("protocol"), context.Asked("upstream"), context.Asked("head"));
    }

    /// <summary>The address of an experiment's jobs.</summary>
    public static string Link(string id, JobFilter filter, int page = 1) => PageAddress.Link($"/experiments/{id}",
        ("state", filter.State is { } state ? JobReports.State(state) : null), ("kind", filter.Kind), ("corpus", filter.Corpus), ("protocol", filter.Protocol),
        ("upstream", filter.Upstream), ("head", filter.Head), ("page", page == 1 ? null : $"{page}"));
}
