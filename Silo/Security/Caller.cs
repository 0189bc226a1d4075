using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Emotion2Vec.Silo.Security;

/// <summary>Who asks.</summary>
/// <param name="Known">Whether it may use the API: it has the token, or none is needed.</param>
/// <param name="Local">Whether it is on this machine for certain, so that it may name any file that the silo can read.</param>
/// <param name="SignedIn">Whether it is a browser that has signed in.</param>
internal sealed record Caller(bool Known, bool Local, bool SignedIn)
{
    public static Caller Of(HttpContext context) => context.Features.GetRequiredFeature<Caller>();
}
