using Orleans;
using Orleans.Concurrency;

namespace Emotion2Vec.Grains.Jobs;

/// <summary>
/// One job's state machine; the key is the job key. It owns the lease clock and the last reported progress; every
/// state change goes through the store, which is the truth. Siblings differ only in what running out of memory means.
/// </summary>
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>An attempt holds the lease from now on (also after a restart of the silo: every lease starts anew).</summary>
    Task Leased(int attempt, string slot);

    /// <summary>The store has a running attempt. Where no lease is held for it, because its grain or its claim's answer was lost, one starts now.</summary>
    Task Watched(int attempt, string slot);

    /// <summary>The worker is alive. Renews the lease.</summary>
    /// <param name="attempt">The attempt that reports.</param>
    /// <param name="progress">JSON of its progress, or null.</param>
    Task<Directive> Heartbeat(int attempt, string? progress);

    /// <summary>The worker has a result. Answers after the result is durable.</summary>
    /// <param name="attempt">The attempt that delivers.</param>
    /// <param name="result">Canonical JSON of the result.</param>
    /// <param name="run">JSON of what made it.</param>
    Task<Completion> Complete(int attempt, string result, string run);

    /// <summary>The attempt ended with an error.</summary>
    Task Fail(int attempt, string error, bool outOfMemory);

    /// <summary>The worker of the attempt died.</summary>
    Task Lose(int attempt, string evidence);

    /// <summary>The attempt stopped on purpose: told to, or its silo stops.</summary>
    Task Release(int attempt, string reason);

    /// <summary>Nobody wants the job any more; the worker of the running attempt hears of it at its next heartbeat.</summary>
    Task Cancel(int attempt);

    /// <summary>How it runs now.</summary>
    [ReadOnly]
    Task<JobLive> Live();
}

/// <summary>A fold: one head trained and tested.</summary>
public interface IFoldJobGrain : IJobGrain;

/// <summary>An extraction: the features of a corpus by an upstream.</summary>
public interface IExtractJobGrain : IJobGrain;

/// <summary>A pre-training: one model, of which a next attempt goes on from the last saved state.</summary>
public interface IPretrainJobGrain : IJobGrain;

/// <summary>A job without work, for measuring.</summary>
public interface INoOpJobGrain : IJobGrain;
