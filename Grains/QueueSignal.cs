using System.Diagnostics;

namespace Emotion2Vec.Grains;

/// <summary>Wakes those who wait for a job to be queued. Only a hint: a missed signal costs one poll interval, never a job.</summary>
public sealed class QueueSignal
{
    private TaskCompletionSource<long> next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Set"/>, with the time (<see cref="Stopwatch.GetTimestamp"/>) of that.</summary>
    public Task<long> Next => Volatile.Read(ref next).Task;

    /// <summary>Jobs may have been queued.</summary>
    public void Set() =>
        Interlocked.Exchange(ref next, new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(Stopwatch.GetTimestamp());
}
