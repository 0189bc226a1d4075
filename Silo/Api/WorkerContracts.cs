using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Silo.Api;

/// <summary>POST /api/jobs/{key}/attempts/{attempt}/heartbeat.</summary>
public sealed record HeartbeatRequest(string Kind, JobProgress? Progress);

/// <summary>What the worker should do.</summary>
public sealed record HeartbeatAnswer(Directive Directive);

/// <summary>POST …/complete. <paramref name="Result"/> is the canonical JSON of the result, as text.</summary>
public sealed record CompleteRequest(string Kind, string Slot, string Result, RunInfo Run);

/// <summary>POST …/fail.</summary>
public sealed record FailRequest(string Kind, string Slot, string Error, bool OutOfMemory);

/// <summary>POST …/release.</summary>
public sealed record ReleaseRequest(string Kind, string Slot, string Reason);
