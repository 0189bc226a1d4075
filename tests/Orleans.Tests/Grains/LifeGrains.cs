using Orleans.Concurrency;

namespace Orleans.Tests;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<int> Count();
    Task<string> Key();
    Task Leave();
    Task LeaveThenWait(string gate);
    Task Stay(TimeSpan time);
}

/// <summary>Reports its birth, activation and end.</summary>
public class LifeGrain : Grain, ILifeGrain
{
    private readonly Probe _probe;
    private int _count;

    public LifeGrain(Probe probe)
    {
        _probe = probe;
        _probe.Add("created");
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _probe.Add($"activated {this.GetPrimaryKeyString()}");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _probe.Add($"deactivated {this.GetPrimaryKeyString()} {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<int> Count() => Task.FromResult(++_count);

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task LeaveThenWait(string gate)
    {
        DeactivateOnIdle();
        _probe.Add("leaving");
        await _probe.At(gate);
        _probe.Add("left");
    }

    public Task Stay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }
}

public interface IKeptGrain : ILifeGrain;

[KeepAlive]
public sealed class KeptGrain(Probe probe) : LifeGrain(probe), IKeptGrain;

public interface IShortGrain : ILifeGrain;

[CollectionAgeLimit("00:00:00.2")]
public sealed class ShortGrain(Probe probe) : LifeGrain(probe), IShortGrain;

public interface IFragileGrain : IGrainWithStringKey
{
    Task<int> Count();
}

/// <summary>Its first activation fails, the next one works.</summary>
public sealed class FragileGrain(Probe probe) : Grain, IFragileGrain
{
    private int _count;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        probe.Add("tried");
        if (probe.Count("tried") == 1)
            throw new InvalidOperationException("no disk today");
    }

    public Task<int> Count() => Task.FromResult(++_count);
}

/// <summary>A service of which each activation has its own.</summary>
public sealed class Belongings(Probe probe) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        probe.Add("belongings disposed");
        return default;
    }
}

public interface IOwnerGrain : IGrainWithStringKey
{
    Task<bool> Leave();
}

/// <summary>Owns a scoped service, and fails to say goodbye.</summary>
public sealed class OwnerGrain(Belongings belongings, Probe probe) : Grain, IOwnerGrain, IDisposable
{
    public Task<bool> Leave()
    {
        DeactivateOnIdle();
        return Task.FromResult(belongings is not null);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("no goodbye");

    public void Dispose() => probe.Add("grain disposed");
}

public interface IBrokenGrain : IGrainWithStringKey
{
    Task<int> Count();
}

/// <summary>Cannot even be made the first time, and fails at once the second time.</summary>
public sealed class BrokenGrain : Grain, IBrokenGrain
{
    private readonly Probe _probe;

    public BrokenGrain(Probe probe)
    {
        _probe = probe;
        _probe.Add("tried");
        if (_probe.Count("tried") == 1)
            throw new InvalidOperationException("no parts today");
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        _probe.Count("tried") == 2 ? throw new InvalidOperationException("no screws today") : Task.CompletedTask;

    public Task<int> Count() => Task.FromResult(_probe.Count("tried"));
}

public interface INumberedGrain : IGrainWithIntegerKey
{
    Task<long> Key();
}

public sealed class NumberedGrain : Grain, INumberedGrain
{
    public Task<long> Key() => Task.FromResult(this.GetPrimaryKeyLong());
}

public interface IGuidGrain : IGrainWithGuidKey
{
    ValueTask<Guid> Key();
}

/// <summary>A grain that is no <see cref="Grain"/>.</summary>
public sealed class GuidGrain(Orleans.Runtime.IGrainContext context) : IGrainBase, IGuidGrain
{
    public Orleans.Runtime.IGrainContext GrainContext { get; } = context;

    public ValueTask<Guid> Key() => new(Orleans.Runtime.GrainIdKeyExtensions.GetGuidKey(GrainContext.GrainId));
}

public interface IPooledGrain : IGrainWithStringKey
{
    Task Work(string gate);
    Task<int> Quick();
}

[StatelessWorker(2)]
public sealed class PooledGrain : Grain, IPooledGrain
{
    private readonly Probe _probe;

    public PooledGrain(Probe probe)
    {
        _probe = probe;
        _probe.Add("created");
    }

    public async Task Work(string gate)
    {
        _probe.Add("working");
        await _probe.At(gate);
        _probe.Add("worked");
    }

    public Task<int> Quick() => Task.FromResult(1);
}
