using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.InProcess;

// Activation, idleness and deactivation. Everything but the public members runs in turns.
internal sealed partial class Activation
{
    private enum State { Created, Activating, Valid, Deactivating, Gone }

    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<GrainTimer> _timers = [];
    private AsyncServiceScope? _scope;
    private DeactivationReason? _reason;
    private CancellationToken _hurry;
    private long _lastUsed;
    private long _keepUntil;
    private bool _deactivating;
    private bool _justActivated;
    private State _state;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (t_current == this)
            BeginDeactivation(deactivationReason, cancellationToken);
        else
            Post(() => BeginDeactivation(deactivationReason, cancellationToken));
    }

    /// <summary>The activation was used; said before the caller learns the answer, so that its clock cannot be ahead.</summary>
    public void Touch() => Volatile.Write(ref _lastUsed, Silo.Time.GetTimestamp());

    public void DelayDeactivation(TimeSpan time) => _keepUntil =
        time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue ? long.MaxValue
        : time <= TimeSpan.Zero ? 0
        : Silo.Time.GetTimestamp() + (long)(time.TotalSeconds * Silo.Time.TimestampFrequency);

    public GrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (t_current != this)
            throw new InvalidOperationException("A grain timer is registered from the grain's own code, not from another thread.");
        var timer = new GrainTimer(this, callback, options);
        _timers.Add(timer);
        return timer;
    }

    public void Forget(GrainTimer timer) => _timers.Remove(timer);

    /// <summary>Deactivates if nothing has used the activation for its collection age.</summary>
    public void CollectIfIdle()
    {
        if (IsStale)
            Post(() =>
            {
                if (_state is State.Valid && _running == 0 && _waiting.Count == 0 && Volatile.Read(ref Load) == 0 && IsStale)
                    BeginDeactivation(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Idle for {Class.CollectionAge}."), default);
            });
    }

    private bool IsStale => Class.CollectionAge != TimeSpan.MaxValue
        && Silo.Time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= Class.CollectionAge
        && Silo.Time.GetTimestamp() >= Volatile.Read(ref _keepUntil);

    private async Task ActivateAsync()
    {
        _state = State.Activating;
        try
        {
            _scope = Silo.ServiceProvider.CreateAsyncScope();
            GrainInstance = Class.Create(_scope.Value.ServiceProvider);
            if (GrainInstance is IGrainBase grain)
            {
                using var limit = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
                await grain.OnActivateAsync(limit.Token).WaitAsync(limit.Token);
            }
        }
        catch (Exception error)
        {
            Silo.Report(error, $"activation of {GrainId}");
            var lost = await CloseAsync();
            foreach (var work in lost)
                work.Reject(Silo.CopyError(error));
            return;
        }

        _state = State.Valid;
        Touch();
        _justActivated = true;
        Pump();
        _justActivated = false;
        if (_reason is { } reason)
            Post(() => BeginDeactivation(reason, _hurry)); // Behind the calls that were accepted meanwhile and not yet received.
    }

    private void BeginDeactivation(DeactivationReason reason, CancellationToken hurry)
    {
        if (_state is State.Gone or State.Deactivating)
            return;
        (_reason, _hurry) = (reason, hurry);
        if (_state is State.Activating)
            return; // What OnActivateAsync asked for happens after what already waits had its chance.
        if (_state is State.Created)
        {
            _ = FinishDeactivationAsync();
            return;
        }

        _state = State.Deactivating;
        AfterWork();
    }

    private async Task FinishDeactivationAsync()
    {
        _deactivating = true;
        foreach (var timer in _timers.ToArray())
            timer.Dispose();
        foreach (var stream in Streams.ToArray())
            stream.Abort();
        if (GrainInstance is IGrainBase grain)
        {
            using var limit = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _hurry);
            try
            {
                await grain.OnDeactivateAsync(_reason!.Value, either.Token).WaitAsync(either.Token);
            }
            catch (Exception error)
            {
                Silo.Report(error, $"deactivation of {GrainId}");
            }
        }

        foreach (var work in await CloseAsync())
            Silo.Forward(work, this);
    }

    /// <summary>Takes no more work and leaves the catalogue; returns the work that did not start.</summary>
    private async Task<List<WorkItem>> CloseAsync()
    {
        foreach (var timer in _timers.ToArray())
            timer.Dispose();
        var lost = _waiting.Where(w => !w.LocalOnly).ToList();
        _waiting.Clear();
        lock (_lock)
        {
            _closed = true;
            lost.AddRange(_queue.OfType<WorkItem>().Where(w => !w.LocalOnly));
            var rest = _queue.Where(item => item is not WorkItem).ToArray();
            _queue.Clear();
            foreach (var item in rest)
                _queue.Enqueue(item);
        }

        _state = State.Gone;
        _onDone?.Invoke(this);
        try
        {
            if (GrainInstance is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else if (GrainInstance is IDisposable disposable)
                disposable.Dispose();
            if (_scope is { } scope)
                await scope.DisposeAsync();
        }
        catch (Exception error)
        {
            Silo.Report(error, $"disposing {GrainId}");
        }

        _deactivated.TrySetResult();
        return lost;
    }
}
