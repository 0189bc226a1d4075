using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Silo.Api;

/// <summary>POST /api/experiments: a grid to run. <paramref name="Grid"/> is the YAML text, <paramref name="File"/> its name for error lines, <paramref name="Data"/> the data root on the silo's machine; empty = the silo's own. From another machine paths cannot leave the silo's data root (docs/SECURITY.md). <paramref name="WaitForSlots"/> queues jobs that need what no slot has yet.</summary>
public sealed record SubmitRequest(string Grid, string File, string Data, bool DryRun = false, bool WaitForSlots = false);

/// <summary>What a grid came to. With <c>DryRun</c> nothing was stored and <paramref name="Experiment"/> is null.</summary>
/// <param name="Experiment">Id for all later calls.</param>
/// <param name="Name">The grid's name.</param>
/// <param name="Jobs">Jobs in the grid.</param>
/// <param name="New">Jobs that the store did not have, or had cancelled.</param>
/// <param name="Done">Jobs whose result was there already.</param>
/// <param name="EstimatedSeconds">From earlier runs of the same kind; null where there are none.</param>
/// <param name="Warnings">About corpora and folds.</param>
/// <param name="Plan">One line per group of jobs.</param>
public sealed record SubmitAnswer(
    string? Experiment, string Name, int Jobs, int New, int Done, double? EstimatedSeconds,
    ImmutableArray<string> Warnings, ImmutableArray<PlannedGroup> Plan);

/// <summary>A group of jobs of a plan that differ only in fold and seed.</summary>
/// <param name="Note">What else there is to know: updates, epochs and estimated time of a pre-training.</param>
public sealed record PlannedGroup(string Kind, string Corpus, string Upstream, string? Protocol, string? Head, int Jobs, int Done, string? Note = null);

/// <summary>GET /api/experiments and /api/experiments/{id}.</summary>
/// <param name="State"><c>running</c>, <c>succeeded</c>, <c>failed</c> (ended, some jobs without result) or <c>cancelled</c>.</param>
/// <param name="JobsPerMinute">Over the last finished jobs of this run; null before the first.</param>
/// <param name="SecondsLeft">Estimate; null before the first job has ended.</param>
/// <param name="Current">Jobs that run now.</param>
public sealed record ExperimentStatus(
    string Id, string Name, string State, DateTimeOffset Submitted, DateTimeOffset? Finished,
    int Total, int Waiting, int Queued, int Running, int Succeeded, int Failed, int Poisoned, int Blocked, int Cancelled,
    double? JobsPerMinute, double? SecondsLeft, ImmutableArray<RunningJob> Current);

/// <summary>A job in progress.</summary>
public sealed record RunningJob(string Key, string Title, string Slot, int Attempt, double Seconds, JobProgress? Progress);

/// <summary>GET /api/experiments/{id}/jobs?state=&amp;skip=&amp;take= : one row per job, in grid order.</summary>
public sealed record JobRow(string Key, string Kind, string Title, string State, int Attempts, string? Error);

/// <summary>GET /api/jobs/{key or unambiguous prefix}: everything about one job; <c>why</c> prints it.</summary>
/// <param name="Explanation">Sentences for a person: why it waits, failed, or is blocked, and what to do.</param>
public sealed record JobDetail(
    string Key, string Kind, string Title, string State, string Spec, ImmutableArray<string> Explanation,
    ImmutableArray<JobRow> DependsOn, ImmutableArray<AttemptRow> Attempts, FoldResult? Result);

/// <summary>One attempt at a job.</summary>
public sealed record AttemptRow(int Number, string Slot, string State, DateTimeOffset Started, DateTimeOffset? Ended, string? Error);

/// <summary>
/// GET /api/leaderboard?experiment=&amp;corpus=&amp;upstream=&amp;protocol=&amp;select= : one row per corpus × protocol × head × upstream; with
/// <c>select=true</c> the hyper-parameters of a head are chosen by validation in every fold. Percentages, 0–100.
/// </summary>
/// <param name="Units">Speakers (or utterances without one) that intervals are drawn from; null before the first result.</param>
public sealed record LeaderboardRow(
    string Corpus, string Protocol, string Head, string Upstream, int Seeds, int FoldsDone, int FoldsExpected,
    Figure? Wa, Figure? Ua, Figure? Wf1, Figure? MacroF1, bool Synthetic, ImmutableArray<string> Badges, ImmutableArray<string> Warnings, int? Units = null);

/// <summary>A figure of a table, in percent.</summary>
/// <param name="Mean">Mean over folds, seeds averaged in each: what papers report.</param>
/// <param name="Sd">Standard deviation (n − 1) over folds; null for a single one.</param>
/// <param name="SeedSd">Over seeds, of their means over folds; null for a single one.</param>
/// <param name="Pooled">The figure of all test parts together.</param>
/// <param name="Low">Lower end of the 95 % bootstrap interval of the mean; null where nothing can be drawn.</param>
/// <param name="High">Upper end.</param>
public sealed record Figure(double Mean, double? Sd, double? SeedSd = null, double? Pooled = null, double? Low = null, double? High = null);

/// <summary>GET /api/slots.</summary>
/// <param name="Machine">Whose slot it is; <c>local</c> is the silo's own.</param>
/// <param name="Device"><c>cpu</c>, <c>cuda:0</c>, …</param>
/// <param name="MemoryGb">What a job may ask for; null = not known.</param>
public sealed record SlotRow(string Name, string State, string? Job, string? Title, int? WorkerPid, string? Reason, string Machine, string Device, double? MemoryGb);

/// <summary>POST /api/experiments/{id}/cancel and /retry: how many jobs it changed.</summary>
public sealed record ChangedJobs(int Jobs);

/// <summary>Every error: 400 wrong input, 404 unknown id, 409 not possible in this state, 500 ours.</summary>
public sealed record ApiError(string Error);
