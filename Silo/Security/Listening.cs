using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Emotion2Vec.Corpora;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Security;

/// <summary>Where a silo listens, and what that asks for.</summary>
/// <param name="Address">As given.</param>
/// <param name="Guarded">Whether callers need the token.</param>
/// <param name="Certificate">With its private key and the certificates above it; null = plain HTTP.</param>
internal sealed record Listening(string Address, bool Guarded, X509Certificate2Collection? Certificate)
{
    /// <summary>
    /// A second address of a guarded silo, on loopback, for its own workers and for clients of its home: they need no certificate, and what comes in
    /// here comes from this machine even where a proxy stands before the other address.
    /// </summary>
    public const string SideDoor = "http://127.0.0.1:0";

    /// <exception cref="InputException">No address to listen on, or one that would be open to others without need.</exception>
    public static Listening Of(SiloOptions options)
    {
        var address = Parse(options.Listen);
        var https = address.Scheme == Uri.UriSchemeHttps;
        if (!https && options.Certificate is not null) throw new InputException($"--certificate: is for an https address, not for {options.Listen}");
        if (https && options.Certificate is null) throw new InputException($"{options.Listen}: https needs a certificate (--certificate FILE)");
        var local = IsLoopback(address.Host);
        if (!local && !https && !options.Insecure)
            throw new InputException($"{options.Listen}: others could read the token and all data on their way: listen on https with --certificate FILE, or say --insecure");
        return new Listening(options.Listen, !local || options.Token || options.NewToken, https ? Load(options) : null);
    }

    /// <summary>Whether a host names this machine only, as the HTTP server understands names: it takes every other name than localhost for all addresses.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    private static BindingAddress Parse(string text)
    {
        try
        {
            // The server would take a list; one of it could be forgotten here.
            if (!text.Contains(';') && BindingAddress.Parse(text) is { IsUnixPipe: false, IsNamedPipe: false, PathBase: "" } address
                && address.Scheme is "http" or "https" && address.Port is >= 0 and < 65536) return address;
        }
        catch (FormatException)
        {
            // Said below.
        }
        throw new InputException($"--listen: '{text}' is not an address such as http://127.0.0.1:5005");
    }

    private static X509Certificate2Collection Load(SiloOptions options)
    {
        var file = options.Certificate!;
        var collection = new X509Certificate2Collection();
        try
        {
            if (Path.GetExtension(file).ToLowerInvariant() is ".pfx" or ".p12")
            {
                collection = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, options.CertificatePassword);
                var own = collection.FirstOrDefault(c => c.HasPrivateKey) ?? throw new InputException($"{file}: has no private key");
                collection.Remove(own);
                collection.Insert(0, own);
            }
            else
            {
                var key = options.CertificateKey ?? file;
                collection.ImportFromPemFile(file);
                if (collection.Count == 0) throw new InputException($"{file}: holds no certificate");
                collection[0] = options.CertificatePassword is { } password && File.ReadAllText(key).Contains("ENCRYPTED")
                    ? X509Certificate2.CreateFromEncryptedPemFile(file, password, key) : X509Certificate2.CreateFromPemFile(file, key);
            }
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var named = options.CertificateKey is { } other && !File.Exists(other) ? other : file;
            throw new InputException($"{named}: {(File.Exists(named) ? $"no certificate with a private key can be read (--key FILE, E2V_CERTIFICATE_PASSWORD): {error.Message}" : "no such file")}", error);
        }
        if (collection[0].NotAfter < DateTime.Now) throw new InputException($"{file}: the certificate has expired on {collection[0].NotAfter:yyyy-MM-dd}");
        return collection;
    }
}
