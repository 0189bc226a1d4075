using System.Text.RegularExpressions;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// What the silos of a cluster do about attempts whose silo died: its workers ended with it, so the jobs are queued
/// again, uncounted, by whichever silo is first. A silo that is only out of the database's reach for a moment keeps its
/// attempts; one that comes back later finds them ended, and what its workers deliver still counts where it is first.
/// </summary>
/// <param name="store">The store of this silo.</param>
/// <param name="owner">Its right to be on it.</param>
/// <param name="self">Its name.</param>
/// <param name="grace">For how long a silo must have been without its right. Less than a lease, or the leases run out first and count as losses.</param>
/// <param name="time">Clock of the grace.</param>
public sealed partial class AbandonedAttempts(JobStore store, StoreOwner owner, string self, TimeSpan grace, TimeProvider time)
{
    private readonly Dictionary<string, long> goneSince = [];

    /// <summary>Name of the cluster's silo that a slot belongs to; null for slots of other machines, which only their leases speak for.</summary>
    public static string? SiloOf(string slot) => ClusterSlot().Match(slot) is { Success: true } match ? match.Groups["silo"].Value : null;

    /// <summary>Gives back the attempts that the silo of this name left when its process ended before; for its start.</summary>
    public Task<int> ReleaseOwn() => Release(self);

    /// <summary>Looks once; returns how many attempts it gave back. Not to be called by two at a time.</summary>
    public async Task<int> Look()
    {
        var released = 0;
        var silos = (await store.RunningAttempts()).Select(a => SiloOf(a.Slot)).OfType<string>().Where(s => s != self).ToHashSet();
        foreach (var silo in goneSince.Keys.Except(silos).ToList()) goneSince.Remove(silo);
        foreach (var silo in silos)
        {
            if (await owner.Lives(silo))
            {
                goneSince.Remove(silo);
            }
            else if (!goneSince.TryGetValue(silo, out var since))
            {
                goneSince[silo] = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(since) >= grace && await owner.TakeOver(silo) is { } taken)
            {
                // As long as we have its right, it cannot start and claim: what it runs now is what it left.
                await using (taken) released += await Release(silo);
                goneSince.Remove(silo);
            }
        }
        return released;
    }

    private async Task<int> Release(string silo)
    {
        var left = (await store.RunningAttempts()).Where(a => SiloOf(a.Slot) == silo).ToList();
        foreach (var attempt in left) await store.Release(attempt.Key, attempt.Attempt, $"the silo {silo} ended");
        return left.Count;
    }

    // machine:port/device; other slots have no port.
    [GeneratedRegex(@"^(?<silo>[^/]+:\d+)/")]
    private static partial Regex ClusterSlot();
}
