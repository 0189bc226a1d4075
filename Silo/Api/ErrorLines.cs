using Emotion2Vec.Corpora;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Api;

/// <summary>Turns exceptions into one line with the right status.</summary>
internal static partial class ErrorLines
{
    public static void UseErrorLines(this WebApplication application)
    {
        var logger = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Api");
        application.Use(async (context, next) =>
        {
            try
            {
                await next(context);
                // What the framework refuses before any code of ours runs has a status only.
                var response = context.Response;
                if (response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null } && !HttpMethods.IsHead(context.Request.Method))
                    await response.WriteAsJsonAsync(new ApiError(Line(response.StatusCode)));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
            catch (Exception error) when (!context.Response.HasStarted)
            {
                context.Response.StatusCode = error switch
                {
                    BadHttpRequestException refused => refused.StatusCode,
                    InputException or System.Text.Json.JsonException => StatusCodes.Status400BadRequest,
                    KeyNotFoundException => StatusCodes.Status404NotFound,
                    _ => StatusCodes.Status500InternalServerError,
                };
                if (context.Response.StatusCode == StatusCodes.Status500InternalServerError) LogUnexpected(logger, context.Request.Path, error);
                await context.Response.WriteAsJsonAsync(new ApiError(error.Message));
            }
        });
    }

    private static string Line(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => "the request's body is larger than this call takes",
        StatusCodes.Status415UnsupportedMediaType => "the request's body must be application/json",
        _ => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
    };

    [LoggerMessage(LogLevel.Error, "{Path} failed")]
    private static partial void LogUnexpected(ILogger logger, string path, Exception error);
}
