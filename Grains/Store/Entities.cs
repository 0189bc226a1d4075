using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains.Store;

/// <summary>A submitted grid. Its progress is counted from its jobs, never stored.</summary>
public sealed class ExperimentRow
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>The YAML as submitted.</summary>
    public required string Grid { get; init; }

    public required long Submitted { get; set; }

    /// <summary>When somebody cancelled it; submitting again clears it.</summary>
    public long? Cancelled { get; set; }
}

/// <summary>A job: its spec, its state, and the columns by which results are grouped.</summary>
public sealed class JobRow
{
    /// <summary>Grows with submission: the queue's order.</summary>
    public long Id { get; init; }

    public required string Key { get; init; }
    public required string Kind { get; init; }
    public required string Title { get; init; }
    public JobState State { get; set; }

    /// <summary>Number of the newest attempt; 0 before the first.</summary>
    public int Attempt { get; set; }

    /// <summary>Attempts whose worker died.</summary>
    public int Losses { get; set; }

    /// <summary>How often the micro-batch was halved after running out of memory.</summary>
    public int Halvings { get; set; }

    public long? Ended { get; set; }
    public string? Error { get; set; }
    public string? Corpus { get; init; }
    public string? Manifest { get; init; }
    public string? Upstream { get; init; }
    public string? Protocol { get; init; }
    public string? Folds { get; init; }
    public int? Fold { get; init; }

    /// <summary>Canonical JSON of the head.</summary>
    public string? Head { get; init; }

    public int? Seed { get; init; }

    /// <summary>Of a fold: the key of the extract job whose features it reads.</summary>
    public string? Features { get; init; }

    /// <summary>Number of what a slot must have to run it (<see cref="NeedsRow"/>); 0 = nothing.</summary>
    public int Needs { get; set; }

    /// <summary>Canonical JSON of the spec.</summary>
    public required string Spec { get; init; }
}

/// <summary>Something that jobs need of a slot. There are few of these however many jobs: a slot looks for each that it meets.</summary>
public sealed class NeedsRow
{
    public int Id { get; init; }

    /// <summary>Canonical JSON of <see cref="Corpora.Jobs.JobNeeds"/>.</summary>
    public required string Needs { get; init; }
}

/// <summary>One job reads another's output.</summary>
public sealed class JobDependencyRow
{
    public long JobId { get; init; }
    public long DependsOn { get; init; }
}

/// <summary>An experiment wants a job.</summary>
public sealed class ExperimentJobRow
{
    public required string ExperimentId { get; init; }
    public long JobId { get; init; }
    public int Position { get; init; }
}

/// <summary>One lease of one job by one slot.</summary>
public sealed class AttemptRow
{
    public long JobId { get; init; }
    public int Number { get; init; }
    public required string Slot { get; init; }
    public AttemptState State { get; set; }
    public long Started { get; init; }
    public long? Ended { get; set; }
    public string? Error { get; set; }
}

/// <summary>The one result of a job.</summary>
public sealed class ResultRow
{
    public long JobId { get; init; }
    public required string JobKey { get; init; }
    public int Attempt { get; init; }
    public long Finished { get; init; }
    public double WallSeconds { get; init; }
    public double? Wa { get; init; }
    public double? Ua { get; init; }
    public double? Wf1 { get; init; }
    public double? MacroF1 { get; init; }

    /// <summary>Validation WA of the epoch that was tested; null without validation part.</summary>
    public double? ValidationWa { get; init; }

    /// <summary>JSON array of the fold's warnings; null where there are none.</summary>
    public string? Warnings { get; init; }

    /// <summary>JSON of <see cref="Corpora.Jobs.RunInfo"/>.</summary>
    public required string Run { get; init; }

    /// <summary>Canonical JSON of the result.</summary>
    public required string Result { get; init; }
}

/// <summary>What a scan of a corpus found.</summary>
public sealed class DatasetRow
{
    public required string Manifest { get; init; }
    public required string Corpus { get; init; }
    public int Utterances { get; init; }
    public int Speakers { get; init; }
    public double Seconds { get; init; }
    public bool Synthetic { get; init; }
    public long Scanned { get; set; }

    /// <summary>JSON object: class name → utterances.</summary>
    public required string Classes { get; init; }

    /// <summary>JSON array.</summary>
    public required string Warnings { get; set; }
}

/// <summary>A protocol applied to a manifest.</summary>
public sealed class FoldSetRow
{
    public required string Hash { get; init; }
    public required string Manifest { get; init; }
    public required string Protocol { get; init; }
    public int Version { get; init; }
    public int Folds { get; init; }

    /// <summary>JSON array.</summary>
    public required string Badges { get; set; }
}

/// <summary>What was computed from the predictions of a set of results. Results never change, so neither does this.</summary>
public sealed class RowStatisticsRow
{
    /// <summary>Hash of which results they are.</summary>
    public required string Results { get; init; }

    /// <summary>JSON of <see cref="Corpora.Statistics.RowStatistics"/>.</summary>
    public required string Statistics { get; init; }

    public long Computed { get; init; }
}

/// <summary>What jobs are grouped by; an empty text where they have none of it. Kept by triggers.</summary>
public sealed class CellRow
{
    public long Id { get; init; }
    public required string Kind { get; init; }
    public required string Corpus { get; init; }
    public required string Protocol { get; init; }
    public required string Upstream { get; init; }

    /// <summary>Canonical JSON of the head.</summary>
    public required string Head { get; init; }

    /// <summary>Grows whenever a job, an experiment that wants one, or a result comes, and when badges of its folds change.</summary>
    public long Changes { get; init; }

    public long Results { get; init; }

    /// <summary>Wall time of those results together.</summary>
    public double Seconds { get; init; }
}

/// <summary>Jobs of one fold of one cell in one state, of an experiment or of all. Kept by triggers.</summary>
public sealed class TallyRow
{
    /// <summary>Empty: all jobs.</summary>
    public required string ExperimentId { get; init; }

    public long CellId { get; init; }

    /// <summary>-1 where the jobs are no folds.</summary>
    public int Fold { get; init; }

    /// <summary>Running jobs count as queued.</summary>
    public JobState State { get; init; }

    public int Jobs { get; init; }

    /// <summary>Those with a weighted accuracy.</summary>
    public int Scores { get; init; }

    /// <summary>Sum of those.</summary>
    public double Wa { get; init; }

    /// <summary>The latest; 0 = none.</summary>
    public long Ended { get; init; }
}
