using System.Collections.Immutable;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>All experiments, newest first: how they stand, how fast they go, how long they still take.</summary>
internal sealed class ExperimentsPage(ExperimentReports reports)
{
    private const int PageSize = 50;

    public async Task<Page> Render(HttpContext context)
    {
        var (all, number) = (await reports.All(), context.AskedPage());
        var shown = all.Skip((number - 1) * PageSize).Take(PageSize).ToArray();
        // Rate and time left are asked for where there is something to wait for.
        for (var i = 0; i < shown.Length; i++)
            if (shown[i].State == "running") shown[i] = await reports.One(shown[i].Id);
        var page = new Page("Experiments", Layout.Experiments);
        page.Body = Html.Of($"""
            {page.Live("experiments", all.IsEmpty ? None : Table(shown))}
            {Pieces.Pager(number, all.Length, PageSize, p => PageAddress.Link("/", ("page", $"{p}")))}
            """);
        return page;
    }

    private static Html None => Html.Of($"""
        <div class="empty"><p>There is no experiment in this store yet.</p><p>Write down which corpora, upstream models and protocols you want, and submit it:</p>
        <pre>./e2v submit experiments/open-corpora.yaml --data DIR</pre></div>
        """);

    private static Html Table(IEnumerable<ExperimentStatus> experiments) => Pieces.Table(
        "Experiments", Pieces.Heads("Experiment", "State", "Jobs", ">Rate", ">Time left", "Submitted", ""),
        experiments.Select(e => Html.Of($"""
            <tr>
            <th scope="row"><a href="/experiments/{e.Id}">{e.Name}</a><br><span class="muted small">{e.Id}</span></th>
            <td>{Pieces.State(e.State)}</td>
            <td class="wide">{Bar(e)}<span class="small muted">{Counts(e)}</span></td>
            <td class="number" data-name="rate">{Rate(e)}</td>
            <td class="number" data-name="time left">{Left(e)}</td>
            <td data-name="submitted">{Pieces.Time(e.Submitted)}</td>
            <td>{Actions(e)}</td>
            </tr>
            """)), "list");

    public static Html Bar(ExperimentStatus e) => Pieces.Bar(e.Total, e.Succeeded, e.Running, Broken(e), Counts(e));

    public static string Counts(ExperimentStatus e) => string.Join(" · ", new (int Count, string What)[]
    {
        (e.Succeeded, $"of {e.Total} done"), (e.Running, "running"), (e.Queued, "queued"), (e.Waiting, "waiting"), (e.Failed, "failed"),
        (e.Poisoned, "poisoned"), (e.Blocked, "blocked"), (e.Cancelled, "cancelled"),
    }.Where((c, i) => i == 0 || c.Count > 0).Select(c => $"{c.Count} {c.What}"));

    public static int Broken(ExperimentStatus e) => e.Failed + e.Poisoned + e.Blocked;

    public static Html Rate(ExperimentStatus e) => e.JobsPerMinute is { } rate ? Html.Of($"{rate:0.0} jobs/min") : Pieces.Dash;

    public static Html Left(ExperimentStatus e) => e is { State: "running", SecondsLeft: { } seconds } ? Html.Text($"about {Say.Duration(seconds)}") : Pieces.Dash;

    /// <summary>Buttons for what can be done to it now.</summary>
    public static Html Actions(ExperimentStatus e) => Html.Of($"""{(e.State == "running" ? Button(e, "cancel", "Cancel", $"Cancel the jobs of {e.Name} that have not ended?") : Html.Empty)}{(Broken(e) > 0 ? Button(e, "retry", "Retry", null) : Html.Empty)}""");

    private static Html Button(ExperimentStatus e, string verb, string name, string? question) => Html.Of(
        $"""<form method="post" action="/experiments/{e.Id}/{verb}"{(question is null ? Html.Empty : Html.Of($""" data-ask="{question}" """))}><button type="submit" aria-label="{name} {e.Name}">{name}</button></form>""");
}
