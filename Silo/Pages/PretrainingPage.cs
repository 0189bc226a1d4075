using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;
using Orleans;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Models trained here, with the course of their training, also while it runs.</summary>
internal sealed class PretrainingPage(JobStore store, HomeFolder home, IGrainFactory grains)
{
    private const int Shown = 100;

    public async Task<Page> List()
    {
        var jobs = await store.OfKind(PretrainSpec.Name, Shown);
        var page = new Page("Pre-training", Layout.Pretraining);
        var rows = new List<Html>();
        foreach (var job in jobs)
        {
            var (points, progress) = (Curve(job.Key), await Progress(job.Kind, job.Key, job.State));
            rows.Add(Html.Of($"""
                <tr><th scope="row"><a href="/pretraining/{job.Key}">{job.Title}</a></th><td>{Pieces.State(JobReports.State(job.State))}</td><td class="wide">{progress}</td>
                <td class="number">{(points.IsEmpty ? "–" : $"{points[^1].Update:N0}")}</td><td class="number">{(points.IsEmpty ? "–" : points[^1].Frame.ToString("0.000", CultureInfo.InvariantCulture))}</td><td class="error">{job.Error}</td></tr>
                """));
        }
        page.Body = page.Live("models", jobs.Count == 0
            ? Html.Of($"""<div class="empty"><p>No model has been trained here yet.</p><p>A grid can describe one (docs/PRETRAINING.md):</p><pre>./e2v submit experiments/pretrain-mini.yaml --data DIR</pre></div>""")
            : Html.Of($"""<section class="card">{Pieces.Table("Models", Pieces.Heads("Model", "State", "Progress", ">Update", ">Frame loss", "Error"), rows)}</section>"""));
        return page;
    }

    public async Task<Page> Render(HttpContext context)
    {
        var picture = await JobPage.Find(store, context.Route("key"));
        var job = picture.Job;
        if (job.Kind != PretrainSpec.Name) throw new KeyNotFoundException($"{job.Title} is no pre-training");
        var spec = CanonicalJson.Read<PretrainSpec>(job.Spec);
        var result = picture.Result is { } stored ? CanonicalJson.Read<PretrainResult>(stored.Result) : null;
        var points = result?.Curve ?? Curve(job.Key);
        var progress = await Progress(job.Kind, job.Key, job.State);
        var page = new Page(job.Title, Layout.Pretraining) { Parent = ("/pretraining", "Pre-training") };
        var state = Html.Of($"""
            <section class="card"><p>{Pieces.State(JobReports.State(job.State))} <a href="/jobs/{job.Key}">the job</a></p>{progress}
            {Pieces.Facts(("Corpora", Html.Text(string.Join(", ", spec.Corpora.Select(c => c.Corpus)))), ("Updates", points.IsEmpty ? Html.Empty : Html.Of($"{points[^1].Update:N0}")),
                ("Parameters", result is null ? Html.Empty : Html.Of($"{result.Parameters:N0}")), ("Speech seen", result is null ? Html.Empty : Html.Text(Say.Duration(result.AudioSeconds))), ("Checkpoint", result is null ? Html.Empty : Html.Text(Say.Bytes(result.Bytes))))}
            {(result?.Warnings ?? []).Select(w => Html.Of($"""<p class="note warn">{w}</p>"""))}</section>
            """);
        var curves = Html.Of($"""
            <section class="card"><h2>Course of the training</h2><div class="figures">{JobFigures.Pretraining(points).Select(f => f.Inline())}</div>
            {(result is null ? Html.Empty : Html.Of($"""<p class="actions"><a class="button" href="/api/figures/curves?job={job.Key}" download="curves.svg">Curves as SVG</a></p>"""))}</section>
            """);
        page.Body = Html.Of($"{page.Live("state", state)}{page.Live("curves", curves)}");
        return page;
    }

    private async Task<Html> Progress(string kind, string key, JobState state)
    {
        if (state != JobState.Running) return Html.Empty;
        var live = await grains.Job(kind, key).Live();
        return Pieces.Progress(live.Progress is null ? null : CanonicalJson.Read<JobProgress>(live.Progress));
    }

    /// <summary>The points that a training has written so far; a line that is still being written is left for the next time.</summary>
    private ImmutableArray<PretrainPoint> Curve(string key)
    {
        var path = Path.Combine(home.Pretraining(key), "curves.csv");
        if (!File.Exists(path)) return [];
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var text = reader.ReadToEnd();
        var points = ImmutableArray.CreateBuilder<PretrainPoint>();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var cells = line.Split(',');
            if (cells.Length < 9 || !int.TryParse(cells[0], CultureInfo.InvariantCulture, out var update)) continue;
            double[] v = [.. cells[1..9].Select(c => double.TryParse(c, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)];
            points.Add(new(update, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));
        }
        return points.DrainToImmutable();
    }
}
