using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>
/// An <see cref="IAsyncEnumerable{T}"/> result: each enumeration starts the grain's iterator anew and pulls batches of what
/// it has ready. Its steps interleave with everything, as in Orleans.
/// </summary>
internal sealed class GrainStream<T>(GrainReference target, GrainMethod method, object?[] arguments) : IAsyncEnumerable<T>
{
    public int MaxBatchSize { get; set; } = 100;

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var given = method.CancellationIndex is var index and >= 0 ? (CancellationToken)arguments[index]! : default;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(given, cancellationToken);
        var session = new StreamSession<T>(target, method, (object?[])arguments.Clone(), MaxBatchSize);
        await using var registration = cancelled.Token.UnsafeRegister(static s => ((StreamSession<T>)s!).Cancel(), session);
        try
        {
            while (true)
            {
                cancelled.Token.ThrowIfCancellationRequested();
                var (batch, ended) = await session.PullAsync(cancelled.Token);
                foreach (var element in batch)
                    yield return element;
                if (ended)
                    yield break;
            }
        }
        finally
        {
            session.Cancel();
        }
    }
}

internal interface IStreamSession
{
    /// <summary>The activation goes: stop the iterator and fail the consumer.</summary>
    void Abort();
}

/// <summary>One enumeration in progress. All members but <see cref="PullAsync"/> and <see cref="Cancel"/> run in the activation's turns.</summary>
internal sealed class StreamSession<T>(GrainReference target, GrainMethod method, object?[] arguments, int maxBatchSize) : IStreamSession
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyDictionary<string, object>? _context = RequestContext.Snapshot;
    private Activation? _activation;
    private IAsyncEnumerator<T>? _iterator;
    private Task<bool>? _next;
    private Step? _pending;
    private bool _ended;

    public async Task<(List<T> Batch, bool Ended)> PullAsync(CancellationToken cancellationToken)
    {
        var step = new Step(this);
        target.Silo.Send(target, step);
        return await step.Answer.WaitAsync(cancellationToken);
    }

    /// <summary>The consumer is gone or done.</summary>
    public void Cancel()
    {
        if (_activation is { } activation)
            activation.Post(() => _ = EndAsync());
    }

    public void Abort()
    {
        _ = EndAsync(); // Not awaited: an iterator that ignores its token must not hold up the deactivation.
        _pending?.Reject(new EnumerationAbortedException($"{method} of {target.GrainId} was deactivated during the enumeration."));
    }

    private async Task EndAsync()
    {
        if (_ended)
            return;
        _ended = true;
        _activation?.Streams.Remove(this);
        try
        {
            _stop.Cancel();
            if (_next is not null)
                await _next;
        }
        catch
        {
            // The consumer that would have been told is gone.
        }

        try
        {
            if (_iterator is not null)
                await _iterator.DisposeAsync();
        }
        catch (Exception error)
        {
            target.Silo.Report(error, $"disposing the result of {method}");
        }
    }

    private async Task<(List<T>, bool)> StepAsync(Activation activation)
    {
        RequestContext.Import(_context);
        if (_activation is null)
        {
            _activation = activation;
            activation.Streams.Add(this);
            if (method.CancellationIndex >= 0)
                arguments[method.CancellationIndex] = _stop.Token;
            _iterator = ((IAsyncEnumerable<T>)method.Invoke(activation.GrainInstance!, arguments)).GetAsyncEnumerator(_stop.Token);
        }
        else if (_activation != activation || _ended)
        {
            throw new EnumerationAbortedException($"{method} of {target.GrainId} was deactivated during the enumeration.");
        }

        List<T> batch = [];
        while (batch.Count < maxBatchSize)
        {
            _next ??= _iterator!.MoveNextAsync().AsTask();
            if (!_next.IsCompleted && batch.Count > 0)
                return (batch, false);
            var more = await _next;
            _next = null;
            if (!more)
            {
                await EndAsync();
                return (batch, true);
            }

            batch.Add(target.Silo.CopyResult(method, _iterator!.Current));
        }

        return (batch, false);
    }

    private sealed class Step(StreamSession<T> session) : WorkItem
    {
        private readonly TaskCompletionSource<(List<T>, bool)> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<(List<T> Batch, bool Ended)> Answer => _answer.Task;
        public override bool AlwaysInterleave => true;
        public override bool Detached => true;

        public override async Task RunAsync(Activation activation)
        {
            session._pending = this;
            try
            {
                var batch = await session.StepAsync(activation);
                activation.Touch();
                _answer.TrySetResult(batch);
            }
            catch (Exception error)
            {
                await session.EndAsync();
                Reject(activation.Silo.CopyError(error));
            }
            finally
            {
                session._pending = null;
            }
        }

        public override void Reject(Exception error)
        {
            if (_answer.TrySetException(error))
                _ = _answer.Task.Exception;
        }
    }
}
