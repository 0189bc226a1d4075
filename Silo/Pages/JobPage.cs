using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Observability;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Slots;
using Microsoft.AspNetCore.Http;
using Orleans;

namespace Emotion2Vec.Silo.Pages;

/// <summary>One job: why it is where it is, what it gave, how it was made.</summary>
internal sealed class JobPage(JobStore store, HomeFolder home, IGrainFactory grains, SlotPictures slots, Watchdog watchdog)
{
    private const int LogLines = 60, Dependants = 20;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<Page> Render(HttpContext context)
    {
        var picture = await Find(store, context.Route("key"));
        var (job, around) = (picture.Job, await store.Surroundings(picture.Job.Key, Dependants));
        var live = job.State == JobState.Running ? await grains.Job(job.Kind, job.Key).Live() : null;
        var moment = new JobMoment(live, await slots.All(), watchdog.Stall);
        var page = new Page(job.Title, Layout.Experiments) { Parent = around.Experiments is [var (id, name), ..] ? ($"/experiments/{id}", name) : ("/", "Experiments") };
        page.Body = Html.Of($"""
            {page.Live("state", State(picture, moment))}
            {page.Live("result", Result(picture))}
            {page.Live("attempts", Attempts(picture))}
            {page.Live("log", Log(picture))}
            {Others(picture, around)}
            <details class="card"><summary>Specification and origin</summary>
            {Pieces.Facts(("Key", Html.Of($"<code>{job.Key}</code>")), ("Kind", Html.Text(job.Kind)))}
            <pre>{Pretty(job.Spec)}</pre>{(picture.Result is { } result ? Html.Of($"<h3>What made the result</h3><pre>{Pretty(result.Run)}</pre>") : Html.Empty)}</details>
            """);
        return page;
    }

    /// <summary>A job by its key or an unambiguous beginning of it.</summary>
    public static async Task<JobPicture> Find(JobStore store, string key)
    {
        var keys = await store.Keys(key);
        if (keys.Count == 0) throw new KeyNotFoundException($"no job has a key that begins with '{key}'");
        if (keys.Count > 1) throw new InputException($"several jobs have keys that begin with '{key}'; give more of it");
        return (await store.Job(keys[0]))!;
    }

    private static Html State(JobPicture picture, JobMoment moment)
    {
        var detail = JobReports.Detail(picture, moment);
        var run = picture.Result is { } result ? CanonicalJson.Read<RunInfo>(result.Run) : null;
        return Html.Of($"""
            <section class="card{(picture.Job.State.IsDeadEnd() ? " alarm" : "")}"><p>{Pieces.State(detail.State)}</p>
            {detail.Explanation.Select(e => Html.Of($"<p>{e}</p>"))}
            {(moment.Live is { Attempt: > 0 } live ? Html.Of($"<p>{Pieces.Progress(live.Progress is null ? null : CanonicalJson.Read<JobProgress>(live.Progress))} <span class=\"muted small\">for {Say.Duration(live.Seconds)}</span></p>") : Html.Empty)}
            {Pieces.Facts(
                ("Corpus", Corpus(picture.Job)),
                ("Upstream", Html.Text(picture.Job.Upstream)),
                ("Protocol", Html.Text(picture.Job.Protocol)),
                ("Fold", picture.Job.Fold is { } fold ? Html.Of($"{fold + 1}") : Html.Empty),
                ("Seed", picture.Job.Seed is { } seed ? Html.Of($"{seed}") : Html.Empty),
                ("Took", run is null ? Html.Empty : Html.Text($"{Say.Duration(run.WallSeconds)} ({Say.Duration(run.CpuSeconds)} of processor time)")),
                ("On", run is null ? Html.Empty : Html.Text($"{run.Host}, {run.Device}"))
            )}</section>
            """);
    }

    private static Html Corpus(Grains.Store.JobRow job) => job.Corpus is null ? Html.Empty
        : job.Manifest is null ? Html.Text(job.Corpus) : Html.Of($"""<a href="/corpora/{job.Manifest}">{job.Corpus}</a>""");

