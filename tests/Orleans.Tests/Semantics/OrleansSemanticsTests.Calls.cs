using System.Diagnostics;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Xunit.Abstractions;

namespace Orleans.Tests;

// Failures, time-outs, cancellation, references, streams, speed.
public sealed partial class OrleansSemanticsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task AnExceptionReachesTheCallerWithTypeAndMessage()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        var plain = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Throw("plain words"));
        Assert.Equal("plain words", plain.Message);
        Assert.Contains(nameof(CallGrain), plain.StackTrace, StringComparison.Ordinal);
        var own = await Assert.ThrowsAsync<RefusedOrderException>(() => grain.Throw("own"));
        Assert.Equal(("no such corpus", 42), (own.Message, own.Code));
        var outer = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Throw("inner"));
        Assert.Equal("inner", Assert.IsType<FormatException>(outer.InnerException).Message);
        var argument = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Throw("argument"));
        Assert.Contains("at least 2", argument.Message, StringComparison.Ordinal);
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
    }

    [Fact]
    public async Task ALateAnswerIsATimeoutForTheCallerAloneAndTheGrainFinishes()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Late("gate"));
        Assert.Equal(["late"], silo.Probe.Events);
        silo.Probe.Open("gate");
        await silo.Probe.Until("finished");
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
    }

    [Fact]
    public async Task TheDefaultTimeoutIsTheOptions()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.Configure<SiloMessagingOptions>(
            options => options.ResponseTimeout = TimeSpan.FromSeconds(1)));
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Hold("gate"));
        silo.Probe.Open("gate");
        await silo.Probe.Until("finished");
    }

    [Fact]
    public async Task ACallThatTimedOutWhileItWaitedIsNotRun()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        var held = grain.Hold("gate");
        await silo.Probe.Until("late");
        await Assert.ThrowsAsync<TimeoutException>(() => grain.QueueBriefly());
        silo.Probe.Open("gate");
        await held;
        await grain.Greet("you");
        Assert.Equal(0, silo.Probe.Count("queued ran"));
        await grain.Queue();
        Assert.Equal(1, silo.Probe.Count("queued ran"));
    }

    [Fact]
    public async Task CancellingReachesTheCallee()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        using var source = new CancellationTokenSource();
        var call = grain.UntilCancelled(source.Token);
        await silo.Probe.Until("waiting");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await silo.Probe.Until("cancelled True");
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
    }

    [Fact]
    public async Task ACancelledTokenCallsNobody()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.UntilCancelled(new CancellationToken(canceled: true)));
        await grain.Greet("you");
        Assert.Empty(silo.Probe.Events);
    }

    [Fact]
    public async Task ATimeoutCancelsTheCalleeWhereTheOptionSaysSo()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = TimeSpan.FromSeconds(1);
            options.CancelRequestOnTimeout = true;
        }));
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAsync<TimeoutException>(() => silo.Grains.GetGrain<ICallGrain>("a").UntilCancelled(source.Token));
        await silo.Probe.Until("cancelled True");
    }

    [Fact]
    public async Task ALiveTokenArrivesLive()
    {
        await using var silo = await TestSilo.StartAsync();
        using var source = new CancellationTokenSource();
        Assert.True(await silo.Grains.GetGrain<ICallGrain>("a").TokenIsLive(source.Token));
    }

    [Fact]
    public async Task ReferencesTravelAndGrainsCallEachOther()
    {
        await using var silo = await TestSilo.StartAsync();
        var (a, b) = (silo.Grains.GetGrain<ICallGrain>("a"), silo.Grains.GetGrain<ICallGrain>("b"));
        Assert.Equal("Hello x, I am b", await a.AskToGreet(b, "x"));
        Assert.Equal("Hello a, I am third", await a.BeGreetedBy(b));
        Assert.Equal("Hello x, I am a", await a.AsReference<IGreeter>().Greet("x"));
        Assert.Equal(b, await a.Echo(b));
    }

    [Fact]
    public async Task RequestContextTravelsWithTheCall()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        Assert.Null(await grain.ContextValue("who"));
        RequestContext.Set("who", "me");
        Assert.Equal("me", await grain.ContextValue("who"));
        RequestContext.Remove("who");
        Assert.Null(await grain.ContextValue("who"));
    }

    [Fact]
    public async Task AValueTaskWithoutResultIsAwaited()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<ICallGrain>("a").Nothing();
        Assert.Equal(["nothing"], silo.Probe.Events);
    }

    [Fact]
    public async Task AStreamArrivesWholeAndInOrderEachTime()
    {
        await using var silo = await TestSilo.StartAsync();
        var stream = silo.Grains.GetGrain<ICallGrain>("a").Count(5, 505);
        Assert.Equal(Enumerable.Range(5, 500), await ToList(stream));
        Assert.Equal(Enumerable.Range(5, 500), await ToList(stream.WithBatchSize(3)));
        Assert.Empty(await ToList(silo.Grains.GetGrain<ICallGrain>("a").Count(0, 0)));
        Assert.Equal(3, silo.Probe.Count("enumerated"));
    }

    [Fact]
    public async Task AStreamThatFailsGivesItsElementsThenTheException()
    {
        await using var silo = await TestSilo.StartAsync();
        List<int> seen = [];
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var i in silo.Grains.GetGrain<ICallGrain>("a").CountThenThrow(5))
                seen.Add(i);
        });
        Assert.Equal("counted enough", error.Message);
        Assert.Equal([0, 1, 2, 3, 4], seen);
    }

    [Fact]
    public async Task AStreamDoesNotHoldUpItsGrainAndTakesElementsAsTheyCome()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await using var notes = grain.Notes("gate").GetAsyncEnumerator();
        Assert.True(await notes.MoveNextAsync());
        Assert.Equal("first", notes.Current.Text);
        var next = notes.MoveNextAsync();
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
        silo.Probe.Open("gate");
        Assert.True(await next);
        Assert.Equal("second", notes.Current.Text);
        Assert.False(await notes.MoveNextAsync());
    }

    [Fact]
    public async Task LeavingAStreamEarlyDisposesTheGrainsIterator()
    {
        await using var silo = await TestSilo.StartAsync();
        await foreach (var i in silo.Grains.GetGrain<ICallGrain>("a").Count(1, int.MaxValue).WithBatchSize(5))
        {
            if (i == 3)
                break;
        }

        await silo.Probe.Until("enumerated");
    }

    [Fact]
    public async Task CancellingAStreamEndsIt()
    {
        await using var silo = await TestSilo.StartAsync();
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var i in silo.Grains.GetGrain<ICallGrain>("a").Count(1, int.MaxValue).WithCancellation(source.Token))
            {
                if (i == 3)
                    await source.CancelAsync();
            }
        });
        await silo.Probe.Until("enumerated");
    }

    [Fact]
    public async Task AStreamIsAbortedWhenItsActivationGoes()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await using var numbers = grain.Count(1, int.MaxValue).WithBatchSize(1).GetAsyncEnumerator();
        Assert.True(await numbers.MoveNextAsync());
        await grain.Leave();
        await silo.Probe.Until("enumerated");
        await Assert.ThrowsAnyAsync<Exception>(async () => await numbers.MoveNextAsync());
    }

    [Fact]
    public async Task AStreamThatIgnoresItsEndDoesNotHoldUpDeactivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICallGrain>("a");
        await using var notes = grain.Notes("gate").GetAsyncEnumerator();
        Assert.True(await notes.MoveNextAsync());
        var next = notes.MoveNextAsync().AsTask();
        await grain.Greet("you");
        await grain.Leave();
        Assert.Equal("Hello you, I am a", await grain.Greet("you"));
        await Assert.ThrowsAnyAsync<Exception>(() => next);
        silo.Probe.Open("gate");
    }

    [Fact]
    public async Task AHundredThousandCallsTakeSeconds()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITurnGrain>("a");
        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(_ => grain.Arrive()));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 50_000; i++)
            await grain.Arrive();
        output.WriteLine($"one after the other: {50_000 / watch.Elapsed.TotalSeconds:F0} calls/s");
        var counting = Enumerable.Range(0, 50).Select(i => silo.Grains.GetGrain<ILifeGrain>($"k{i}")).ToArray();
        var burst = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 50_000).Select(i => counting[i % 50].Count()));
        output.WriteLine($"at once, 50 grains: {50_000 / burst.Elapsed.TotalSeconds:F0} calls/s");
        output.WriteLine($"100,000 calls in {watch.Elapsed.TotalSeconds:F2} s");
        Assert.Equal(1001, await counting[0].Count());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"100,000 calls took {watch.Elapsed}");
    }

    private static async Task<List<T>> ToList<T>(IAsyncEnumerable<T> stream)
    {
        List<T> all = [];
        await foreach (var element in stream)
            all.Add(element);
        return all;
    }
}
