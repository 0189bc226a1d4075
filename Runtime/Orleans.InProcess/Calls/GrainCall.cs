using System.Reflection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.InProcess;

/// <summary>Something an activation starts when its rules of interleaving allow: a call, a timer tick, a step of a stream.</summary>
internal abstract class WorkItem
{
    public virtual bool AlwaysInterleave => false;
    public virtual bool ReadOnly => false;

    /// <summary>Belongs to this activation alone: runs until it is gone, and dies with it instead of moving to the next.</summary>
    public virtual bool LocalOnly => false;

    /// <summary>Deactivation does not wait for it.</summary>
    public virtual bool Detached => false;

    /// <summary>Nobody waits for it any more.</summary>
    public virtual bool Expired => false;

    public virtual Guid ReentrancyId => Guid.Empty;

    /// <summary>Runs within turns of the activation; never faults.</summary>
    public abstract Task RunAsync(Activation activation);

    public abstract void Reject(Exception error);
}

internal abstract class GrainCall : WorkItem, IInvokable
{
    private readonly IReadOnlyDictionary<string, object>? _context = RequestContext.Snapshot;
    private CancellationTokenSource? _cancellation;
    private CancellationTokenRegistration _registration;
    private Activation? _runner;

    protected GrainCall(GrainReference target, GrainMethod method, object?[] arguments)
    {
        (Target, Method, Arguments) = (target, method, arguments);
        ReentrancyId = _context is null ? Guid.Empty : RequestContext.ReentrancyId;
    }

    public GrainReference Target { get; }
    public GrainMethod Method { get; }
    public override bool AlwaysInterleave => Method.AlwaysInterleave;
    public override bool ReadOnly => Method.ReadOnly;
    public override Guid ReentrancyId { get; }
    public override bool Expired => Completed && Target.Silo.Messaging.DropExpiredMessages;
    public abstract bool Completed { get; }

    // Links and deadline of the time-out list this call is in.
    public GrainCall? Previous, Next;
    public CallTimeouts.Queue? Timeouts;
    public long Deadline;

    protected object?[] Arguments { get; }

    public void Send()
    {
        var silo = Target.Silo;
        if (Method.CancellationIndex is var index and >= 0)
        {
            var callers = (CancellationToken)Arguments[index]!;
            callers.ThrowIfCancellationRequested();
            if (callers.CanBeCanceled || silo.Messaging.CancelRequestOnTimeout)
            {
                _cancellation = new CancellationTokenSource();
                Arguments[index] = _cancellation.Token;
            }

            if (callers.CanBeCanceled && !Method.OneWay)
                _registration = callers.UnsafeRegister(static (call, token) => ((GrainCall)call!).OnCancelled(token), this);
        }

        if (!Method.OneWay)
            silo.Timeouts.Add(this, Method.Timeout ?? silo.Messaging.ResponseTimeout);
        silo.Send(Target, this);
    }

    public override async Task RunAsync(Activation activation)
    {
        RequestContext.Import(_context);
        _runner = activation;
        try
        {
            var running = (Task)Method.Invoke(activation.GrainInstance!, Arguments);
            await running;
            activation.Touch();
            Complete(running);
        }
        catch (Exception error)
        {
            activation.Touch();
            if (Method.OneWay)
                activation.Silo.Logger.LogWarning(error, "One-way call {Method} of {Grain} failed", Method, activation.GrainId);
            Fail(activation.Silo.CopyError(error));
        }
    }

    public override void Reject(Exception error) => Fail(error);

    public void OnTimeout(TimeSpan timeout)
    {
        Fail(new TimeoutException($"Response did not arrive on time in {timeout} for message: {this}."));
        if (Target.Silo.Messaging.CancelRequestOnTimeout)
            CancelCallee();
    }

    public override string ToString() => $"{Method} of {Target.GrainId}";

    protected abstract void Complete(Task finished);

    protected abstract bool TrySetException(Exception error);

    protected void Settle()
    {
        Timeouts?.Remove(this);
        _registration.Unregister();
    }

    private void Fail(Exception error)
    {
        if (TrySetException(error))
            Settle();
    }

    private void OnCancelled(CancellationToken token)
    {
        Fail(new OperationCanceledException(token));
        CancelCallee();
    }

    // The callee's token fires within a turn of the callee, as code registered on it expects.
    private void CancelCallee()
    {
        if (_cancellation is not { } cancellation)
            return;
        if (_runner is { } activation)
            activation.Post(cancellation.Cancel);
        else
            cancellation.Cancel();
    }

    int IInvokable.GetArgumentCount() => Arguments.Length;
    object? IInvokable.GetArgument(int index) => Arguments[index];
    string IInvokable.GetMethodName() => Method.Method.Name;
    string IInvokable.GetInterfaceName() => Method.Method.DeclaringType!.FullName!;
    MethodInfo IInvokable.GetMethod() => Method.Method;
    Type IInvokable.GetInterfaceType() => Method.Method.DeclaringType!;
    void IDisposable.Dispose() { }
}

/// <summary>A call whose answer is a T; calls without result answer null.</summary>
internal sealed class GrainCall<T>(GrainReference target, GrainMethod method, object?[] arguments) : GrainCall(target, method, arguments)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;
    public override bool Completed => _answer.Task.IsCompleted;

    protected override void Complete(Task finished)
    {
        var result = Method.ResultType is null ? default! : Target.Silo.CopyResult(Method, ((Task<T>)finished).Result);
        if (_answer.TrySetResult(result))
            Settle();
    }

    protected override bool TrySetException(Exception error)
    {
        if (!_answer.TrySetException(error))
            return false;
        _ = _answer.Task.Exception; // Observed: a caller that does not await must not bring down anything.
        return true;
    }
}
