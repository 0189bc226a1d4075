using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>
/// What a silo does about attempts that were running when the one before it ended. Its own workers ended with it, so
/// their jobs are queued again, uncounted: no fault of theirs. Workers of machines that joined live on: their leases start
/// anew. In a cluster each silo does so with its own alone.
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
        foreach (var attempt in (await store.RunningAttempts()).Where(a => Slot.MachineOf(a.Slot) == Slot.Local))
        {
            cancel.ThrowIfCancellationRequested();
            await store.Release(attempt.Key, attempt.Attempt, "the silo ended");
        }
    }

    /// <summary>Once grains answer.</summary>
    public static async Task Renew(IServiceProvider services, CancellationToken cancel)
    {
        // In a cluster other silos hold them, or will look after them.
        if (services.GetService<AbandonedAttempts>() is not null) return;
        var grains = services.GetRequiredService<IGrainFactory>();
        foreach (var attempt in await services.GetRequiredService<JobStore>().RunningAttempts())
        {
            cancel.ThrowIfCancellationRequested();
            await grains.Job(attempt.Kind, attempt.Key).Watched(attempt.Attempt, attempt.Slot);
        }
    }
}
