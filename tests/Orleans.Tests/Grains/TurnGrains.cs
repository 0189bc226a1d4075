using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Tests;

public interface ITurnGrain : IGrainWithStringKey
{
    /// <summary>Reports "start NAME", waits at the gate, reports "end NAME".</summary>
    Task Write(string name, string gate);

    [ReadOnly]
    Task Read(string name, string gate);

    [AlwaysInterleave]
    Task Always(string name, string gate);

    [OneWay]
    Task Tell(string name, string gate);

    [OneWay]
    Task TellBadly();

    /// <summary>Arrives after every call that was sent before it, and runs at once.</summary>
    [AlwaysInterleave]
    Task Arrive();

    /// <summary>Adds up across awaits, which loses counts where code of one activation runs in parallel; true if it never did.</summary>
    [AlwaysInterleave]
    Task<bool> Spin(int rounds);

    Task<bool> SchedulerStays();
}

public class TurnGrain(Probe probe) : Grain, ITurnGrain
{
    private int _inside;

    public Task Write(string name, string gate) => Pass(name, gate);
    public Task Read(string name, string gate) => Pass(name, gate);
    public Task Always(string name, string gate) => Pass(name, gate);
    public Task Tell(string name, string gate) => Pass(name, gate);

    public Task TellBadly()
    {
        probe.Add("told");
        throw new InvalidOperationException("nobody hears this");
    }

    public Task Arrive() => Task.CompletedTask;

    public async Task<bool> Spin(int rounds)
    {
        var alone = true;
        for (var i = 0; i < rounds; i++)
        {
            alone &= ++_inside == 1;
            Thread.Sleep(1);
            _inside--;
            await (i % 2 == 0 ? Task.Run(() => { }) : YieldAsync());
        }

        return alone;

        static async Task YieldAsync() => await Task.Yield();
    }

    public async Task<bool> SchedulerStays()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Yield();
        var afterYield = TaskScheduler.Current;
        await Task.Run(() => { });
        var started = await Task.Factory.StartNew(() => TaskScheduler.Current);
        return scheduler != TaskScheduler.Default && scheduler == afterYield && scheduler == TaskScheduler.Current && scheduler == started;
    }

    private async Task Pass(string name, string gate)
    {
        probe.Add($"start {name}");
        await probe.At(gate);
        probe.Add($"end {name}");
    }
}

public interface IReentrantGrain : ITurnGrain;

[Reentrant]
public sealed class ReentrantGrain(Probe probe) : TurnGrain(probe), IReentrantGrain;

public interface IChoosyGrain : ITurnGrain;

/// <summary>Lets calls whose name begins with "polite" interleave.</summary>
[MayInterleave(nameof(IsPolite))]
public sealed class ChoosyGrain(Probe probe) : TurnGrain(probe), IChoosyGrain
{
    public static bool IsPolite(IInvokable call) =>
        call.GetArgumentCount() > 0 && call.GetArgument(0) is string name && name.StartsWith("polite", StringComparison.Ordinal);
}

public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>This grain calls the other, which calls this one back.</summary>
    Task<string> Round(IChainGrain other, string manner, bool patient);

    Task<string> CallBack(IChainGrain first, bool patient);

    Task<string> Answer();

    [ResponseTimeout("00:00:00.3")]
    Task<string> AnswerSoon();

    Task<string> CallMyself(bool patient);
}

public class ChainGrain : Grain, IChainGrain
{
    public async Task<string> Round(IChainGrain other, string manner, bool patient)
    {
        using var section = manner switch
        {
            "allow" => RequestContext.AllowCallChainReentrancy(),
            "suppress" => Suppressed(),
            _ => default(IDisposable),
        };
        return await other.CallBack(this.AsReference<IChainGrain>(), patient);

        static IDisposable Suppressed()
        {
            RequestContext.AllowCallChainReentrancy();
            return RequestContext.SuppressCallChainReentrancy();
        }
    }

    public Task<string> CallBack(IChainGrain first, bool patient) => patient ? first.Answer() : first.AnswerSoon();

    public Task<string> Answer() => Task.FromResult($"answer of {this.GetPrimaryKeyString()}");

    public Task<string> AnswerSoon() => Answer();

    public Task<string> CallMyself(bool patient) => CallBack(this.AsReference<IChainGrain>(), patient);
}

public interface IReentrantChainGrain : IChainGrain;

[Reentrant]
public sealed class ReentrantChainGrain : ChainGrain, IReentrantChainGrain;
