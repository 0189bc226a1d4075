namespace Orleans.Tests;

// Which calls run beside which, and that turns never run in parallel.
public sealed partial class OrleansSemanticsTests
{
    [Fact]
    public async Task ACallWaitsForTheOneThatRuns()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsApart(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Write(n, s), (g, n, s) => g.Write(n, s));
    }

    [Fact]
    public async Task ReadOnlyInterleavesWithReadOnly()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsBeside(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Read(n, s), (g, n, s) => g.Read(n, s));
    }

    [Fact]
    public async Task ReadOnlyWaitsForAWrite()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsApart(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Write(n, s), (g, n, s) => g.Read(n, s));
    }

    [Fact]
    public async Task AWriteWaitsForReadOnly()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsApart(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Read(n, s), (g, n, s) => g.Write(n, s));
    }

    [Fact]
    public async Task ReadOnlyOvertakesAWriteThatWaitsForReadOnly()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITurnGrain>("a");
        var first = grain.Read("first", "first gate");
        await silo.Probe.Until("start first");
        var write = grain.Write("write", "second gate");
        var second = grain.Read("second", "second gate");
        silo.Probe.Open("second gate");
        await second;
        Assert.Equal(0, silo.Probe.Count("start write"));
        silo.Probe.Open("first gate");
        await Task.WhenAll(first, write);
        Assert.Equal(["start first", "start second", "end second", "end first", "start write", "end write"], silo.Probe.Events);
    }

    [Fact]
    public async Task AlwaysInterleaveRunsBesideAWrite()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsBeside(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Write(n, s), (g, n, s) => g.Always(n, s));
    }

    [Fact]
    public async Task AWriteRunsBesideAlwaysInterleave()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsBeside(silo, silo.Grains.GetGrain<ITurnGrain>("a"), (g, n, s) => g.Always(n, s), (g, n, s) => g.Write(n, s));
    }

    [Fact]
    public async Task AReentrantClassInterleavesEverything()
    {
        await using var silo = await TestSilo.StartAsync();
        await RunsBeside(silo, silo.Grains.GetGrain<IReentrantGrain>("a"), (g, n, s) => g.Write(n, s), (g, n, s) => g.Write(n, s));
    }

    [Theory]
    [InlineData("polite", true)]
    [InlineData("rude", false)]
    public async Task MayInterleaveAsksThePredicate(string name, bool beside)
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IChoosyGrain>("a");
        if (beside)
            await RunsBeside(silo, grain, (g, n, s) => g.Write(n, s), (g, n, s) => g.Write($"{name} {n}", s), $"{name} ");
        else
            await RunsApart(silo, grain, (g, n, s) => g.Write(n, s), (g, n, s) => g.Write($"{name} {n}", s), $"{name} ");
    }

    [Fact]
    public async Task TurnsOfOneActivationNeverRunInParallel()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITurnGrain>("a");
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => grain.Spin(10))), Assert.True);
    }

    [Fact]
    public async Task AwaitsComeBackToTheActivationsScheduler()
    {
        await using var silo = await TestSilo.StartAsync();
        Assert.True(await silo.Grains.GetGrain<ITurnGrain>("a").SchedulerStays());
    }

    [Fact]
    public async Task OneWayDoesNotWaitAndItsFailureStaysThere()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITurnGrain>("a");
        await grain.Tell("one", "gate");
        await silo.Probe.Until("start one");
        Assert.Equal(0, silo.Probe.Count("end one"));
        silo.Probe.Open("gate");
        await silo.Probe.Until("end one");
        await grain.TellBadly();
        await silo.Probe.Until("told");
        await grain.Write("after", "gate");
    }

    [Fact]
    public async Task AChainThatComesBackTimesOut()
    {
        await using var silo = await TestSilo.StartAsync();
        var (a, b) = (silo.Grains.GetGrain<IChainGrain>("a"), silo.Grains.GetGrain<IChainGrain>("b"));
        await Assert.ThrowsAsync<TimeoutException>(() => a.Round(b, "plain", patient: false));
        Assert.Equal("answer of a", await a.Answer());
    }

    [Fact]
    public async Task ACallToOneselfTimesOut()
    {
        await using var silo = await TestSilo.StartAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => silo.Grains.GetGrain<IChainGrain>("a").CallMyself(patient: false));
    }

    [Fact]
    public async Task AnAllowedChainComesBack()
    {
        await using var silo = await TestSilo.StartAsync();
        var (a, b) = (silo.Grains.GetGrain<IChainGrain>("a"), silo.Grains.GetGrain<IChainGrain>("b"));
        Assert.Equal("answer of a", await a.Round(b, "allow", patient: true));
        await Assert.ThrowsAsync<TimeoutException>(() => a.Round(b, "plain", patient: false));
    }

    [Fact]
    public async Task ASuppressedChainDoesNotComeBack()
    {
        await using var silo = await TestSilo.StartAsync();
        var (a, b) = (silo.Grains.GetGrain<IChainGrain>("a"), silo.Grains.GetGrain<IChainGrain>("b"));
        await Assert.ThrowsAsync<TimeoutException>(() => a.Round(b, "suppress", patient: false));
    }

    [Fact]
    public async Task AReentrantClassTakesItsChainBack()
    {
        await using var silo = await TestSilo.StartAsync();
        var (a, b) = (silo.Grains.GetGrain<IReentrantChainGrain>("a"), silo.Grains.GetGrain<IReentrantChainGrain>("b"));
        Assert.Equal("answer of a", await a.Round(b, "plain", patient: true));
        Assert.Equal("answer of a", await a.CallMyself(patient: true));
    }

    private static async Task RunsBeside<T>(
        TestSilo silo, T grain, Func<T, string, string, Task> first, Func<T, string, string, Task> second, string prefix = "")
        where T : ITurnGrain
    {
        var one = first(grain, "one", "first gate");
        await silo.Probe.Until("start one");
        var two = second(grain, "two", "second gate");
        await silo.Probe.Until($"start {prefix}two");
        silo.Probe.Open("second gate");
        await two;
        silo.Probe.Open("first gate");
        await one;
        Assert.Equal(["start one", $"start {prefix}two", $"end {prefix}two", "end one"], silo.Probe.Events);
    }

    private static async Task RunsApart<T>(
        TestSilo silo, T grain, Func<T, string, string, Task> first, Func<T, string, string, Task> second, string prefix = "")
        where T : ITurnGrain
    {
        var one = first(grain, "one", "first gate");
        await silo.Probe.Until("start one");
        silo.Probe.Open("second gate");
        var two = second(grain, "two", "second gate");
        await grain.Arrive();
        Assert.Equal(["start one"], silo.Probe.Events);
        silo.Probe.Open("first gate");
        await Task.WhenAll(one, two);
        Assert.Equal(["start one", "end one", $"start {prefix}two", $"end {prefix}two"], silo.Probe.Events);
    }
}
