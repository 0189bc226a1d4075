using System.Reflection;

namespace TorchSharp.Tests.Surface;

/// <summary>
/// The stand-in shows nothing that the TorchSharp package lacks: what compiles against it compiles against the package.
/// </summary>
public sealed class TorchSharpSurfaceTests
{
    private static readonly Dictionary<string, HashSet<string>> Package = Read("torchsharp-api.txt", "also-in-torchsharp.txt");

    public static TheoryData<string> Types => [.. typeof(torch).Assembly.GetExportedTypes().Select(Signatures.Path).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Types))]
    public void Every_public_member_is_the_packages(string name)
    {
        var type = typeof(torch).Assembly.GetExportedTypes().Single(type => Signatures.Path(type) == name);
        Assert.True(Package.TryGetValue(name, out var known), $"the package has no type {name}");
        var unknown = Signatures.Of(type).Where(signature => !Known(signature, known)).Order(StringComparer.Ordinal);
        Assert.Empty(unknown);
    }

    [Fact]
    public void The_comparison_finds_what_the_package_lacks()
    {
        Assert.False(Known("Tensor frobnicate(Tensor input)", Package["torch"]));
        Assert.False(Known("Tensor zeros(long size)", Package["torch"]));
        Assert.True(Known("long ndim { get; }", Package["torch.Tensor"]));
        Assert.False(Known("long ndim { get; set; }", Package["torch.Tensor"]));
        Assert.Equal("Tensor sum(long dim, bool keepdim = false, ScalarType type = null)",
            Signatures.Normal("public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null);"));
    }

    // A property of the package may have a setter that the stand-in leaves out.
    private static bool Known(string signature, HashSet<string> known) =>
        known.Contains(signature) ||
        signature.EndsWith("{ get; }", StringComparison.Ordinal) && known.Contains(signature.Replace("{ get; }", "{ get; set; }", StringComparison.Ordinal));

    private static Dictionary<string, HashSet<string>> Read(params string[] files)
    {
        var types = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!;
            using var reader = new StreamReader(stream);
            HashSet<string>? current = null;
            while (reader.ReadLine() is { } line)
            {
                if (line.Length == 0 || line[0] == '#') continue;
                if (!char.IsWhiteSpace(line[0]))
                {
                    if (!types.TryGetValue(line, out current)) types.Add(line, current = new(StringComparer.Ordinal));
                }
                else current!.Add(Signatures.Normal(line));
            }
        }
        return types;
    }
}
