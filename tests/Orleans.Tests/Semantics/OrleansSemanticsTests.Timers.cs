
namespace Orleans.Tests;

// Grain timers, on a clock the test moves.
public sealed partial class OrleansSemanticsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    [Fact]
    public async Task ATimerFiresAfterItsDueTimeAndThenPeriodically()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 3);
        await grain.Begin(2 * Second, Second, interleave: false, keepAlive: false);
        time.Advance(1.9 * Second);
        await grain.Arrive();
        Assert.Empty(silo.Probe.Events);
        time.Advance(0.1 * Second);
        await silo.Probe.Until("end tick");
        await grain.Hold("gate 1");
        time.Advance(Second);
        await silo.Probe.Until("end tick", 2);
    }

    [Fact]
    public async Task ThePeriodCountsFromTheEndOfTheCallback()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        await grain.Begin(Second, Second, interleave: true, keepAlive: false);
        time.Advance(Second);
        await silo.Probe.Until("start tick");
        time.Advance(5 * Second);
        await grain.Arrive();
        Assert.Equal(1, silo.Probe.Count("start tick"));
        OpenGates(silo, 2);
        await silo.Probe.Until("end tick");
        await grain.Hold("gate 1");
        time.Advance(0.9 * Second);
        await grain.Arrive();
        Assert.Equal(1, silo.Probe.Count("start tick"));
        time.Advance(0.1 * Second);
        await silo.Probe.Until("end tick", 2);
    }

    [Fact]
    public async Task ATickWaitsForTheCallThatRunsAndCallsWaitForIt()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        await grain.Begin(Second, Never, interleave: false, keepAlive: false);
        var held = grain.Hold("hold");
        await silo.Probe.Until("holding");
        time.Advance(Second);
        await grain.Arrive();
        Assert.Equal(0, silo.Probe.Count("start tick"));
        silo.Probe.Open("hold");
        await held;
        await silo.Probe.Until("start tick");
        var second = grain.Hold("hold");
        await grain.Arrive();
        Assert.Equal(1, silo.Probe.Count("holding"));
        OpenGates(silo, 1);
        await second;
        Assert.Equal(["holding", "held", "start tick", "end tick", "holding", "held"], silo.Probe.Events);
    }

    [Fact]
    public async Task AnInterleavingTickRunsBesideACall()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 1);
        await grain.Begin(Second, Never, interleave: true, keepAlive: false);
        var held = grain.Hold("hold");
        await silo.Probe.Until("holding");
        time.Advance(Second);
        await silo.Probe.Until("end tick");
        silo.Probe.Open("hold");
        await held;
        Assert.Equal(["holding", "start tick", "end tick", "held"], silo.Probe.Events);
    }

    [Fact]
    public async Task EveryOverloadFires()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        await grain.BeginEachOverload(Second);
        time.Advance(Second);
        string[] expected = ["1 True", "2 True", "3", "4", "5", "6 True", "7", "8 True"];
        foreach (var what in expected)
            await silo.Probe.Until(what);
        time.Advance(100 * Second);
        await grain.Arrive();
        Assert.Equal(expected, silo.Probe.Events.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ATimerWithoutPeriodFiresOnceAndChangeRestartsIt()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 9);
        await grain.Begin(Second, Never, interleave: false, keepAlive: false);
        time.Advance(Second);
        await silo.Probe.Until("end tick");
        time.Advance(10 * Second);
        await grain.Hold("gate 1");
        Assert.Equal(1, silo.Probe.Count("start tick"));
        await grain.Change(3 * Second, Second);
        time.Advance(3 * Second);
        await silo.Probe.Until("end tick", 2);
        await grain.Hold("gate 1");
        time.Advance(Second);
        await silo.Probe.Until("end tick", 3);
    }

    [Fact]
    public async Task ATimerThatIsNotDueWaitsForChange()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 1);
        await grain.Begin(Never, Second, interleave: false, keepAlive: false);
        time.Advance(10 * Second);
        await grain.Hold("gate 1");
        Assert.Equal(0, silo.Probe.Count("start tick"));
        await grain.Change(TimeSpan.Zero, Never);
        time.Advance(TimeSpan.Zero);
        await silo.Probe.Until("end tick");
    }

    [Fact]
    public async Task ChangeDuringACallbackCountsAfterIt()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 1);
        await grain.BeginChanging(Second, Second, newDue: 5 * Second, newPeriod: 2 * Second);
        time.Advance(Second);
        await silo.Probe.Until("tick");
        await grain.Hold("gate 1");
        time.Advance(4.9 * Second);
        await grain.Hold("gate 1");
        Assert.Equal(1, silo.Probe.Count("tick"));
        time.Advance(0.1 * Second);
        await silo.Probe.Until("tick", 2);
        await grain.Hold("gate 1");
        time.Advance(2 * Second);
        await silo.Probe.Until("tick", 3);
    }

    [Fact]
    public async Task ADisposedTimerIsSilentAndItsTokenCancelled()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        await grain.BeginWaiting(Second);
        time.Advance(Second);
        await silo.Probe.Until("waiting");
        await grain.End();
        await silo.Probe.Until("cancelled");
        OpenGates(silo, 2);
        await grain.Hold("gate 1");
        time.Advance(10 * Second);
        await grain.Hold("gate 1");
        Assert.Equal(1, silo.Probe.Count("waiting"));
    }

    [Fact]
    public async Task AFailingCallbackDoesNotStopItsTimer()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        silo.Probe.Open("gate");
        await grain.BeginBadly(Second, Second);
        for (var i = 1; i <= 3; i++)
        {
            time.Advance(Second);
            await silo.Probe.Until("bad", i);
            await grain.Hold("gate");
        }
    }

    [Fact]
    public async Task TimersEndWithTheActivation()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        OpenGates(silo, 9);
        await grain.Begin(Second, Second, interleave: false, keepAlive: false);
        time.Advance(Second);
        await silo.Probe.Until("end tick");
        await grain.Leave();
        await silo.Probe.Until("deactivated a");
        time.Advance(10 * Second);
        await grain.Hold("gate 1");
        Assert.Equal(1, silo.Probe.Count("start tick"));
    }

    [Fact]
    public async Task ATimerKeepsItsActivationOnlyIfAsked()
    {
        // A second, so that a busy machine that delays a tick does not make the activation idle.
        await using var silo = await TestSilo.StartAsync(CollectAfter(TimeSpan.FromSeconds(1)));
        OpenGates(silo, 10_000);
        var period = TimeSpan.FromMilliseconds(20);
        await silo.Grains.GetGrain<ITimerGrain>("kept").Begin(period, period, interleave: false, keepAlive: true);
        await silo.Grains.GetGrain<ITimerGrain>("idle").Begin(period, period, interleave: false, keepAlive: false);
        await silo.Probe.Until("deactivated idle");
        await silo.Grains.GetGrain<ILifeGrain>("other").Count();
        await silo.Probe.Until("deactivated other ActivationIdle");
        Assert.Equal(0, silo.Probe.Count("deactivated kept"));
    }

    [Fact]
    public async Task ImpossibleTimesAreRefused()
    {
        var (silo, time, grain) = await StartTimerSilo();
        await using var _ = silo;
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Begin(-5 * Second, Second, interleave: false, keepAlive: false));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Begin(Second, TimeSpan.FromDays(60), interleave: false, keepAlive: false));
        time.Advance(Second);
        await grain.Arrive();
        Assert.Empty(silo.Probe.Events);
    }

    private static async Task<(TestSilo Silo, ManualTime Time, ITimerGrain Grain)> StartTimerSilo()
    {
        var time = new ManualTime();
        var silo = await TestSilo.StartAsync(time: time);
        return (silo, time, silo.Grains.GetGrain<ITimerGrain>("a"));
    }

    private static void OpenGates(TestSilo silo, int count)
    {
        for (var i = 1; i <= count; i++)
            silo.Probe.Open($"gate {i}");
    }
}
