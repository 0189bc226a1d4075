using System.Data.Common;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emotion2Vec.Silo.Api;

/// <summary>For machines that watch: is the silo well, and its figures.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", Health).WithTags("Health").WithSummary("200 where the silo and its store answer, else 503; says so where nothing moves");
        routes.MapGet("/metrics", async (SiloMetrics metrics) => TypedResults.Text(await metrics.Text(), PrometheusText.ContentType))
            .WithTags("Health").WithSummary("Metrics in Prometheus' text format");
    }

    private static async Task<IResult> Health(JobStore store, Watchdog watchdog)
    {
        try
        {
            await store.AnyQueued();
        }
        catch (Exception error) when (error is DbException or InvalidOperationException)
        {
            return TypedResults.Text("the store does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        return TypedResults.Text(watchdog.Stall is { } stall ? $"ok, but {stall}" : "ok");
    }
}
