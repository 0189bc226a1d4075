using System.Collections.Immutable;
using Orleans;

namespace Emotion2Vec.Grains.Experiments;

/// <summary>A job as a grid asks for it.</summary>
/// <param name="Key">Job key.</param>
/// <param name="Kind">Job kind.</param>
/// <param name="Title">For people.</param>
/// <param name="Spec">Canonical JSON of the spec.</param>
/// <param name="DependsOn">Keys of jobs that stand earlier in the same grid.</param>
/// <param name="Labels">By what results are grouped; null for jobs that have no place in a table.</param>
/// <param name="Needs">JSON of what a slot must have (<see cref="Corpora.Jobs.JobNeeds"/>); null = nothing. The last submission decides.</param>
[GenerateSerializer, Alias("e2v.NewJob"), Immutable]
public sealed record NewJob(
    [property: Id(0)] string Key, [property: Id(1)] string Kind, [property: Id(2)] string Title, [property: Id(3)] string Spec,
    [property: Id(4)] ImmutableArray<string> DependsOn, [property: Id(5)] JobLabels? Labels, [property: Id(6)] string? Needs = null);

/// <summary>The place of a job in grids and tables. Only folds have all of them.</summary>
[GenerateSerializer, Alias("e2v.JobLabels"), Immutable]
public sealed record JobLabels(
    [property: Id(0)] string Corpus, [property: Id(1)] string Manifest, [property: Id(2)] string Upstream,
    [property: Id(3)] string? Protocol = null, [property: Id(4)] string? Folds = null, [property: Id(5)] int? Fold = null,
    [property: Id(6)] string? Head = null, [property: Id(7)] int? Seed = null);

/// <summary>What a submission came to.</summary>
/// <param name="New">Jobs stored or revived.</param>
/// <param name="Done">Jobs whose result was there.</param>
[GenerateSerializer, Alias("e2v.Submitted"), Immutable]
public sealed record Submitted([property: Id(0)] int New, [property: Id(1)] int Done);

/// <summary>What a cancellation met.</summary>
/// <param name="Running">Keys of jobs that run now and have still to hear of it.</param>
/// <param name="Jobs">All jobs it concerns.</param>
[GenerateSerializer, Alias("e2v.CancelledJobs"), Immutable]
public sealed record CancelledJobs([property: Id(0)] ImmutableArray<string> Running, [property: Id(1)] int Jobs);
