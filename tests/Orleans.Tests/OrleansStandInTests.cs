using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Tests;

public interface IPlainGrain : IGrainWithStringKey
{
    Task<string> Echo(IReadOnlyList<string> list);
    Task<Unnumbered> EchoUnnumbered(Unnumbered value);
    Task<IReadOnlyList<int>> WrongResult();
    Task<bool> Same(List<int> list);
}

#pragma warning disable ORLEANS0004 // The analyzer of the packages finds what is meant to be found at run time here.
[GenerateSerializer]
public sealed class Unnumbered
{
    public int Forgotten { get; set; }
}
#pragma warning restore ORLEANS0004

public sealed class PlainGrain(Probe probe) : Grain, IPlainGrain
{
    public static List<int>? Shared;

    public Task<string> Echo(IReadOnlyList<string> list) => Task.FromResult(string.Join("+", list));
    public Task<Unnumbered> EchoUnnumbered(Unnumbered value) => Task.FromResult(value);
    public Task<IReadOnlyList<int>> WrongResult() => Task.FromResult<IReadOnlyList<int>>([1, probe.Count("nothing")]);
    public Task<bool> Same(List<int> list) => Task.FromResult(ReferenceEquals(list, Shared));
}

public interface IHastyGrain : IGrainWithStringKey
{
    Task<int> Count();
}

/// <summary>Asks to leave while it arrives.</summary>
public sealed class HastyGrain(Probe probe) : Grain, IHastyGrain
{
    private int _count;

    /// <summary>Whether activation waits for its gate without giving its turn back, so that no call is received before it ends.</summary>
    public static bool HoldFirstTurn { get; set; }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        probe.Add("arriving");
        var gate = probe.At("gate");
        if (HoldFirstTurn)
            gate.Wait(cancellationToken);
        return gate;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Add("left");
        return Task.CompletedTask;
    }

    public Task<int> Count() => Task.FromResult(++_count);
}

[RandomPlacement, Immovable]
public sealed class PlacedGrain : Grain, IPlacedGrain
{
    public Task<int> One() => Task.FromResult(1);
}

[Alias("placed")]
public interface IPlacedGrain : IGrainWithStringKey
{
    [Unordered, Alias("one")]
    Task<int> One();
}

/// <summary>What is the stand-in's own: its switch, its refusals, its use of one clock for everything.</summary>
public sealed class OrleansStandInTests
{
    [SkippableFact]
    public async Task WaitingCallsRunInTheOrderOfTheirArrival()
    {
        Skip.IfNot(IsStandIn, Reason);
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITurnGrain>("a");
        var calls = Enumerable.Range(0, 20).Select(i => grain.Write($"{i:D2}", "gate")).ToArray();
        silo.Probe.Open("gate");
        await Task.WhenAll(calls);
        Assert.Equal(Enumerable.Range(0, 20).SelectMany(i => new[] { $"start {i:D2}", $"end {i:D2}" }), silo.Probe.Events);
    }

