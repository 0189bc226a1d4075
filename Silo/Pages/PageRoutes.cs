using System.Diagnostics;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Figures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Emotion2Vec.Silo.Pages;

/// <summary>How pages are served. The address of a page, asked for as an event stream, sends its live parts whenever they have changed.</summary>
internal static class PageRoutes
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>What an open page costs, in parts of one core: one that takes 20 ms is rendered anew after 1.2 s at the earliest.</summary>
    private const int PausePerCost = 60;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(15);

    public static void MapPage<T>(this IEndpointRouteBuilder routes, string pattern, Func<T, HttpContext, Task<Page>> render) where T : notnull =>
        routes.MapGet(pattern, async (HttpContext context, T pages) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.Vary = "Accept, Cookie";
            if (context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal)) await Stream(context, () => render(pages, context));
            else await Write(context, () => render(pages, context));
        }).ExcludeFromDescription();

    /// <summary>A form that changes something; answers with the way to another page.</summary>
    public static void MapForm<T>(this IEndpointRouteBuilder routes, string pattern, Func<T, HttpContext, Task<string>> act) where T : notnull =>
        routes.MapPost(pattern, async (HttpContext context, T pages) =>
            // No form of another site comes here: Guard.
            TypedResults.LocalRedirect(await act(pages, context))).ExcludeFromDescription();

    /// <summary>What nothing else answers.</summary>
    public static void MapNoPage(this IEndpointRouteBuilder routes) => routes.MapFallback("{**path}", (HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api")
            ? TypedResults.Json(new Api.ApiError($"there is no {context.Request.Path}"), statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context)
            : Write(context, () => throw new KeyNotFoundException($"there is no page {context.Request.Path}"))).ExcludeFromDescription();

    /// <summary>A page as the answer; what it throws for wrong or unknown addresses becomes one too.</summary>
    public static async Task Write(HttpContext context, Func<Task<Page>> render)
    {
        Page page;
        try
        {
            page = await render();
        }
        catch (Exception error) when (error is InputException or KeyNotFoundException)
        {
            page = new Page(error is InputException ? "This cannot be shown" : "Not found", "")
            {
                Status = error is InputException ? StatusCodes.Status400BadRequest : StatusCodes.Status404NotFound,
                Body = Html.Of($"""<p class="note bad">{error.Message}</p><p><a href="/">To the experiments</a></p>"""),
            };
        }
        var text = Layout.Render(page, context.Request).ToString();
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.StatusCode = page.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(text);
    }

    private static async Task Stream(HttpContext context, Func<Task<Page>> render)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var sent = new Dictionary<string, string>(StringComparer.Ordinal);
        var (pause, cost) = (ShortestPause, TimeSpan.MaxValue);
        try
        {
            while (true)
            {
                var began = Stopwatch.GetTimestamp();
                var page = await render();
                if (page.LiveParts.Count == 0)
                {
                    // An event source does not come back after this.
                    if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status204NoContent;
                    return;
                }
                var events = Changed(page, sent);
                var (first, took) = (cost == TimeSpan.MaxValue, Stopwatch.GetElapsedTime(began));
                // The cheapest look tells what it costs; any one may have waited for something else, the first for the compiler.
                if (took < cost) cost = took;
                if (first) context.Response.ContentType = "text/event-stream";
                // The comment tells a browser, and whatever lies between, that the silo lives.
                await context.Response.WriteAsync(events.Length > 0 ? events : ":\n\n", end.Token);
                await context.Response.Body.FlushAsync(end.Token);
                // A page on which nothing happens is looked at less and less often.
                pause = events.Length > 0 ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 5 / 4, LongestPause.Ticks));
                await Task.Delay(first ? pause : TimeSpan.FromTicks(Math.Max(pause.Ticks, PausePerCost * cost.Ticks)), end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader has gone, or the silo stops.
        }
        catch (Exception error) when (error is KeyNotFoundException or InputException && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private static string Changed(Page page, Dictionary<string, string> sent)
    {
        var events = new StringBuilder();
        foreach (var (id, content) in page.LiveParts)
        {
            var text = content.ToString();
            if (sent.TryGetValue(id, out var before) && before == text) continue;
            sent[id] = text;
            events.Append("event: ").Append(id).Append('\n');
            foreach (var line in text.Split('\n')) events.Append("data: ").Append(line.TrimEnd('\r')).Append('\n');
            events.Append('\n');
        }
        return events.ToString();
    }
}
