using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Jobs;

/// <summary>
/// What a job has to compute, complete and free of where and when. Specs cross every border as canonical JSON.
/// <see cref="Recipe"/> is raised whenever the numbers that the recipe gives change.
/// </summary>
public abstract record JobSpec
{
    /// <summary>Name of the kind: <c>pretrain</c>, <c>extract</c>, <c>fold</c>, <c>noop</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Version of the computation behind this kind.</summary>
    public abstract int Recipe { get; }

    /// <summary>Versions of all kinds: machines work together where they are the same.</summary>
    public static string Recipes { get; } = string.Join(", ", new JobSpec[] { new PretrainSpec([], null!), new ExtractSpec("", "", ""), new FoldSpec("", "", "", "", "", "", 0, new HeadSpec(), 0), new NoOpSpec("", 0) }
        .Select(spec => $"{spec.Kind} {spec.Recipe}"));

    /// <summary>Keys of the jobs whose output this one reads.</summary>
    public virtual ImmutableArray<string> DependsOn => [];

    /// <summary>SHA-256 over kind, spec, recipe version and the keys of dependencies. External inputs are in the spec by content hash.</summary>
    public string Key()
    {
        var spec = System.Text.Json.Nodes.JsonNode.Parse(ToJson());
        return CanonicalJson.Hash(CanonicalJson.Write(new { Kind, Recipe, DependsOn, Spec = spec }));
    }

    /// <summary>The canonical JSON of this spec.</summary>
    public string ToJson() => this switch
    {
        PretrainSpec pretrain => CanonicalJson.Write(pretrain),
        ExtractSpec extract => CanonicalJson.Write(extract),
        FoldSpec fold => CanonicalJson.Write(fold),
        NoOpSpec noop => CanonicalJson.Write(noop),
        _ => throw new InvalidOperationException($"job kind {Kind} has no JSON form"),
    };

    /// <summary>The spec of a stored or received job.</summary>
    public static JobSpec FromJson(string kind, string json) => kind switch
    {
        PretrainSpec.Name => CanonicalJson.Read<PretrainSpec>(json),
        ExtractSpec.Name => CanonicalJson.Read<ExtractSpec>(json),
        FoldSpec.Name => CanonicalJson.Read<FoldSpec>(json),
        NoOpSpec.Name => CanonicalJson.Read<NoOpSpec>(json),
        _ => throw new InputException($"unknown job kind '{kind}'"),
    };
}

/// <summary>Features of one corpus by one upstream: one file of frames (frames × dimension, float32) with offsets.</summary>
/// <param name="Corpus">Corpus name, for people; the manifest hash says what it is.</param>
/// <param name="Manifest">Manifest hash: ids, labels, speakers and audio content.</param>
/// <param name="Upstream">Name in the catalogue of upstreams, or the name that the user gave a model.</param>
/// <param name="Layers">Layer rule (<see cref="FeatureRules"/>); of signal processing <c>last</c> or <c>all</c>, which are the same.</param>
/// <param name="Checkpoint">Of a model from a file: the file's content hash. Where it lies is no part of the job (<see cref="HomeFolder.CheckpointLink"/>).</param>
/// <param name="Pretrain">Of a model that a job makes: the job's key.</param>
/// <param name="Tokens">Token rule (<see cref="FeatureRules"/>); null = frames.</param>
/// <param name="Imported">Of features that were made elsewhere: the content hash of their files (<see cref="ImportedFeatures"/>).</param>
/// <param name="With">
/// Features that are joined to those of the other members: one frame per utterance, the mean over its frames here, then the mean there. Null = these features alone.
/// </param>
public sealed record ExtractSpec(
    string Corpus, string Manifest, string Upstream, string Layers = FeatureRules.Last,
    string? Checkpoint = null, string? Pretrain = null, string? Tokens = null, string? Imported = null, ExtractSpec? With = null) : JobSpec
{
    public const string Name = "extract";

    [System.Text.Json.Serialization.JsonIgnore] public override string Kind => Name;
    [System.Text.Json.Serialization.JsonIgnore] public override int Recipe => 1;
    [System.Text.Json.Serialization.JsonIgnore] public override ImmutableArray<string> DependsOn => With is null ? Pretrain is null ? [] : [Pretrain] : [.. Parts.Select(p => p.Key())];

    /// <summary>The features that are joined; none where they stand alone.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public ImmutableArray<ExtractSpec> Parts => With is null ? [] : [this with { With = null }, With];

    /// <summary>Layer and token rule together.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public FeatureRules Rules => new(Layers, Tokens ?? FeatureRules.Frames);

    /// <summary>As tables name the features: <c>mini · layer 3</c>, <c>mini + bert</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public string Label => Rules.Describe(Upstream) + (With is null ? "" : $" + {With.Label}");
}

