using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion2Vec.Silo.Pages;

/// <summary>The pages of a silo.</summary>
internal static class Dashboard
{
    public static void AddDashboard(this IServiceCollection services)
    {
        foreach (var page in (Type[])[typeof(ExperimentsPage), typeof(ExperimentPage), typeof(JobPage), typeof(LeaderboardPage), typeof(ComparePage), typeof(PaperPage),
            typeof(CorporaPage), typeof(SlotsPage), typeof(PretrainingPage), typeof(EmbeddingPage), typeof(Embeddings), typeof(Manifests), typeof(PaperLibrary), typeof(BackgroundStatistics)]) services.AddSingleton(page);
        services.AddHostedService(provider => provider.GetRequiredService<BackgroundStatistics>());
    }

    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        Assets.Map(routes);
        SignIn.Map(routes);
        routes.MapPage<ExperimentsPage>("/", (page, context) => page.Render(context));
        routes.MapPage<ExperimentPage>("/experiments/{id}", (page, context) => page.Render(context));
        routes.MapForm<ExperimentPage>("/experiments/{id}/cancel", (page, context) => page.Cancel(context));
        routes.MapForm<ExperimentPage>("/experiments/{id}/retry", (page, context) => page.Retry(context));
        routes.MapPage<JobPage>("/jobs/{key}", (page, context) => page.Render(context));
        routes.MapPage<LeaderboardPage>("/leaderboard", (page, context) => page.Render(context));
        routes.MapGet("/leaderboard/export", Export).ExcludeFromDescription();
        routes.MapPage<ComparePage>("/compare", (page, context) => page.Render(context));
        routes.MapPage<PaperPage>("/paper", (page, _) => page.List());
        routes.MapPage<PaperPage>("/paper/{table}", (page, context) => page.Render(context));
        routes.MapPage<CorporaPage>("/corpora", (page, _) => page.List());
        routes.MapPage<CorporaPage>("/corpora/{manifest}", (page, context) => page.Render(context));
        routes.MapPage<SlotsPage>("/slots", (page, _) => page.Render());
        routes.MapPage<PretrainingPage>("/pretraining", (page, _) => page.List());
        routes.MapPage<PretrainingPage>("/pretraining/{key}", (page, context) => page.Render(context));
        routes.MapPage<EmbeddingPage>("/embedding", (page, context) => page.Render(context));
        AudioApi.Map(routes);
        FiguresApi.Map(routes);
        routes.MapNoPage();
    }

    private static async Task<IResult> Export(HttpContext context, LeaderboardPage page, LeaderboardReports reports, IOptions<JsonOptions> json)
    {
        var rows = LeaderboardText.Order(await page.Export(LeaderboardFilter.From(context), reports)).ToArray();
        return context.Asked("format") switch
        {
            null or "csv" => File(LeaderboardText.Csv(rows), "text/csv", "csv"),
            "json" => File(System.Text.Json.JsonSerializer.Serialize(rows, json.Value.SerializerOptions), "application/json", "json"),
            "md" => File(LeaderboardText.Markdown(rows), "text/markdown", "md"),
            "latex" => File(LeaderboardText.Latex(rows), "text/x-tex", "tex"),
            "svg" => File(FiguresApi.Leaderboard(rows).File(), "image/svg+xml", "svg"),
            var other => throw new Emotion2Vec.Corpora.InputException($"format: '{other}' is not one of csv, json, md, latex, svg"),
        };

        static IResult File(string text, string type, string ending) => TypedResults.File(System.Text.Encoding.UTF8.GetBytes(text), type, $"leaderboard.{ending}");
    }
}
