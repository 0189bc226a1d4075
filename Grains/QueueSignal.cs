namespace Emotion2Vec.Grains;

/// <summary>Wakes those who wait for a job to be queued. Only a hint: a missed signal costs one poll interval, never a job.</summary>
public sealed class QueueSignal
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Jobs may have been queued.</summary>
    public void Set() =>
        Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
