namespace Emotion2Vec.Grains.Jobs;

/// <summary>Where a job stands. The last five are final until somebody submits or retries.</summary>
public enum JobState
{
    /// <summary>A dependency has no result yet.</summary>
    Waiting,

    /// <summary>Any free slot may claim it.</summary>
    Queued,

    /// <summary>Its newest attempt holds a lease.</summary>
    Running,

    /// <summary>Its result is stored.</summary>
    Succeeded,

    /// <summary>Its code or data failed; not retried by itself.</summary>
    Failed,

    /// <summary>It lost its worker more often than chance explains.</summary>
    Poisoned,

    /// <summary>A dependency ended without result.</summary>
    Blocked,

    /// <summary>Somebody cancelled the experiments that wanted it.</summary>
    Cancelled,
}

/// <summary>Where one attempt at a job stands.</summary>
public enum AttemptState
{
    Running,
    Succeeded,
    Failed,
    OutOfMemory,

    /// <summary>Its worker died while it ran.</summary>
    Lost,

    /// <summary>Another attempt's result came first.</summary>
    Superseded,

    /// <summary>Stopped on purpose: cancelled, or its silo stopped.</summary>
    Cancelled,
}

/// <summary>Names of states as the store and the API spell them.</summary>
public static class JobStates
{
    /// <summary>True where nothing will happen to the job by itself.</summary>
    public static bool IsFinal(this JobState state) => state >= JobState.Succeeded;

    /// <summary>True for an end without result that blocks what depends on the job.</summary>
    public static bool IsDeadEnd(this JobState state) => state is JobState.Failed or JobState.Poisoned or JobState.Blocked or JobState.Cancelled;
}
