using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>
/// One grain in memory and the scheduler of its turns. Work arrives on any thread in one queue; at most one thread at a time
/// takes from it, and everything below "turn" happens on that thread: no grain code runs beside other code of its activation.
/// </summary>
internal sealed partial class Activation : TaskScheduler, IGrainContext, IThreadPoolWorkItem
{
    [ThreadStatic]
    private static Activation? t_current;

    private readonly Lock _lock = new();
    private readonly Queue<object> _queue = new();
    private readonly Action<Activation>? _onDone;
    private GrainReference? _reference;
    private bool _draining;
    private bool _closed;

    public Activation(InProcessSilo silo, GrainClass grainClass, GrainId grainId, Action<Activation> onDone)
    {
        (Silo, Class, GrainId, _onDone) = (silo, grainClass, grainId, onDone);
        _lastUsed = silo.Time.GetTimestamp();
    }

    /// <summary>The activation whose turn runs on this thread.</summary>
    public static new Activation? Current => t_current;

    public InProcessSilo Silo { get; }
    public GrainClass Class { get; }
    public GrainId GrainId { get; }
    public GrainReference GrainReference => _reference ??= Silo.Reference(Class.Interfaces[0], Class, GrainId);
    public object? GrainInstance { get; private set; }
    public IServiceProvider ActivationServices => _scope?.ServiceProvider ?? Silo.ServiceProvider;
    public Task Deactivated => _deactivated.Task;
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Calls taken on and not finished; lets a stateless worker choose.</summary>
    public int Load;

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override string ToString() => $"Activation of {GrainId}";

    /// <summary>Takes the work on; false if the activation is gone.</summary>
    public bool TryAccept(WorkItem work)
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            Interlocked.Increment(ref Load);
            _queue.Enqueue(work);
            if (_draining)
                return true;
            _draining = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>Runs the action in a turn, also during and after deactivation.</summary>
    public void Post(Action action) => Enqueue(action);

    public void EnterSection(Guid id) => _sections[id] = _sections.GetValueOrDefault(id) + 1;

    public void LeaveSection(Guid id)
    {
        if (_sections.GetValueOrDefault(id) <= 1)
            _sections.Remove(id);
        else
            _sections[id]--;
    }

    protected override void QueueTask(Task task) => Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && t_current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
            return [.. _queue.OfType<Task>()];
    }

    // One task around all turns of a drain makes this scheduler TaskScheduler.Current, so that awaits come back to it.
    void IThreadPoolWorkItem.Execute()
    {
        t_current = this;
        try
        {
            new Task(static activation => ((Activation)activation!).Drain(), this).RunSynchronously(this);
        }
        finally
        {
            t_current = null;
        }
    }

    private void Enqueue(object item)
    {
        lock (_lock)
        {
            _queue.Enqueue(item);
            if (_draining)
                return;
            _draining = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Drain()
    {
        var started = Stopwatch.GetTimestamp();
        var before = started;
        while (true)
        {
            object? item;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out item))
                {
                    _draining = false;
                    return;
                }
            }

            Turn(item);
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(before, now) > Silo.Scheduling.TurnWarningLengthThreshold)
                Silo.ReportLongTurn(this, Stopwatch.GetElapsedTime(before, now));
            if (Stopwatch.GetElapsedTime(started, now) > Silo.Scheduling.ActivationSchedulingQuantum)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            before = now;
        }
    }

    private void Turn(object item)
    {
        try
        {
            if (item is Task task)
                TryExecuteTask(task);
            else if (item is WorkItem work)
                Receive(work);
            else
                ((Action)item)();
        }
        catch (Exception error)
        {
            Silo.Report(error, $"a turn of {GrainId}");
        }
    }
}
