using System.Collections.Immutable;

namespace Orleans.Tests;

// What crosses a call arrives as an equal copy, and what cannot be serialized is refused.
public sealed partial class OrleansSemanticsTests
{
    [Fact]
    public async Task MessagesArriveEqual()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        var note = new Note("ä \0 \u2028", int.MinValue) { Tags = ["x", "y"], Next = new Note("next", 1) };
        var back = await grain.EchoNote(note);
        Assert.Equal(note with { Tags = default, Next = null }, back with { Tags = default, Next = null });
        Assert.Equal(["x", "y"], back.Tags.ToArray());
        Assert.Equal("next", back.Next!.Text);
        Assert.Equal(new Pair(1, null), await grain.EchoPair(new Pair(1, null)));
        Assert.Equal((7, "seven"), await grain.EchoTuple((7, "seven")));
        double[] numbers = [0.1, double.NaN, double.NegativeInfinity, double.Epsilon, -0.0];
        Assert.Equal(numbers, await grain.EchoNumbers(numbers));
        var table = ImmutableDictionary<int, TimeSpan>.Empty.Add(3, TimeSpan.FromTicks(1)).Add(-1, TimeSpan.MaxValue);
        Assert.Equal(table.Order(Comparer<KeyValuePair<int, TimeSpan>>.Create((x, y) => x.Key - y.Key)),
            (await grain.EchoTable(table)).Order(Comparer<KeyValuePair<int, TimeSpan>>.Create((x, y) => x.Key - y.Key)));
    }

    [Fact]
    public async Task AnAbstractTypeArrivesAsWhatItIs()
    {
        await using var silo = await TestSilo.StartAsync();
        ImmutableArray<Shape> shapes = [new Circle("c", 0.5), new Square("s", 1e-30f)];
        Assert.Equal(shapes, await silo.Grains.GetGrain<ICallGrain>("a").EchoShapes(shapes));
    }

    [Fact]
    public async Task ObjectsArriveWithTheirType()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        object[] values = [1, 2L, 3.5f, "text", 'c', true, Guid.NewGuid(), new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), DayOfWeek.Friday, new Pair(1, 2)];
        foreach (var value in values)
            Assert.Equal(value, await grain.Echo(value));
        Assert.Null(await grain.Echo(null));
        Assert.Equal(new byte[] { 1, 2 }, Assert.IsType<byte[]>(await grain.Echo(new byte[] { 1, 2 })));
    }

    [Fact]
    public async Task WhatTheCalleeChangesStaysWithTheCallee()
    {
        await using var silo = await TestSilo.StartAsync();
        var box = new Box { Items = { 1, 2 }, Weights = { ["a"] = 0.5 } };
        Assert.Equal(3, await silo.Grains.GetGrain<ICallGrain>("a").Fill(box));
        Assert.Equal([1, 2], box.Items);
    }

    [Fact]
    public async Task WhatTheCallerChangesLaterStaysWithTheCaller()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        var held = grain.Hold("gate");
        await silo.Probe.Until("late");
        var box = new Box { Items = { 1, 2 } };
        var call = grain.Fill(box);
        box.Items.Clear();
        silo.Probe.Open("gate");
        await held;
        Assert.Equal(3, await call);
    }

    [Fact]
    public async Task AResultIsACopyOfTheGrainsState()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        (await grain.GetBox()).Items.Add(1);
        Assert.Equal(0, await grain.BoxCount());
    }

    [Fact]
    public async Task ATypeWithoutSerializerIsRefusedByName()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => grain.Echo(new Stranger()));
        Assert.Contains(nameof(Stranger), error.Message, StringComparison.Ordinal);
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
    }
}
