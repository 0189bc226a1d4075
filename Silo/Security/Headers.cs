using Microsoft.AspNetCore.Builder;

namespace Emotion2Vec.Silo.Security;

/// <summary>What every answer tells a browser. Pages have a policy of their own, which lets them load the silo's files and nothing else.</summary>
internal static class Headers
{
    // A figure opened by itself has its colours in a style element; a browser's own player plays audio.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Use(WebApplication application) => application.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return next(context);
    });
}
