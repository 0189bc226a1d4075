using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Silo.Security;

/// <summary>What a caller shows and whom it trusts.</summary>
/// <param name="Token">Sent to the silo; null = none.</param>
/// <param name="Authority">PEM file of the certificates that a silo's certificate must lead to; null = those of the system.</param>
public sealed record Credentials(string? Token, string? Authority)
{
    public const string TokenVariable = "E2V_TOKEN", AuthorityVariable = "E2V_CA";

    /// <summary>As the environment says. On a command line everybody on the machine could read a token.</summary>
    /// <exception cref="InputException">E2V_TOKEN holds no token.</exception>
    public static Credentials FromEnvironment() => new(
        Variable(TokenVariable) is { } token ? AccessToken.Checked(token, TokenVariable) : null, Variable(AuthorityVariable));

    /// <summary>Not printed with the token.</summary>
    public override string ToString() => $"token {(Token is null ? "not " : "")}given, authority {Authority ?? "of the system"}";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

/// <summary>The one place where calls to a silo begin: workers', joiners' and the command line's.</summary>
public static class SiloHttp
{
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(5);

    /// <summary>A client for a silo's API.</summary>
    /// <param name="silo">Its address.</param>
    /// <exception cref="InputException">The authority's file holds no certificate.</exception>
    public static HttpClient Create(Uri silo, Credentials credentials, TimeSpan timeout)
    {
        // A redirect would take the token elsewhere, and no part of the API answers with one.
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = LongestConnect };
        if (credentials.Authority is { } file) handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(file) };
        var http = new HttpClient(handler) { BaseAddress = silo, Timeout = timeout };
        if (credentials.Token is { } token) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: no certificate can be read: {error.Message}", error);
        }
        return policy.CustomTrustStore.Count > 0 ? policy : throw new InputException($"{file}: holds no certificate in PEM");
    }
}
