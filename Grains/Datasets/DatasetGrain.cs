using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Store;
using Orleans;
using Orleans.Runtime;

namespace Emotion2Vec.Grains.Datasets;

/// <summary>One exact version of a corpus; the key is the manifest hash. Scanning happens outside of grains; this is where its findings are kept.</summary>
public interface IDatasetGrain : IGrainWithStringKey
{
    /// <summary>A scan found this.</summary>
    Task Scanned(DatasetSummary summary);

    /// <summary>A protocol was applied to it.</summary>
    Task Split(FoldSetSummary folds);
}

/// <summary>What a scan found.</summary>
[GenerateSerializer, Alias("e2v.DatasetSummary"), Immutable]
public sealed record DatasetSummary(
    [property: Id(0)] string Corpus, [property: Id(1)] int Utterances, [property: Id(2)] int Speakers, [property: Id(3)] double Seconds,
    [property: Id(4)] bool Synthetic, [property: Id(5)] ImmutableDictionary<string, int> Classes, [property: Id(6)] ImmutableArray<string> Warnings);

/// <summary>A protocol applied to a manifest.</summary>
[GenerateSerializer, Alias("e2v.FoldSetSummary"), Immutable]
public sealed record FoldSetSummary(
    [property: Id(0)] string Hash, [property: Id(1)] string Protocol, [property: Id(2)] int Version,
    [property: Id(3)] int Folds, [property: Id(4)] ImmutableArray<string> Badges);

/// <inheritdoc cref="IDatasetGrain"/>
public sealed class DatasetGrain(JobStore store, TimeProvider time) : Grain, IDatasetGrain
{
    public Task Scanned(DatasetSummary summary) => store.Record(new DatasetRow
    {
        Manifest = this.GetPrimaryKeyString(),
        Corpus = summary.Corpus,
        Utterances = summary.Utterances,
        Speakers = summary.Speakers,
        Seconds = summary.Seconds,
        Synthetic = summary.Synthetic,
        Scanned = time.GetUtcNow().ToUnixTimeMilliseconds(),
        Classes = CanonicalJson.Write(summary.Classes),
        Warnings = CanonicalJson.Write(summary.Warnings),
    });

    public Task Split(FoldSetSummary folds) => store.Record(new FoldSetRow
    {
        Hash = folds.Hash,
        Manifest = this.GetPrimaryKeyString(),
        Protocol = folds.Protocol,
        Version = folds.Version,
        Folds = folds.Folds,
        Badges = CanonicalJson.Write(folds.Badges),
    });
}