/// <summary>One head trained and tested on one fold.</summary>
/// <param name="Corpus">Corpus name.</param>
/// <param name="Manifest">Manifest hash.</param>
/// <param name="Upstream">Whose features are read, as tables name them: an upstream, and what <see cref="FeatureRules.Describe"/> adds.</param>
/// <param name="Features">Key of the extract job that makes them.</param>
/// <param name="Protocol">Protocol name.</param>
/// <param name="Folds">Hash of the fold file (<see cref="HomeFolder.Folds"/>).</param>
/// <param name="Fold">Zero-based fold.</param>
/// <param name="Head">Downstream head and its hyper-parameters.</param>
/// <param name="Seed">Seed of initialisation and batch order.</param>
public sealed record FoldSpec(
    string Corpus, string Manifest, string Upstream, string Features,
    string Protocol, string Folds, int Fold, HeadSpec Head, int Seed) : JobSpec
{
    public const string Name = "fold";

    [System.Text.Json.Serialization.JsonIgnore] public override string Kind => Name;
    [System.Text.Json.Serialization.JsonIgnore] public override int Recipe => 1;
    [System.Text.Json.Serialization.JsonIgnore] public override ImmutableArray<string> DependsOn => [Features];
}

/// <summary>A job that computes nothing, to measure what everything around a job costs.</summary>
/// <param name="Group">Keeps the keys of one measurement apart from another's.</param>
/// <param name="Number">Position in the group.</param>
/// <param name="Milliseconds">How long the worker sleeps.</param>
public sealed record NoOpSpec(string Group, int Number, int Milliseconds = 0) : JobSpec
{
    public const string Name = "noop";

    [System.Text.Json.Serialization.JsonIgnore] public override string Kind => Name;
    [System.Text.Json.Serialization.JsonIgnore] public override int Recipe => 2;
    [System.Text.Json.Serialization.JsonIgnore] public override ImmutableArray<string> DependsOn => [];
}

/// <summary>
/// A downstream head and how it is trained. Defaults are the linear head of emotion2vec's IEMOCAP experiments: RMSprop
/// with cyclic learning rate and cycled momentum, best epoch by strictly greater validation WA.
/// </summary>
/// <param name="Name">Of the catalogue of heads.</param>
/// <param name="Optimizer"><c>rmsprop</c> or <c>adam</c>.</param>
/// <param name="Hidden">Width of the hidden layer.</param>
/// <param name="Epochs">Passes over the training part, ≥ 1.</param>
/// <param name="Batch">Utterances per gradient.</param>
/// <param name="LearningRate">Lowest rate of the cycle (or the constant rate of Adam).</param>
/// <param name="MaxLearningRate">Highest rate of the cycle; unused by Adam.</param>
/// <param name="Accumulate">Batches whose gradients are averaged into one optimiser step.</param>
/// <param name="ClipNorm">Largest norm of the gradient of all parameters together; 0 = unlimited.</param>
/// <param name="Turns">Turns of a dialogue that <c>conversation</c> looks back, ≥ 1; null for heads that do not look back, and then no part of a key.</param>
/// <param name="Blocks">Of <c>timnet</c>: temporal-aware blocks of each stream; null for the others.</param>
/// <param name="Dropout">Of heads that drop: probability, 0 to below 1; null for the others.</param>
/// <param name="LabelSmoothing">Of heads that smooth: share of the target that is spread over all classes, 0 to below 1; null for the others.</param>
public sealed record HeadSpec(
    string Name = "linear", string Optimizer = "rmsprop", int Hidden = 256, int Epochs = 100, int Batch = 128,
    double LearningRate = 5e-4, double MaxLearningRate = 1e-3, int Accumulate = 1, double ClipNorm = 0, int? Turns = null,
    int? Blocks = null, double? Dropout = null, double? LabelSmoothing = null);
