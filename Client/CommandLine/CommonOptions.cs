using System.CommandLine;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>What every verb knows about its surroundings.</summary>
/// <param name="Data">Absolute data root; empty when none was given.</param>
/// <param name="Home">Absolute path of the state folder.</param>
/// <param name="Store">Connection string of a PostgreSQL store; null = SQLite in the home. Never printed: it may hold a password.</param>
/// <param name="Silo">Address given by the user; null = look into the home.</param>
/// <param name="Json">Print for programs.</param>
/// <param name="Credentials">For a silo that is named: what is shown to it, and whom its certificate must come from.</param>
/// <param name="Device">Where work by hand is computed: <c>cpu</c>, <c>cuda:0</c>, …</param>
internal sealed record Settings(string Data, string Home, string? Store, Uri? Silo, bool Json, Credentials Credentials, string Device)
{
    /// <summary>A path as a person would type it: relative where the file is below the current folder.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}

/// <summary>Options that every verb takes.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder that holds the corpora (else E2V_DATA)", HelpName = "DIR", Recursive = true,
    };

    public static readonly Option<string?> Home = new("--home")
    {
        Description = "State folder (else E2V_HOME, else ./.e2v)", HelpName = "DIR", Recursive = true,
    };

    public static readonly Option<string?> Store = new("--store")
    {
        Description = "PostgreSQL database for the store (else E2V_STORE, else e2v.db in the home)", HelpName = "CONNECTION", Recursive = true,
    };

    public static readonly Option<string?> Silo = new("--silo")
    {
        Description = "Address of a running silo (else E2V_SILO, else the one that runs on the home)", HelpName = "URL", Recursive = true,
    };

    public static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "File with the token of the silo that --silo names (else E2V_TOKEN holds it)", HelpName = "FILE", Recursive = true,
    };

    public static readonly Option<string?> Authority = new("--ca")
    {
        Description = "Certificates in PEM that an https silo's must lead to (else E2V_CA, else the system's)", HelpName = "FILE", Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON for programs", Recursive = true };

    /// <summary>Of the verbs that compute in this process.</summary>
    public static readonly Option<string?> Device = new("--device") { Description = "Where to compute: cpu (default), cuda:0, …", HelpName = "DEVICE" };

    public static Settings Read(ParseResult parse)
    {
        var silo = Address(parse);
        // Another machine has a data folder of its own; this one's is none of its concern unless it is named on purpose.
        var data = parse.GetValue(Data) ?? (silo is { IsLoopback: false } ? null : Variable("E2V_DATA"));
        return new(
            Full(data) ?? "",
            Full(parse.GetValue(Home) ?? Variable("E2V_HOME") ?? ".e2v")!,
            parse.GetValue(Store) ?? Variable("E2V_STORE"),
            silo,
            parse.GetValue(Json),
            Shown(parse),
            parse.GetValue(Device) ?? JobNeeds.Cpu);
    }

    /// <summary>Arguments as they may be written into a log: without connection strings.</summary>
    public static IEnumerable<string> WithoutSecrets(IReadOnlyList<string> arguments) => arguments.Select((argument, i) =>
        i > 0 && IsSecret(arguments[i - 1]) ? "…" : argument.IndexOf('=') is > 0 and var end && IsSecret(argument[..end]) ? argument[..end] + "=…" : argument);

    private static bool IsSecret(string option) => option == Store.Name || option == ClusterOptions.Cluster.Name;

    private static Credentials Shown(ParseResult parse)
    {
        var given = parse.GetValue(TokenFile) is { } file ? new Credentials(AccessToken.Read(Full(file)!), Variable(Credentials.AuthorityVariable)) : Credentials.FromEnvironment();
        return parse.GetValue(Authority) is { } authority ? given with { Authority = authority } : given;
    }

    private static Uri? Address(ParseResult parse)
    {
        var (text, where) = parse.GetValue(Silo) is { } option ? (option, "--silo") : (Variable("E2V_SILO"), "E2V_SILO");
        if (text is null) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new InputException($"{where}: '{text}' is not an address such as http://127.0.0.1:5000");
    }

    private static string? Full(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
