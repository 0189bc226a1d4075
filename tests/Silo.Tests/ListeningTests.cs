using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Silo.Tests;

/// <summary>What an address asks for, and HTTPS as a client sees it.</summary>
public sealed class ListeningTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("e2v-tls-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("http://127.0.0.1:0", false, false)]
    [InlineData("http://127.1.2.3:5005", false, false)]
    [InlineData("http://[::1]:5005", false, false)]
    [InlineData("http://localhost:5005", false, false)]
    [InlineData("http://0.0.0.0:5005", true, true)]
    [InlineData("http://*:5005", true, true)]
    [InlineData("http://[::]:5005", true, true)]
    [InlineData("http://192.0.2.7:5005", true, true)]
    // The server takes every name but localhost for all addresses, whatever it resolves to.
    [InlineData("http://localhost.example:5005", true, true)]
    [InlineData("http://127.0.0.1.example:5005", true, true)]
    public void Loopback_is_open_and_everything_else_needs_the_token_and_a_word_for_plain_http(string address, bool guarded, bool needsWord)
    {
        if (needsWord) Assert.Contains("--insecure", Assert.Throws<InputException>(() => Listening.Of(Options(address))).Message);
        else Assert.Equal(guarded, Listening.Of(Options(address)).Guarded);
        Assert.Equal(guarded, Listening.Of(Options(address) with { Insecure = true }).Guarded);
        Assert.True(Listening.Of(Options(address) with { Insecure = true, Token = true }).Guarded);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5005;http://0.0.0.0:5006")]
    [InlineData("ftp://127.0.0.1:5005")]
    [InlineData("http://unix:/run/e2v.sock")]
    [InlineData("http://127.0.0.1:5005/path")]
    [InlineData("127.0.0.1")]
    [InlineData("http://127.0.0.1:99999")]
    public void What_is_no_single_address_is_refused(string address) =>
        Assert.Contains("is not an address", Assert.Throws<InputException>(() => Listening.Of(Options(address) with { Insecure = true })).Message);

    [Fact]
    public void A_certificate_belongs_to_https_and_https_needs_one_that_can_be_used()
    {
        var file = Path.Combine(folder, "own.pem");
        Assert.Contains("--certificate", Refused("https://127.0.0.1:0", null));
        Assert.Contains("no such file", Refused("https://127.0.0.1:0", file));
        var (certificate, key) = SelfSigned(DateTimeOffset.Now.AddDays(1));
        File.WriteAllText(file, certificate);
        Assert.Contains("private key", Refused("https://127.0.0.1:0", file));
        File.WriteAllText(file, certificate + "\n" + key);
        Assert.Contains("https address", Refused("http://127.0.0.1:0", file));
        Assert.NotNull(Listening.Of(Options("https://127.0.0.1:0") with { Certificate = file }).Certificate);

        (certificate, key) = SelfSigned(DateTimeOffset.Now.AddMinutes(-1));
        File.WriteAllText(file, certificate + "\n" + key);
        Assert.Contains("expired", Refused("https://127.0.0.1:0", file));

        string Refused(string address, string? path)
        {
            var message = Assert.Throws<InputException>(() => Listening.Of(Options(address) with { Certificate = path })).Message;
            Assert.DoesNotContain('\n', message);
            return message;
        }
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("key")]
    [InlineData("encrypted")]
    [InlineData("pfx")]
    public async Task Https_with_a_certificate_file_and_a_client_that_trusts_it_only_where_told(string form)
    {
        const string password = "swordfish-7-swordfish";
        var (certificate, key) = SelfSigned(DateTimeOffset.Now.AddDays(1));
        var authority = Write("authority.pem", certificate);
        var options = Options("https://127.0.0.1:0");
        using var pair = X509Certificate2.CreateFromPem(certificate, key);
        options = form switch
        {
            "pem" => options with { Certificate = Write("own.pem", certificate + "\n" + key) },
            "key" => options with { Certificate = authority, CertificateKey = Write("own.key", key) },
            "encrypted" => options with
            {
                Certificate = authority, CertificatePassword = password,
                CertificateKey = Write("own.key", pair.GetECDsaPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))),
            },
            _ => options with { Certificate = Path.Combine(folder, "own.pfx"), CertificatePassword = password },
        };
        if (form == "pfx") File.WriteAllBytes(options.Certificate!, pair.Export(X509ContentType.Pkcs12, password));
        await using var silo = await SiloHost.StartAsync(options with { Token = true });
        Assert.Equal("https", silo.Address.Scheme);

        using var trusting = SiloHttp.Create(silo.Address, new Credentials(silo.NewToken, authority), TimeSpan.FromMinutes(1));
        Assert.Empty((await trusting.GetFromJsonAsync<SlotRow[]>("api/slots"))!);
        using var strange = SiloHttp.Create(silo.Address, new Credentials(silo.NewToken, null), TimeSpan.FromMinutes(1));
        Assert.IsType<System.Security.Authentication.AuthenticationException>((await Assert.ThrowsAsync<HttpRequestException>(() => strange.GetAsync("api/slots"))).InnerException);
        using var other = SiloHttp.Create(silo.Address, new Credentials(silo.NewToken, Write("other.pem", SelfSigned(DateTimeOffset.Now.AddDays(1)).Certificate)), TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<HttpRequestException>(() => other.GetAsync("api/slots"));
        // The certificate is for 127.0.0.1, so it proves nothing about another name of this address.
        using var misnamed = SiloHttp.Create(new UriBuilder(silo.Address) { Host = "localhost" }.Uri, new Credentials(silo.NewToken, authority), TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<HttpRequestException>(() => misnamed.GetAsync("api/slots"));

        // A browser keeps its cookie to HTTPS.
        using var signedIn = await trusting.PostAsync("sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = silo.NewToken! }));
        Assert.Contains("secure", signedIn.Headers.GetValues("Set-Cookie").Single());
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.Empty(HomeText.Holding(options.Home, password));
    }

    private SiloOptions Options(string listen) => new() { Home = Path.Combine(folder, "home"), CpuSlots = 0, WorkerCommand = ["none"], Listen = listen };

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (string Certificate, string Key) SelfSigned(DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=silo under test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(until.AddDays(-30), until);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
