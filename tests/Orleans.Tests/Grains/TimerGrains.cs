using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests;

public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>Each callback reports "start", waits at "gate 1", "gate 2", …, and reports "end".</summary>
    Task Begin(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive);

    Task BeginEachOverload(TimeSpan due);

    /// <summary>A timer that fails, and one that waits for its token.</summary>
    Task BeginBadly(TimeSpan due, TimeSpan period);

    Task BeginWaiting(TimeSpan due);

    Task BeginChanging(TimeSpan due, TimeSpan period, TimeSpan newDue, TimeSpan newPeriod);

    Task Change(TimeSpan due, TimeSpan period);

    Task End();

    Task Hold(string gate);

    [AlwaysInterleave]
    Task Arrive();

    Task Leave();
}

public sealed class TimerGrain(Probe probe) : Grain, ITimerGrain
{
    private IGrainTimer? _timer;
    private int _ticks;

    public Task Begin(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            async state =>
            {
                probe.Add($"start {state}");
                await probe.At($"gate {++_ticks}");
                probe.Add($"end {state}");
            },
            "tick",
            new GrainTimerCreationOptions(due, period) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task BeginEachOverload(TimeSpan due)
    {
        var never = Timeout.InfiniteTimeSpan;
        var options = new GrainTimerCreationOptions { DueTime = due, Period = never };
        this.RegisterGrainTimer((s, token) => Report($"{s} {token.CanBeCanceled}"), 1, options);
        this.RegisterGrainTimer(token => Report($"2 {token.CanBeCanceled}"), options);
        this.RegisterGrainTimer(() => Report("3"), options);
        this.RegisterGrainTimer(s => Report($"{s}"), 4, options);
        this.RegisterGrainTimer(() => Report("5"), due, never);
        this.RegisterGrainTimer(token => Report($"6 {token.CanBeCanceled}"), due, never);
        this.RegisterGrainTimer(s => Report($"{s}"), 7, due, never);
        this.RegisterGrainTimer((s, token) => Report($"{s} {token.CanBeCanceled}"), 8, due, never);
        return Task.CompletedTask;

        Task Report(string what)
        {
            probe.Add(what);
            return Task.CompletedTask;
        }
    }

    public Task BeginBadly(TimeSpan due, TimeSpan period)
    {
        this.RegisterGrainTimer(
            () =>
            {
                probe.Add("bad");
                throw new InvalidOperationException("a bad tick");
            },
            due,
            period);
        return Task.CompletedTask;
    }

    public Task BeginWaiting(TimeSpan due)
    {
        _timer = this.RegisterGrainTimer(
            async token =>
            {
                token.Register(() => probe.Add("cancelled"));
                probe.Add("waiting");
                await probe.At("gate 1");
            },
            new GrainTimerCreationOptions { DueTime = due, Period = due, Interleave = true });
        return Task.CompletedTask;
    }

    public Task BeginChanging(TimeSpan due, TimeSpan period, TimeSpan newDue, TimeSpan newPeriod)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                if (++_ticks == 1)
                    _timer!.Change(newDue, newPeriod);
                probe.Add("tick");
                return Task.CompletedTask;
            },
            due,
            period);
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan due, TimeSpan period)
    {
        _timer!.Change(due, period);
        return Task.CompletedTask;
    }

    public Task End()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        probe.Add("holding");
        await probe.At(gate);
        probe.Add("held");
    }

    public Task Arrive() => Task.CompletedTask;

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Add($"deactivated {this.GetPrimaryKeyString()}");
        return Task.CompletedTask;
    }
}
