using System.Net;
using Emotion2Vec.Silo.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Security;

/// <summary>
/// What stands before every endpoint. Other sites' pages are kept out first, with or without a token: a browser lets any page send requests to
/// 127.0.0.1. Then the token is asked for, where the silo has one.
/// </summary>
/// <param name="token">Null where none is needed.</param>
internal sealed class Guard(AccessToken? token, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private static readonly string[] OpenPaths = ["/healthz", "/assets", SignIn.Path];

    /// <summary>The token; null where none is needed.</summary>
    public AccessToken? Token => token;

    /// <summary>Port of <see cref="Listening.SideDoor"/>; 0 where there is none.</summary>
    public int SideDoorPort { get; set; }

    /// <summary>Whether a path tells nothing that needs a token.</summary>
    public static bool IsOpen(PathString path) => OpenPaths.Any(open => path.StartsWithSegments(open));

    /// <summary>Puts the guard into the pipeline, with the limits on callers without a token.</summary>
    public static void Use(WebApplication application)
    {
        var guard = application.Services.GetRequiredService<Guard>();
        application.Use(async (context, next) =>
        {
            if (guard.Foreign(context) is { } reason) await Answer(context, StatusCodes.Status403Forbidden, reason);
            else
            {
                context.Features.Set(guard.Identify(context));
                await next(context);
            }
        });
        application.UseRateLimiter();
        application.Use((context, next) =>
        {
            if (Caller.Of(context).Known || IsOpen(context.Request.Path)) return next(context);
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                context.Response.Redirect(SignIn.Address(context.Request));
                return Task.CompletedTask;
            }
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Answer(context, StatusCodes.Status401Unauthorized, "this silo needs its token: E2V_TOKEN, or --token-file FILE (on its machine it is in HOME/token)");
        });
    }

    /// <summary>An error as one line.</summary>
    public static Task Answer(HttpContext context, int status, string line)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(line));
    }

    /// <summary>Why a request seems to come from another site's page; null where it does not.</summary>
    private string? Foreign(HttpContext context)
    {
        var request = context.Request;
        // Without a token a page could rename its own host to 127.0.0.1 after it was loaded, and would then pass for one of ours.
        if (token is null && !Listening.IsLoopback(request.Host.Host)) return $"the host '{request.Host}' is not this silo's; one behind a proxy needs 'e2v silo --token'";
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return null;
        const string refused = "requests from other sites' pages are refused";
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none")) return refused;
        // Browsers send an origin with what changes something; programs send none.
        return request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || Uri.TryCreate(origin, UriKind.Absolute, out var site) && site.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase) ? null : refused;
    }

    private Caller Identify(HttpContext context)
    {
        if (token is null) return new Caller(Known: true, Local: true, SignedIn: false);
        var header = context.Request.Headers.Authorization.ToString();
        var signedIn = token.SignedIn(context.Request.Cookies[token.Cookie], time.GetUtcNow());
        var known = signedIn || header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && token.Is(header[Bearer.Length..].Trim());
        return new Caller(known, known && context.Connection.LocalPort == SideDoorPort && IPAddress.IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None), signedIn);
    }
}
