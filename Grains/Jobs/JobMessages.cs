using Orleans;

namespace Emotion2Vec.Grains.Jobs;

/// <summary>A leased job, for the worker.</summary>
/// <param name="Key">Job key.</param>
/// <param name="Attempt">Number to quote in every later call.</param>
/// <param name="Kind">Job kind.</param>
/// <param name="Title">For people.</param>
/// <param name="Spec">Canonical JSON of the spec.</param>
/// <param name="Halvings">How often to halve the micro-batch.</param>
[GenerateSerializer, Alias("e2v.Assignment"), Immutable]
public sealed record Assignment(
    [property: Id(0)] string Key, [property: Id(1)] int Attempt, [property: Id(2)] string Kind,
    [property: Id(3)] string Title, [property: Id(4)] string Spec, [property: Id(5)] int Halvings);

/// <summary>What a worker should do after a heartbeat.</summary>
public enum Directive
{
    /// <summary>Go on; the lease is renewed.</summary>
    Continue,

    /// <summary>Stop; nobody wants the result.</summary>
    Cancel,

    /// <summary>Stop; another attempt's result is stored.</summary>
    Superseded,
}

/// <summary>What became of a delivered result.</summary>
/// <param name="Accepted">True where this delivery is the stored one (also when delivered twice).</param>
/// <param name="StoredAttempt">The attempt whose result is stored.</param>
[GenerateSerializer, Alias("e2v.Completion"), Immutable]
public sealed record Completion([property: Id(0)] bool Accepted, [property: Id(1)] int StoredAttempt);

/// <summary>How a running job looks from outside.</summary>
/// <param name="Key">Job key.</param>
/// <param name="Attempt">Running attempt; 0 where none runs.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Seconds">Since the lease began.</param>
/// <param name="Progress">JSON of the last reported progress; null before the first.</param>
/// <param name="Silence">Seconds since its worker was heard.</param>
[GenerateSerializer, Alias("e2v.JobLive"), Immutable]
public sealed record JobLive(
    [property: Id(0)] string Key, [property: Id(1)] int Attempt, [property: Id(2)] string Slot,
    [property: Id(3)] double Seconds, [property: Id(4)] string? Progress,
    [property: Id(5)] double Silence);
