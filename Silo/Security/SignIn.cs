using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Security;

/// <summary>How a browser shows that its user has the token: once, for a cookie that no script can read and no other site's page can use.</summary>
internal sealed partial class SignIn(Guard guard, TimeProvider time, ILogger<SignIn> logger)
{
    public const string Path = "/sign-in";

    /// <summary>The page, with the way back to what was asked for.</summary>
    public static string Address(HttpRequest request) => $"{Path}?to={Uri.EscapeDataString(request.Path + request.QueryString)}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext context, SignIn page) => page.Show(context)).ExcludeFromDescription();
        routes.MapPost(Path, (HttpContext context, SignIn page) => page.Enter(context)).WithBodyLimit(Limits.Form).ExcludeFromDescription();
        routes.MapPost("/sign-out", (HttpContext context, SignIn page) => page.Leave(context)).WithBodyLimit(Limits.Form).ExcludeFromDescription();
    }

    private Task Show(HttpContext context)
    {
        if (guard.Token is not null && !Caller.Of(context).SignedIn) return Write(context, Back(context.Request.Query["to"]));
        context.Response.Redirect(Back(context.Request.Query["to"]));
        return Task.CompletedTask;
    }

    private async Task Enter(HttpContext context)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var back = Back(form["to"]);
        if (guard.Token is { } token)
        {
            if (!token.Is(form["token"].ToString().Trim()))
            {
                LogRefused(logger, context.Connection.RemoteIpAddress?.ToString() ?? "somewhere");
                await Write(context, back, refused: true);
                return;
            }
            var (value, until) = token.SignIn(time.GetUtcNow());
            context.Response.Cookies.Append(token.Cookie, value, Options(context, until));
        }
        context.Response.Redirect(back);
    }

    private Task Leave(HttpContext context)
    {
        if (guard.Token is { } token) context.Response.Cookies.Delete(token.Cookie, Options(context));
        context.Response.Redirect(Path);
        return Task.CompletedTask;
    }

    private static Task Write(HttpContext context, string back, bool refused = false) => PageRoutes.Write(context, () => Task.FromResult(new Page("Sign in", "")
    {
        Status = refused ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK,
        Body = Html.Of(
            $"""
            {(refused ? Html.Of($"""<p class="note bad" role="alert">That is not this silo's token.</p>""") : Html.Empty)}
            <p>This silo asks for its token. It was shown when the silo made it, and is in the file <code>token</code> of its home.</p>
            <form method="post" action="{Path}" class="actions">
            <input type="hidden" name="to" value="{back}">
            <label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
            <button class="main">Sign in</button>
            </form>
            <p>Here by another site's link, and signed in already? <a href="{back}">Go on</a></p>
            """),
    }));

    private static CookieOptions Options(HttpContext context, DateTimeOffset? until = null) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", Expires = until };

    /// <summary>An address of this silo, whatever was asked for.</summary>
    private static string Back(string? to) => to is ['/', ..] and not (['/', '/' or '\\', ..]) && !to.Any(char.IsControl) && Uri.IsWellFormedUriString(to, UriKind.Relative) ? to : "/";

    [LoggerMessage(LogLevel.Warning, "A sign-in from {Address} had not the token")]
    private static partial void LogRefused(ILogger logger, string address);
}