    [SkippableFact]
    public async Task AFailureToCreateReachesTheCallerWithTheConstructorsWords()
    {
        Skip.IfNot(IsStandIn, Reason);
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IBrokenGrain>("a");
        foreach (var missing in new[] { "no parts today", "no screws today" })
            Assert.Contains(missing, (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Count())).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ResponseTimeoutsAndIdlenessFollowTheClock()
    {
        Skip.IfNot(IsStandIn, Reason);
        var time = new ManualTime();
        await using var silo = await TestSilo.StartAsync(time: time);
        var held = silo.Grains.GetGrain<ICallGrain>("a").Hold("gate");
        await silo.Probe.Until("late");
        time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(held.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        var error = await Assert.ThrowsAsync<TimeoutException>(() => held);
        Assert.Contains("ICallGrain.Hold", error.Message, StringComparison.Ordinal);
        silo.Probe.Open("gate");

        var idle = silo.Grains.GetGrain<ILifeGrain>("idle");
        await idle.Count();
        time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(2, await idle.Count());
        time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(3, await idle.Count());
        time.Advance(TimeSpan.FromMinutes(17));
        await silo.Probe.Until("deactivated idle ActivationIdle");
        Assert.Equal(1, await idle.Count());
    }

    [SkippableFact]
    public async Task DelayedDeactivationEnds()
    {
        Skip.IfNot(IsStandIn, Reason);
        var time = new ManualTime();
        await using var silo = await TestSilo.StartAsync(time: time);
        await silo.Grains.GetGrain<ILifeGrain>("a").Stay(TimeSpan.FromHours(2));
        time.Advance(TimeSpan.FromMinutes(119));
        await silo.Grains.GetGrain<ILifeGrain>("other").Count();
        Assert.Equal(0, silo.Probe.Count("deactivated a ActivationIdle"));
        time.Advance(TimeSpan.FromMinutes(2));
        await silo.Probe.Until("deactivated a ActivationIdle");
    }

    [SkippableFact]
    public async Task ManyCallsWithDifferentTimeoutsEndInTheirOrder()
    {
        Skip.IfNot(IsStandIn, Reason);
        var time = new ManualTime();
        await using var silo = await TestSilo.StartAsync(time: time);
        var first = silo.Grains.GetGrain<ICallGrain>("a").Hold("gate");
        time.Advance(TimeSpan.FromSeconds(10));
        var second = silo.Grains.GetGrain<ICallGrain>("b").Hold("gate");
        var quick = silo.Grains.GetGrain<ICallGrain>("c").Late("gate");
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => quick);
        time.Advance(TimeSpan.FromSeconds(19.5));
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        Assert.False(second.IsCompleted);
        silo.Probe.Open("gate");
        await second;
    }

    [SkippableFact]
    public async Task RefusalsNameTypeMemberAndMethod()
    {
        Skip.IfNot(IsStandIn, Reason);
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IPlainGrain>("a");
        var stranger = await Assert.ThrowsAsync<CodecNotFoundException>(() => silo.Grains.GetGrain<ICallGrain>("a").Echo(new[] { new Stranger() }));
        Assert.Contains("ICallGrain.Echo", stranger.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(Stranger).FullName!, stranger.Message, StringComparison.Ordinal);
        var member = await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.EchoUnnumbered(new Unnumbered()));
        Assert.Contains("Unnumbered.Forgotten has no [Id]", member.Message, StringComparison.Ordinal);
        Assert.Equal("x+y", await grain.Echo(ImmutableList.Create("x", "y")));
        Assert.Equal("x", await grain.Echo(new[] { "x" }));
        // The compiler's own list behind a collection expression has no serializer in Orleans either.
        await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.Echo(["x", "y"]));
        var result = await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.WrongResult());
        Assert.Contains("IPlainGrain.WrongResult: result", result.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<SerializerException>(() => silo.Grains.GetGrain<ICallGrain>("a").Echo(new object()));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConfigurationSwitchesTheStrictModeOn(bool strict)
    {
        Skip.IfNot(IsStandIn, Reason);
        const string Switch = "Orleans.InProcess.Strict";
        Assert.True(AppContext.TryGetSwitch(Switch, out var inTests) && inTests);
        AppContext.SetSwitch(Switch, false);
        try
        {
            var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Configuration.AddInMemoryCollection([new("Orleans:InProcess:Strict", strict.ToString())]);
            builder.UseOrleans(silo => silo.UseLocalhostClustering().ConfigureServices(services => services.AddSingleton<Probe>()));
            using var host = builder.Build();
            await host.StartAsync();
            PlainGrain.Shared = [1];
            Assert.Equal(!strict, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IPlainGrain>("a").Same(PlainGrain.Shared));
            await host.StopAsync();
        }
        finally
        {
            AppContext.SetSwitch(Switch, true);
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ADeactivationAskedForDuringActivationComesAfterTheCallsThatWait(bool activationEndsInItsFirstTurn)
    {
        Skip.IfNot(IsStandIn, Reason);
        await using var silo = await TestSilo.StartAsync();
        HastyGrain.HoldFirstTurn = activationEndsInItsFirstTurn;
        var grain = silo.Grains.GetGrain<IHastyGrain>("a");
        var first = grain.Count();
        await silo.Probe.Until("arriving");
        var second = grain.Count();
        silo.Probe.Open("gate");
        var counts = await Task.WhenAll(first, second);
        Assert.Equal([1, 2], counts);
        await silo.Probe.Until("left");
    }

    [SkippableFact]
    public async Task PlacementAttributesAreAccepted()
    {
        Skip.IfNot(IsStandIn, Reason);
        await using var silo = await TestSilo.StartAsync();
        Assert.Equal(1, await silo.Grains.GetGrain<IPlacedGrain>("a").One());
    }

    [SkippableFact]
    public async Task AnAttributeThatIsNotImplementedStopsTheStartByName()
    {
        Skip.IfNot(IsStandIn, Reason);
        var error = await StartFails(DynamicGrain(typeof(IPlacedGrain), new CustomAttributeBuilder(typeof(FarAwayAttribute).GetConstructors()[0], [])));
        Assert.Contains(typeof(FarAwayAttribute).FullName!, error.Message, StringComparison.Ordinal);
        Assert.Contains("DynamicGrain", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(typeof(ReadOnlyAttribute))]
    [InlineData(typeof(AlwaysInterleaveAttribute))]
    public async Task AnAttributeOnTheWrongSideStopsTheStartByName(Type attribute)
    {
        Skip.IfNot(IsStandIn, Reason);
        var onMethod = new CustomAttributeBuilder(attribute.GetConstructors()[0], []);
        var error = await StartFails(DynamicGrain(typeof(IPlacedGrain), onMethods: onMethod));
        Assert.Contains(attribute.FullName!, error.Message, StringComparison.Ordinal);
        Assert.Contains("DynamicGrain.One", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(typeof(int), typeof(int))]
    [InlineData(typeof(Task), typeof(int), "ref")]
    public async Task AMethodThatCannotBeCalledStopsTheStartByName(Type result, Type parameter, string how = "")
    {
        Skip.IfNot(IsStandIn, Reason);
        var type = DynamicModule().DefineType("IBadGrain", TypeAttributes.Public | TypeAttributes.Interface | TypeAttributes.Abstract, null, [typeof(IGrainWithStringKey)]);
        type.DefineMethod(
            "Now",
            MethodAttributes.Public | MethodAttributes.Abstract | MethodAttributes.Virtual | MethodAttributes.NewSlot,
            result,
            [how == "ref" ? parameter.MakeByRefType() : parameter]);
        Assert.Contains("IBadGrain.Now", (await StartFails(DynamicGrain(type.CreateType()))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AMissingPredicateStopsTheStartByName()
    {
        Skip.IfNot(IsStandIn, Reason);
        var may = new CustomAttributeBuilder(typeof(MayInterleaveAttribute).GetConstructors()[0], ["Absent"]);
        Assert.Contains("Absent", (await StartFails(DynamicGrain(typeof(IPlacedGrain), may))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task TwoClassesOfOneTypeStopTheStart()
    {
        Skip.IfNot(IsStandIn, Reason);
        var placed = new CustomAttributeBuilder(typeof(GrainTypeAttribute).GetConstructors()[0], ["placed"]);
        Assert.Contains("'placed'", (await StartFails(DynamicGrain(typeof(IPlacedGrain), placed))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AHostWithoutClusteringDoesNotStart()
    {
        Skip.IfNot(IsStandIn, Reason);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(_ => { });
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
        Assert.Contains("UseLocalhostClustering", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CollectionMustNotBeRarerThanTheAge()
    {
        Skip.IfNot(IsStandIn, Reason);
        using var host = TestSilo.Build(silo => silo.Configure<GrainCollectionOptions>(o => o.CollectionAge = o.CollectionQuantum));
        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
    }

    [SkippableFact]
    public async Task CallsOutsideTheSilosLifeAreRefused()
    {
        Skip.IfNot(IsStandIn, Reason);
        using var host = TestSilo.Build();
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>("a");
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Count());
        await host.StartAsync();
        Assert.Equal(1, await grain.Count());
        await host.StopAsync();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Count());
    }

    [SkippableFact]
    public async Task StoppingEndsOutstandingCallsAndHangsOnNoGrain()
    {
        Skip.IfNot(IsStandIn, Reason);
        using var host = TestSilo.Build();
        await host.StartAsync();
        var call = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICallGrain>("a").Hold("never");
        await host.Services.GetRequiredService<Probe>().Until("late");
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await host.StopAsync(limit.Token);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => call);
    }

    private const string Reason = "Of the stand-in only.";

    private static bool IsStandIn => typeof(IGrainFactory).Assembly.GetName().Name == "Orleans.InProcess";

    private static async Task<OrleansConfigurationException> StartFails(Type grainClass)
    {
        using var host = TestSilo.Build(silo => silo.Configure<GrainTypeOptions>(options => options.Classes.Add(grainClass)));
        return await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
    }

    // Made at run time, because a class in this assembly would be in the silo of every test.
    private static Type DynamicGrain(Type grainInterface, CustomAttributeBuilder? onClass = null, CustomAttributeBuilder? onMethods = null)
    {
        var type = DynamicModule().DefineType("DynamicGrain", TypeAttributes.Public, typeof(Grain), [grainInterface]);
        if (onClass is not null)
            type.SetCustomAttribute(onClass);
        foreach (var method in grainInterface.GetMethods())
        {
            var body = type.DefineMethod(
                method.Name, MethodAttributes.Public | MethodAttributes.Virtual, method.ReturnType, [.. method.GetParameters().Select(p => p.ParameterType)]);
            if (onMethods is not null)
                body.SetCustomAttribute(onMethods);
            body.GetILGenerator().ThrowException(typeof(NotSupportedException));
        }

        return type.CreateType();
    }

    private static ModuleBuilder DynamicModule() =>
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Dynamic"), AssemblyBuilderAccess.Run).DefineDynamicModule("Main");
}

[AttributeUsage(AttributeTargets.Class)]
public sealed class FarAwayAttribute() : PlacementAttribute(new FarAway());

public sealed class FarAway : PlacementStrategy;
