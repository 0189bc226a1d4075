using Emotion2Vec.Grains.Jobs;
using Orleans;
using Orleans.Concurrency;

namespace Emotion2Vec.Grains.Slots;

/// <summary>One device of one machine: a GPU, or a share of its processor cores. The key is <c>machine/device</c>, e.g. <c>local/cpu0</c>. It runs one job at a time.</summary>
public interface IGpuSlotGrain : IGrainWithStringKey
{
    /// <summary>Says what the slot has; until then it is <see cref="SlotOffer.Unknown"/>.</summary>
    /// <param name="offer">What it has.</param>
    /// <param name="quarantine">Why its machine gave it up before; null where it did not.</param>
    Task Offer(SlotOffer offer, string? quarantine);

    /// <summary>A worker serves the slot from now on.</summary>
    Task WorkerStarted(int pid);

    /// <summary>Claims a job for the slot; null where none is queued that it can run. A job that the slot still holds is given again to the process that got it, whose answer was lost on the way; from another it is lost.</summary>
    Task<Assignment?> Lease();

    /// <summary>The slot's job ended, however it did.</summary>
    Task Free(string key, int attempt);

    /// <summary>
    /// The worker's process ended. A job that it held is lost (or, on a wanted stop, released). False where no other
    /// worker should be started: two in a row ended before they asked for work, and the slot is quarantined until the process that starts its workers is started again.
    /// </summary>
    Task<bool> WorkerExited(int pid, string evidence, bool wanted);

    /// <summary>No process could be started for the slot; counts and answers as a worker that ended before it asked for work.</summary>
    Task<bool> WorkerNotStarted(string evidence);

    /// <summary>How it stands.</summary>
    [ReadOnly]
    Task<SlotPicture> Picture();
}

/// <summary>A slot from outside.</summary>
/// <param name="Name">The slot's key.</param>
/// <param name="State"><c>free</c>, <c>leased</c>, <c>quarantined</c>, or <c>away</c> where its machine is not heard.</param>
/// <param name="Job">Key of the job it runs.</param>
/// <param name="Title">Its title.</param>
/// <param name="WorkerPid">Process id of its worker; 0 where none runs (none is started before there is work).</param>
/// <param name="Reason">Why it is quarantined or away.</param>
/// <param name="Offer">What it has.</param>
[GenerateSerializer, Alias("e2v.SlotPicture"), Immutable]
public sealed record SlotPicture(
    [property: Id(0)] string Name, [property: Id(1)] string State, [property: Id(2)] string? Job,
    [property: Id(3)] string? Title, [property: Id(4)] int WorkerPid, [property: Id(5)] string? Reason,
    [property: Id(6)] SlotOffer Offer);