    private static Html Result(JobPicture picture)
    {
        if (picture.Result is not { } stored) return Html.Empty;
        switch (picture.Job.Kind)
        {
            case FoldSpec.Name:
                var fold = CanonicalJson.Read<FoldResult>(stored.Result);
                var key = picture.Job.Key;
                return Html.Of($"""
                    <section class="card"><h2>Result</h2>
                    {Pieces.Facts(("WA", Big(fold.Wa)), ("UA", Big(fold.Ua)), ("WF1", Big(fold.Wf1)), ("Macro-F1", Big(fold.MacroF1)), ("Tested", Html.Text(Say.Count(fold.Test.Length, "utterance"))), ("Epoch", Html.Of($"{fold.BestEpoch + 1} of {fold.TrainLoss.Length}")))}
                    {fold.Warnings.Select(w => Html.Of($"""<p class="note warn">{w}</p>"""))}
                    <div class="figures">{JobFigures.Curves(fold).Select(f => f.Inline())}{JobFigures.Confusion(picture.Job.Title, fold).Inline()}</div>
                    <p class="actions"><a class="button" href="/api/figures/curves?job={key}" download="curves.svg">Curves as SVG</a><a class="button" href="/api/figures/confusion?job={key}" download="confusion.svg">Confusion as SVG</a><a class="button" href="/embedding?fold={key}">Hidden layer in two dimensions</a></p></section>
                    """);
            case ExtractSpec.Name:
                var extract = CanonicalJson.Read<ExtractResult>(stored.Result);
                return Pieces.Card("Result", Pieces.Facts(
                    ("Utterances", Html.Of($"{extract.Utterances:N0}")), ("Frames", Html.Of($"{extract.Frames:N0}")), ("Values per frame", Html.Of($"{extract.Dimension}")),
                    ("Speech", Html.Text(Say.Duration(extract.AudioSeconds))), ("File", Html.Text(Say.Bytes(extract.Bytes)))));
            case PretrainSpec.Name:
                return Html.Of($"""<section class="card"><h2>Result</h2><p><a href="/pretraining/{picture.Job.Key}">Curves of the pre-training</a></p></section>""");
            default:
                return Html.Empty;
        }
    }

    private static Html Big(double share) => Html.Of($"""<span class="figure">{100 * share:F1}</span>""");

    private static Html Attempts(JobPicture picture) => picture.Attempts.Count == 0 ? Html.Empty : Pieces.Card("Attempts", Pieces.Table(
        "Attempts", Pieces.Heads(">Attempt", "State", "Slot", "Began", ">Took", "Why it ended"),
        picture.Attempts.Select(a => Html.Of($"""
            <tr><td class="number">{a.Number}</td><td>{Pieces.State(JobReports.State(a.State))}</td><td>{a.Slot}</td><td>{Pieces.Time(a.Started)}</td>
            <td class="number">{(a.Ended is { } ended ? Say.Duration((ended - a.Started) / 1000.0) : "–")}</td><td class="error">{a.Error}</td></tr>
            """))));

    private Html Log(JobPicture picture)
    {
        if (picture.Attempts is not [.., var last] || picture.Job.State is JobState.Succeeded or JobState.Cancelled) return Html.Empty;
        var lines = LogTail.Read(home.WorkerLog(last.Slot), LogLines);
        return lines.Count == 0 ? Html.Empty : Html.Of($"""<section class="card"><h2>End of the log of {last.Slot}</h2><pre class="log" tabindex="0">{string.Join('\n', lines)}</pre></section>""");
    }

    private static Html Others(JobPicture picture, JobSurroundings around) => Html.Of($"""
        {(picture.DependsOn.Count == 0 ? Html.Empty : Pieces.Card("Reads the output of", List(picture.DependsOn)))}
        {(around.DependantCount == 0 ? Html.Empty : Pieces.Card($"Read by {Say.Count(around.DependantCount, "job")}", Html.Of($"{List(around.Dependants)}{(around.DependantCount > around.Dependants.Count ? Html.Of($"""<p class="muted">and {around.DependantCount - around.Dependants.Count} more</p>""") : Html.Empty)}")))}
        {(around.Experiments.Count < 2 ? Html.Empty : Pieces.Card("Wanted by", Html.Of($"""<ul class="plain">{around.Experiments.Select(e => Html.Of($"""<li><a href="/experiments/{e.Id}">{e.Name}</a></li>"""))}</ul>""")))}
        """);

    private static Html List(IEnumerable<JobSummary> jobs) => Html.Of(
        $"""<ul class="plain">{jobs.Select(j => Html.Of($"""<li>{Pieces.State(JobReports.State(j.State))} <a href="/jobs/{j.Key}">{j.Title}</a></li>"""))}</ul>""");

    private static string Pretty(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Indented);
}
