namespace Emotion2Vec.Grains;

/// <summary>How long a silent worker keeps its job, and how often a job may lose its worker.</summary>
public sealed class LeaseOptions
{
    /// <summary>After this much silence an attempt is lost. Longer = slower recovery; shorter = a busy machine loses healthy workers. Default 20 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often a worker reports. Default 2 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a job may lose its worker before it is taken for the cause. Default 3.</summary>
    public int FreeLosses { get; set; } = 3;
}
