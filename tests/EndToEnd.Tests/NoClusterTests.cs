namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A build with the Orleans stand-in, asked for a cluster. A build with the packages has ClusterTests.cs in place of this file.</summary>
public sealed class NoClusterTests
{
    [Fact]
    public async Task A_cluster_is_refused_with_the_command_that_makes_the_build_for_it()
    {
        using var home = new TestHome();
        var ran = await home.RunAsync("silo", "--cluster", "Host=127.0.0.1;Port=1;Database=d;Password=secret-word");
        Assert.Equal(2, ran.Exit);
        var line = Assert.Single(ran.ErrorLines);
        Assert.Contains("UseOrleansPackages=true ./e2v silo --cluster", line);
        Assert.DoesNotContain("secret-word", line);
        Assert.False(Directory.Exists(home.Path));
    }

    [Theory]
    [InlineData("--api-only")]
    [InlineData("--gateway-port", "30001")]
    [InlineData("--cluster-address", "127.0.0.1")]
    public async Task What_says_nothing_without_a_cluster_is_refused(params string[] arguments)
    {
        using var home = new TestHome();
        var ran = await home.RunAsync(["silo", .. arguments]);
        Assert.Equal(2, ran.Exit);
        Assert.Contains($"{arguments[0]}: only together with --cluster", Assert.Single(ran.ErrorLines));
    }

    [Theory]
    [InlineData("--cluster-address", "300.1")]
    [InlineData("--cluster-address", "10.0.0.1")]
    [InlineData("--cluster-port", "0")]
    [InlineData("--gateway-port", "65536")]
    public async Task What_cannot_be_is_refused(params string[] arguments)
    {
        using var home = new TestHome();
        var ran = await home.RunAsync(["silo", "--cluster", "localhost", .. arguments]);
        Assert.Equal(2, ran.Exit);
        Assert.StartsWith($"e2v: {arguments[0]}: ", Assert.Single(ran.ErrorLines));
    }
}
