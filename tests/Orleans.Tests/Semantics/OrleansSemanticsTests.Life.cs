using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests;

/// <summary>
/// What grain code relies on, written against the public API of Orleans alone: the same class runs on the stand-in and on
/// the real packages. This part: activation, deactivation, idleness, keys.
/// </summary>
public sealed partial class OrleansSemanticsTests
{
    private static Action<ISiloBuilder> CollectAfter(TimeSpan age) => silo => silo.Configure<GrainCollectionOptions>(options =>
    {
        options.CollectionQuantum = TimeSpan.FromMilliseconds(50);
        options.CollectionAge = age;
    });

    [Fact]
    public async Task OneActivationPerKeyUnderConcurrentFirstCalls()
    {
        await using var silo = await TestSilo.StartAsync();
        var counts = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => silo.Grains.GetGrain<ILifeGrain>($"k{i % 5}").Count())));
        Assert.Equal(5, silo.Probe.Count("created"));
        Assert.Equal(Enumerable.Range(1, 100).SelectMany(n => Enumerable.Repeat(n, 5)), counts.Order());
    }

    [Fact]
    public async Task ActivationComesWithTheFirstCallAndBeforeIt()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ILifeGrain>("a");
        Assert.Empty(silo.Probe.Events);
        await grain.Count();
        await grain.Count();
        Assert.Equal(["created", "activated a"], silo.Probe.Events);
    }

    [Fact]
    public async Task KeysReachTheGrain()
    {
        await using var silo = await TestSilo.StartAsync();
        var id = Guid.NewGuid();
        Assert.Equal("Ö/ x#1", await silo.Grains.GetGrain<ILifeGrain>("Ö/ x#1").Key());
        Assert.Equal(-17, await silo.Grains.GetGrain<INumberedGrain>(-17).Key());
        Assert.Equal(long.MaxValue, await silo.Grains.GetGrain<INumberedGrain>(long.MaxValue).Key());
        Assert.Equal(id, await silo.Grains.GetGrain<IGuidGrain>(id).Key());
        Assert.Equal(-17, silo.Grains.GetGrain<INumberedGrain>(-17).GetPrimaryKeyLong());
        Assert.Equal("a", silo.Grains.GetGrain<ILifeGrain>("a").GetPrimaryKeyString());
    }

    [Fact]
    public async Task ReferencesAreEqualWhereTheirGrainIs()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ILifeGrain>("a");
        Assert.Equal(grain, silo.Grains.GetGrain<ILifeGrain>("a"));
        Assert.Equal(grain.GetHashCode(), silo.Grains.GetGrain<ILifeGrain>("a").GetHashCode());
        Assert.NotEqual(grain, silo.Grains.GetGrain<ILifeGrain>("b"));
        Assert.NotEqual(grain.GetGrainId(), silo.Grains.GetGrain<IKeptGrain>("a").GetGrainId());
        Assert.Equal("created", (await CountAndSee(silo, silo.Grains.GetGrain<ILifeGrain>(grain.GetGrainId())))[0]);
    }

    [Fact]
    public async Task AnUnknownInterfaceHasNoGrain()
    {
        await using var silo = await TestSilo.StartAsync();
        var error = Assert.Throws<ArgumentException>(() => silo.Grains.GetGrain<INobodysGrain>("a"));
        Assert.Contains(nameof(INobodysGrain), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFailedActivationReachesItsCallersAndTheNextCallTriesAgain()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IFragileGrain>("a");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Count());
        Assert.Contains("no disk today", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await grain.Count());
        Assert.Equal(2, silo.Probe.Count("tried"));
    }

    [Fact]
    public async Task AFailureToCreateReachesTheCallerToo()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IBrokenGrain>("a");
        for (var attempt = 0; attempt < 2; attempt++) await Assert.ThrowsAnyAsync<Exception>(() => grain.Count());
        Assert.Equal(3, await grain.Count());
    }

    [Fact]
    public async Task DeactivateOnIdleEndsTheActivationAndTheNextCallStartsAFreshOne()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ILifeGrain>("a");
        await grain.Count();
        Assert.Equal(2, await grain.Count());
        await grain.Leave();
        await silo.Probe.Until("deactivated a ApplicationRequested");
        Assert.Equal(1, await grain.Count());
        Assert.Equal(2, silo.Probe.Count("activated a"));
    }

    [Fact]
    public async Task DeactivationWaitsForWhatRunsAndWhatWaitsGoesToTheNextActivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ILifeGrain>("a");
        var leaving = grain.LeaveThenWait("gate");
        await silo.Probe.Until("leaving");
        var waiting = Enumerable.Range(0, 3).Select(_ => grain.Count()).ToArray();
        silo.Probe.Open("gate");
        await leaving;
        Assert.Equal([1, 2, 3], (await Task.WhenAll(waiting)).Order());
        Assert.Equal(
            ["created", "activated a", "leaving", "left", "deactivated a ApplicationRequested", "created", "activated a"],
            silo.Probe.Events);
    }

    [Fact]
    public async Task AFailingGoodbyeStillEndsTheActivationAndDisposesWhatItOwns()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.Services.AddScoped<Belongings>());
        var grain = silo.Grains.GetGrain<IOwnerGrain>("a");
        for (var i = 1; i <= 2; i++)
        {
            Assert.True(await grain.Leave());
            await silo.Probe.Until("grain disposed", i);
            await silo.Probe.Until("belongings disposed", i);
        }
    }

    [Fact]
    public async Task ShutdownDeactivatesEveryGrain()
    {
        var silo = await TestSilo.StartAsync();
        await using var _ = silo;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => silo.Grains.GetGrain<ILifeGrain>($"k{i}").Count()));
        await silo.StopAsync();
        Assert.Equal(20, Enumerable.Range(0, 20).Count(i => silo.Probe.Count($"deactivated k{i} ShuttingDown") == 1));
    }

    [Fact]
    public async Task AnIdleActivationIsCollectedAndComesBack()
    {
        await using var silo = await TestSilo.StartAsync(CollectAfter(TimeSpan.FromMilliseconds(200)));
        var grain = silo.Grains.GetGrain<ILifeGrain>("a");
        Assert.Equal(1, await grain.Count());
        await silo.Probe.Until("deactivated a ActivationIdle");
        Assert.Equal(1, await grain.Count());
    }

    [Fact]
    public async Task KeepAliveAndDelayDeactivationKeepAnActivation()
    {
        await using var silo = await TestSilo.StartAsync(CollectAfter(TimeSpan.FromMilliseconds(200)));
        await silo.Grains.GetGrain<IKeptGrain>("kept").Count();
        await silo.Grains.GetGrain<ILifeGrain>("delayed").Stay(TimeSpan.FromMinutes(1));
        // Three generations of others come and go meanwhile.
        for (var i = 0; i < 3; i++)
        {
            await silo.Grains.GetGrain<ILifeGrain>($"idle{i}").Count();
            await silo.Probe.Until($"deactivated idle{i} ActivationIdle");
        }

        Assert.Equal(0, silo.Probe.Count("deactivated kept ActivationIdle"));
        Assert.Equal(0, silo.Probe.Count("deactivated delayed ActivationIdle"));
    }

    [Fact]
    public async Task ACollectionAgeOfTheClassWins()
    {
        await using var silo = await TestSilo.StartAsync(CollectAfter(TimeSpan.FromMinutes(15)));
        await silo.Grains.GetGrain<ILifeGrain>("long").Count();
        await silo.Grains.GetGrain<IShortGrain>("short").Count();
        await silo.Probe.Until("deactivated short ActivationIdle");
        Assert.Equal(0, silo.Probe.Count("deactivated long ActivationIdle"));
    }

    [Fact]
    public async Task AStatelessWorkerHasSeveralActivationsUpToItsLimit()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IPooledGrain>("a");
        var calls = Enumerable.Range(0, 4).Select(_ => grain.Work("gate")).ToArray();
        await silo.Probe.Until("working", 2);
        Assert.Equal(2, silo.Probe.Count("created"));
        silo.Probe.Open("gate");
        await Task.WhenAll(calls);
        Assert.Equal(4, silo.Probe.Count("worked"));
        Assert.Equal(2, silo.Probe.Count("created"));
    }

    [Fact]
    public async Task TheFactoryAndTheClientComeFromTheContainer()
    {
        await using var silo = await TestSilo.StartAsync();
        Assert.Equal(1, await silo.Services.GetRequiredService<IClusterClient>().GetGrain<ILifeGrain>("a").Count());
        Assert.Equal(2, await silo.Services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>("a").Count());
    }

    private static async Task<string[]> CountAndSee(TestSilo silo, ILifeGrain grain)
    {
        await grain.Count();
        return silo.Probe.Events;
    }
}

public interface INobodysGrain : IGrainWithStringKey
{
    Task Nothing();
}
