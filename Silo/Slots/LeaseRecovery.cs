using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Slots;

/// <summary>
/// What a silo does about attempts that were running when the one before it ended. Its own workers ended with it, so
/// their jobs are queued again, uncounted: no fault of theirs. In a cluster each silo does so with its own alone.
/// </summary>
internal static class LeaseRecovery
{
    public static async Task Run(IServiceProvider services, CancellationToken cancel)
    {
        if (services.GetService<AbandonedAttempts>() is { } cluster)
        {
            await cluster.ReleaseOwn();
            return;
        }
        var store = services.GetRequiredService<JobStore>();
        foreach (var attempt in await store.RunningAttempts())
        {
            cancel.ThrowIfCancellationRequested();
            await store.Release(attempt.Key, attempt.Attempt, "the silo ended");
        }
    }
}
