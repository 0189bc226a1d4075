using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;

namespace Emotion2Vec.Grains.Slots;

/// <summary>
/// Which slots a cluster has; there is one, with the key <see cref="Key"/>. Its silos say so again and again, so that a
/// new activation knows all of them soon, and those of a dead silo are forgotten after a lease.
/// </summary>
public interface ISlotDirectoryGrain : IGrainWithStringKey
{
    const string Key = "cluster";

    /// <summary>A silo lives and has these slots.</summary>
    Task Has(string silo, ImmutableArray<string> slots);

    /// <summary>Names of all slots, in order.</summary>
    [ReadOnly]
    Task<ImmutableArray<string>> All();
}

/// <inheritdoc cref="ISlotDirectoryGrain"/>
public sealed class SlotDirectoryGrain(TimeProvider time, IOptions<LeaseOptions> options) : Grain, ISlotDirectoryGrain
{
    private readonly Dictionary<string, (long Heard, ImmutableArray<string> Slots)> silos = [];

    public Task Has(string silo, ImmutableArray<string> slots)
    {
        silos[silo] = (time.GetTimestamp(), slots);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<string>> All() => Task.FromResult<ImmutableArray<string>>(
        [.. silos.Values.Where(s => time.GetElapsedTime(s.Heard) < options.Value.Lease).SelectMany(s => s.Slots).Order(StringComparer.Ordinal)]);
}
