using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Pages;

/// <summary>The pages of a silo.</summary>
internal static class Dashboard
{
    public static void AddDashboard(this IServiceCollection services)
    {
        services.AddSingleton<ExperimentsPage>();
        services.AddSingleton<ExperimentPage>();
        services.AddSingleton<JobPage>();
    }

    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        Assets.Map(routes);
        routes.MapPage<ExperimentsPage>("/", (page, context) => page.Render(context));
        routes.MapPage<ExperimentPage>("/experiments/{id}", (page, context) => page.Render(context));
        routes.MapForm<ExperimentPage>("/experiments/{id}/cancel", (page, context) => page.Cancel(context));
        routes.MapForm<ExperimentPage>("/experiments/{id}/retry", (page, context) => page.Retry(context));
        routes.MapPage<JobPage>("/jobs/{key}", (page, context) => page.Render(context));
        FiguresApi.Map(routes);
        routes.MapNoPage();
    }
}
