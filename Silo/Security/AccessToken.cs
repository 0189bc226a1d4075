using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Silo.Security;

/// <summary>
/// The one secret of a silo: 256 random bits, URL-safe, in <c>HOME/token</c>, which only its owner can read. Whoever has it may do
/// everything that the API offers.
/// </summary>
public sealed partial class AccessToken
{
    private const int Bits = 256;
    private const UnixFileMode Others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    private static readonly TimeSpan SignInLasts = TimeSpan.FromDays(30);
    private readonly byte[] hash;

    private AccessToken(string text, bool made) => (Text, Made, hash) = (text, made, Hash(text));

    /// <summary>The token itself: never logged, stored or sent anywhere but in an <c>Authorization</c> header.</summary>
    public string Text { get; }

    /// <summary>Whether it was made by this start, so that nobody knows it yet.</summary>
    public bool Made { get; }

    /// <summary>Name of the cookie of a signed-in browser. Cookies of one host are shared by all its ports, so each token has a cookie of its own.</summary>
    public string Cookie => "e2v-" + Convert.ToHexStringLower(hash.AsSpan(0, 4));

    /// <summary>The token of a home; made at the first start, or anew.</summary>
    /// <exception cref="InputException">The file cannot be used, or others can read it.</exception>
    public static AccessToken Open(HomeFolder home, bool anew = false)
    {
        if (!anew && File.Exists(home.Token)) return new AccessToken(Read(home.Token, secret: true), made: false);
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bits / 8));
        try
        {
            // Created with its mode and renamed into place: at no moment can anybody else read it.
            AtomicFile.Write(home.Token, stream => stream.Write(Encoding.ASCII.GetBytes(text + "\n")), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{home.Token}: cannot be written: {error.Message}", error);
        }
        return new AccessToken(text, made: true);
    }

    /// <summary>A token from a file.</summary>
    /// <param name="path">The file: a line.</param>
    /// <param name="secret">Whether others must not be able to read it.</param>
    /// <exception cref="InputException">It cannot be read, others can read it, or it holds no token. The message never quotes its content.</exception>
    public static string Read(string path, bool secret = false)
    {
        try
        {
            if (secret && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                throw new InputException($"{path}: others can read the token: 'chmod 600' it, or replace it with 'e2v silo --new-token'");
            return Checked(File.ReadAllText(path).Trim(), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the token cannot be read: {error.Message}", error);
        }
    }

    /// <summary>A text that may be a token.</summary>
    /// <param name="where">Where it came from, for the message.</param>
    /// <exception cref="InputException">It is none.</exception>
    public static string Checked(string text, string where) => Form().IsMatch(text) ? text
        : throw new InputException($"{where}: holds no token: at least 32 letters, digits, '-' and '_' are expected");

    /// <summary>Whether it is this token, in a time that does not tell how much of it is right.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(Hash(text), hash);

    /// <summary>What the cookie of a browser that signs in now holds: until when, and a proof that only the holder of the token can make. The token is not in it.</summary>
    public (string Value, DateTimeOffset Until) SignIn(DateTimeOffset now)
    {
        var until = DateTimeOffset.FromUnixTimeSeconds((now + SignInLasts).ToUnixTimeSeconds());
        return ($"{until.ToUnixTimeSeconds()}.{Base64Url.EncodeToString(Proof(until.ToUnixTimeSeconds()))}", until);
    }

    /// <summary>Whether a cookie's value was made with this token and still counts.</summary>
    public bool SignedIn(string? value, DateTimeOffset now)
    {
        if (value?.Split('.') is not [var text, var proof] || !long.TryParse(text, System.Globalization.NumberStyles.None, null, out var until)) return false;
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(Base64Url.EncodeToString(Proof(until)))) && now.ToUnixTimeSeconds() < until;
    }

    private byte[] Proof(long until) => HMACSHA256.HashData(Encoding.ASCII.GetBytes(Text), Encoding.ASCII.GetBytes($"sign-in until {until}"));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{32,200}\z")]
    private static partial Regex Form();
}
