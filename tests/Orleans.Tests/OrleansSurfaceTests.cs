namespace Orleans.Tests;

/// <summary>Code that compiles against the stand-in must compile against the packages: it offers nothing public that they lack.</summary>
public sealed class OrleansSurfaceTests
{
    private static readonly Dictionary<string, (string Kind, HashSet<string> Members)> Real = SurfaceText.Parse(
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "orleans-surface.txt")));

    public static TheoryData<string> PublicTypes => [.. typeof(IGrainFactory).Assembly.GetExportedTypes().Select(t => t.FullName!).Order(StringComparer.Ordinal)];

    [SkippableTheory]
    [MemberData(nameof(PublicTypes))]
    public void EveryPublicMemberExistsInOrleans(string name)
    {
        Skip.IfNot(IsStandIn, "The packages are what the stand-in is compared with.");
        var type = typeof(IGrainFactory).Assembly.GetType(name)!;
        Assert.True(Real.TryGetValue(SurfaceText.FullName(type), out var real), $"Orleans has no public type {name}");
        Assert.Equal(real.Kind.Split(" : ")[0], SurfaceText.Kind(type));
        Assert.Empty(SurfaceText.Members(type).Except(real.Members));
    }

    [Fact]
    public void TheComparisonSeesDifferences()
    {
        var members = SurfaceText.Members(typeof(Sample)).ToHashSet();
        Assert.Equal(
            [
                "protected void Hidden(string name = \"x\", CancellationToken token = default);",
                "public Sample();",
                "public static Task<T> Of<T>(T[] values, TimeSpan limit = null);",
                "public string Name { get; };",
            ],
            members.Order(StringComparer.Ordinal));
        var real = SurfaceText.Parse(["# Sample : class", "public virtual string? Name { get; };", "public Sample();"])["Sample"].Members;
        Assert.Equal(2, members.Except(real).Count());
    }

    private static bool IsStandIn => typeof(IGrainFactory).Assembly.GetName().Name == "Orleans.InProcess";

    public class Sample
    {
        public string Name => "";

        internal void Internal() { }

        public static Task<T> Of<T>(T[] values, TimeSpan? limit = null) => Task.FromResult(values[0]);

        protected void Hidden(string name = "x", CancellationToken token = default) { }
    }
}
