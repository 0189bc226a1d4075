using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Papers;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>What a researcher asks for, as read from a file; every name in it is known.</summary>
/// <param name="Name">Name of the experiment.</param>
/// <param name="Blocks">In the order of the file.</param>
public sealed record Grid(string Name, ImmutableArray<GridBlock> Blocks)
{
    /// <summary>The models it names, in the order of the file.</summary>
    public ImmutableArray<GridModel> Models { get; init; } = [];

    /// <summary>The table of a publication that the grid computes; null where the file has none.</summary>
    public PaperTable? Paper { get; init; }

    /// <summary>Published models that it names and says no file of.</summary>
    public IReadOnlyList<string> Published => [.. Blocks.OfType<TrainingBlock>().SelectMany(b => b.Upstreams).SelectMany(u => u.Parts).Select(u => u.Name)
            .Concat(Models.OfType<TrainedModel>().Select(m => m.From).OfType<string>()).Distinct()
            .Where(name => Models.All(m => m.Name != name) && UpstreamCatalogue.Find(name).Kind == UpstreamKind.Model)];

    /// <summary>The grid with the checkpoints of all of those.</summary>
    /// <param name="find">Finds the file of a model of the catalogue.</param>
    public Grid WithPublished(Func<string, string> find) => this with { Models = [.. Models, .. Published.Select(name => new CheckpointModel(name, find(name)))] };

    /// <summary>Name in the catalogue of the model whose checkpoint is said to be this file; null where none is.</summary>
    /// <param name="file">Absolute path.</param>
    /// <param name="folder">Where relative paths of the grid begin.</param>
    public string? PublishedAs(string file, string folder) =>
        Models.OfType<CheckpointModel>().FirstOrDefault(m => UpstreamCatalogue.Names.Contains(m.Name) && Path.GetFullPath(m.Checkpoint, folder) == file)?.Name;

    /// <summary>Features of the catalogue that are read from files and whose folder it does not name, each with a corpus that needs them.</summary>
    public IReadOnlyList<(string Name, string Corpus)> Imported => [.. Blocks.OfType<TrainingBlock>().SelectMany(b => b.Upstreams.SelectMany(u => u.Parts).Select(u => u.Name)
            .Where(name => Models.All(m => m.Name != name) && UpstreamCatalogue.Find(name).Kind == UpstreamKind.Imported).SelectMany(name => b.Corpora.Select(corpus => (name, corpus)))).Distinct()];

    /// <summary>The grid with the folders of all of those.</summary>
    /// <param name="dataRoot">Null where the user named none.</param>
    public Grid WithImported(string? dataRoot) => this with { Models = [.. Models, .. Imported.Select(i => i.Name).Distinct().Select(name => new ImportedModel(name, ModelFiles.Folder(name, dataRoot)))] };

    /// <summary>Whether folds are trained on this corpus; a corpus that models are pre-trained on needs no labels.</summary>
    public bool NeedsLabels(string corpus) => Blocks.OfType<TrainingBlock>().Any(b => b.Corpora.Contains(corpus));
}

/// <summary>What features are made of: signal processing, a published model, or a model of the grid.</summary>
/// <param name="Name">Name in the catalogue, or of a <see cref="GridModel"/>.</param>
/// <param name="Layers">Layer rule; null = what the head wants: all layers for <c>superb</c>, else the last.</param>
/// <param name="Tokens">Token rule.</param>
/// <param name="With">Features that are joined to these, utterance by utterance; null for none.</param>
public sealed record GridUpstream(string Name, string? Layers = null, string Tokens = FeatureRules.Frames, GridUpstream? With = null)
{
    /// <summary>Itself, and what is joined to it.</summary>
    public ImmutableArray<GridUpstream> Parts => With is null ? [this] : [this with { With = null }, With];

    /// <summary>The rules for a head that asks for all layers, or for one that does not.</summary>
    public FeatureRules Rules(bool allLayers) => new(Layers ?? (allLayers ? FeatureRules.All : FeatureRules.Last), Tokens);

    /// <summary>As tables name it: <c>mini · layer 3</c>, <c>mini + bert</c>.</summary>
    public string Label => Rules(allLayers: false).Describe(Name) + (With is null ? "" : $" + {With.Label}");
}

/// <summary>A model of a grid: one to pre-train, a checkpoint that exists, or features from files.</summary>
/// <param name="Name">Unique in the grid; of a checkpoint also the name of a published model, which the file must then hold.</param>
public abstract record GridModel(string Name);

/// <summary>A model that the grid pre-trains: one pretrain job.</summary>
/// <param name="Corpora">What it hears, in this order.</param>
/// <param name="Training">How.</param>
/// <param name="From">Name of a <see cref="GridModel"/> of the same grid, or of a published model, whose weights it starts from; null for none.</param>
/// <param name="Checkpoint">Path of a checkpoint whose weights it starts from, as written; null for none.</param>
public sealed record TrainedModel(string Name, ImmutableArray<ModelCorpus> Corpora, PretrainRecipe Training, string? From = null, string? Checkpoint = null) : GridModel(Name)
{
    /// <summary>What a slot must have to train it.</summary>
    public JobNeeds Needs { get; init; } = JobNeeds.None;
}

/// <summary>A model that exists as a file.</summary>
/// <param name="Checkpoint">Its path, as written: relative to the grid's folder.</param>
public sealed record CheckpointModel(string Name, string Checkpoint) : GridModel(Name);

/// <summary>Features that were made elsewhere.</summary>
/// <param name="Folder">Where their files lie (<see cref="ImportedFeatures"/>), as written: relative to the grid's folder.</param>
public sealed record ImportedModel(string Name, string Folder) : GridModel(Name);

/// <summary>A corpus that a model hears.</summary>
/// <param name="Corpus">Name of a known corpus, or path of a manifest (.csv, .jsonl).</param>
/// <param name="Hours">Hours of speech it is said to have: enough to plan with where the data is not; null where it must be there.</param>
public sealed record ModelCorpus(string Corpus, double? Hours = null);

/// <summary>A part of a grid.</summary>
public abstract record GridBlock
{
    /// <summary>What a slot must have to run its jobs; the device does not count for signal processing, which runs on processor cores anywhere.</summary>
    public JobNeeds Needs { get; init; } = JobNeeds.None;
}

/// <summary>Every combination of these, one job per fold.</summary>
/// <param name="Corpora">Names of known corpora, or paths of manifests (.csv, .jsonl).</param>
/// <param name="Upstreams">Upstreams and models, with their layers and tokens.</param>
/// <param name="Protocols">Protocol names.</param>
/// <param name="Heads">Heads with all their hyper-parameters.</param>
/// <param name="Seeds">Seeds of training.</param>
public sealed record TrainingBlock(
    ImmutableArray<string> Corpora, ImmutableArray<GridUpstream> Upstreams, ImmutableArray<string> Protocols,
    ImmutableArray<HeadSpec> Heads, ImmutableArray<int> Seeds) : GridBlock;

/// <summary>Jobs that compute nothing, to measure what everything around a job costs.</summary>
/// <param name="Jobs">How many.</param>
/// <param name="Milliseconds">How long each sleeps.</param>
/// <param name="Group">Keeps the keys of one measurement apart from another's.</param>
public sealed record NoOpBlock(int Jobs, int Milliseconds, string Group) : GridBlock;
