using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Security;

/// <summary>
/// How much a request may hold, and how often somebody without the token may ask. Callers with the token are never slowed down: a silo must take
/// some hundred results a second from one address.
/// </summary>
internal static class Limits
{
    /// <summary>Bytes of a request's body where nothing else is said: a grid, a heartbeat.</summary>
    public const long Body = 1 << 20;

    /// <summary>Bytes of a result: every prediction of a fold.</summary>
    public const long Result = 64 << 20;

    /// <summary>Bytes of a sign-in form.</summary>
    public const long Form = 4 << 10;

    /// <summary>Requests at once that a caller without the token may make where it is needed, and how many it gets back a second.</summary>
    public const int Guesses = 30;
    private const double GuessesPerSecond = 0.5;

    /// <summary>The same for what needs no token: health, style sheets.</summary>
    private const int Looks = 200;
    private const double LooksPerSecond = 20;

    /// <summary>Sets another limit for an endpoint.</summary>
    public static T WithBodyLimit<T>(this T endpoint, long bytes) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new RequestSizeLimitAttribute(bytes));

    public static void AddTo(IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            Caller.Of(context).Known ? RateLimitPartition.GetNoLimiter("")
            : Guard.IsOpen(context.Request.Path) && context.Request.Path != SignIn.Path ? Bucket("look " + Network(context), Looks, LooksPerSecond)
            : Bucket("guess " + Network(context), Guesses, GuessesPerSecond));
        limiter.OnRejected = async (rejected, _) =>
        {
            if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                rejected.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await Guard.Answer(rejected.HttpContext, StatusCodes.Status429TooManyRequests, "too many requests without the token");
        };
    });

    private static RateLimitPartition<string> Bucket(string name, int burst, double perSecond) => RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = burst, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(1 / perSecond), QueueLimit = 0, AutoReplenishment = true,
    });

    /// <summary>The address; of IPv6 the network, which is what one customer gets.</summary>
    private static string Network(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
