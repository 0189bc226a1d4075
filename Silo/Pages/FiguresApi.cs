using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Figures as files: what pages show, with their colours written into them.</summary>
internal static class FiguresApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var figures = routes.MapGroup("/api/figures").WithTags("Figures");
        figures.MapGet("/curves", async (string job, JobStore store) => Svg(await Curves(job, store))).WithSummary("Curves of a fold or of a pre-training, as SVG");
        figures.MapGet("/leaderboard", async (HttpContext context, LeaderboardPage page, LeaderboardReports reports) =>
            Svg(Leaderboard([.. LeaderboardText.Order(await page.Export(LeaderboardFilter.From(context), reports))]))).WithSummary("A leaderboard with its intervals, as SVG; takes the filters of its page");
        figures.MapGet("/umap", async (string? features, string? corpus, string? upstream, string? fold, string? colour, EmbeddingPage page) =>
            Svg(await page.Figure(features, corpus, upstream, fold, colour))).WithSummary("Features, or the hidden layer of a fold, in two dimensions, as SVG");
        figures.MapGet("/confusion", async (string job, JobStore store) => Svg(await Confusion(job, store))).WithSummary("Confusion matrix of a fold, as SVG");
    }

    /// <summary>A leaderboard as intervals on one axis.</summary>
    /// <exception cref="InputException">No row.</exception>
    public static Drawing Leaderboard(IReadOnlyList<LeaderboardRow> rows)
    {
        if (rows.Count == 0) throw new InputException("there is no result to draw with these options");
        var heads = rows.Select(r => r.Head).Distinct().Count() > 1;
        return IntervalChart.Draw(
            [.. rows.GroupBy(r => (r.Corpus, r.Protocol)).Select(g => (
                $"{g.Key.Corpus} · {g.Key.Protocol}{(g.Any(r => r.Synthetic) ? " · synthetic speech" : "")}",
                (IReadOnlyList<IntervalRow>)[.. g.Select(r => new IntervalRow(heads ? $"{r.Upstream}, {r.Head}" : r.Upstream, r.Wa?.Mean, r.Wa?.Low, r.Wa?.High))]))],
            "WA in percent: mean over folds, 95 % interval");
    }

    private static IResult Svg(Drawing figure) => TypedResults.Text(figure.File(), "image/svg+xml");

    private static async Task<Drawing> Curves(string key, JobStore store)
    {
        var picture = await JobPage.Find(store, key);
        if (picture.Result is not { } result) throw new InputException($"{picture.Job.Title}: has no result yet");
        return picture.Job.Kind switch
        {
            FoldSpec.Name => JobFigures.Sheet(picture.Job.Title, [.. JobFigures.Curves(CanonicalJson.Read<FoldResult>(result.Result))]),
            PretrainSpec.Name => JobFigures.Sheet(picture.Job.Title, [.. JobFigures.Pretraining(CanonicalJson.Read<PretrainResult>(result.Result).Curve)]),
            var kind => throw new InputException($"{picture.Job.Title}: a job of the kind {kind} has no curves; folds and pre-trainings have"),
        };
    }

    private static async Task<Drawing> Confusion(string key, JobStore store)
    {
        var picture = await JobPage.Find(store, key);
        if (picture.Job.Kind != FoldSpec.Name) throw new InputException($"{picture.Job.Title}: a job of the kind {picture.Job.Kind} has no confusion matrix; folds have");
        if (picture.Result is not { } result) throw new InputException($"{picture.Job.Title}: has no result yet");
        return JobFigures.Confusion(picture.Job.Title, CanonicalJson.Read<FoldResult>(result.Result));
    }
}
