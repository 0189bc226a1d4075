using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>One job of a grid.</summary>
/// <param name="Spec">What it computes.</param>
/// <param name="Key">Its job key.</param>
/// <param name="Title">For people: <c>emodb · mfcc · random10 · fold 3 · seed 1</c>.</param>
/// <param name="Needs">What a slot must have to run it.</param>
public sealed record PlannedJob(JobSpec Spec, string Key, string Title, JobNeeds Needs);

/// <summary>Turns a grid into jobs.</summary>
public static class GridExpansion
{
    private const int MostJobs = 1_000_000;

    /// <summary>
    /// The jobs of a grid, each once: first all pretrain jobs, models before those that start from them, then extract jobs, then fold jobs corpus by corpus, upstream by upstream, protocol
    /// by protocol, then no-op jobs; each in the order of the file.
    /// </summary>
    /// <param name="grid">The grid.</param>
    /// <param name="manifestOf">Reads a corpus by its name in the grid; called once per corpus.</param>
    /// <param name="foldsOf">Splits a corpus; called once per corpus and protocol.</param>
    /// <param name="manifestOfModel">Manifest hash of a corpus that a model hears; needed where a model is trained.</param>
    /// <param name="checkpointOf">SHA-256 of a checkpoint by its path in the grid; needed where there is one.</param>
    /// <param name="importedOf">Content hash of the imported features of a corpus; needed where there are any.</param>
    /// <exception cref="InputException">More than a million jobs, or what the two functions throw.</exception>
    public static ImmutableArray<PlannedJob> Expand(Grid grid, Func<string, Manifest> manifestOf, Func<Manifest, Protocol, FoldSet> foldsOf,
        Func<ModelCorpus, PretrainCorpus>? manifestOfModel = null, Func<string, string>? checkpointOf = null, Func<ImportedModel, Manifest, string>? importedOf = null)
    {
        var manifests = new Dictionary<string, Manifest>(StringComparer.Ordinal);
        var splits = new Dictionary<(string Corpus, string Protocol), (FoldSet Folds, string Hash)>();
        var pretrainings = new JobList();
        var extracts = new JobList();
        var trainings = new JobList();
        var noOps = new JobList();
        long planned = 0;

        var models = grid.Models.ToDictionary(m => m.Name, StringComparer.Ordinal);
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var model in grid.Models.OfType<TrainedModel>()) Pretrain(model);

        foreach (var block in grid.Blocks.OfType<TrainingBlock>())
        {
            foreach (var corpus in block.Corpora)
            {
                if (!manifests.TryGetValue(corpus, out var manifest)) manifests[corpus] = manifest = manifestOf(corpus);
                foreach (var upstream in block.Upstreams)
                    foreach (var protocol in block.Protocols)
                        foreach (var head in block.Heads)
                            Plan(block, corpus, manifest, upstream, protocol, head);
            }
        }
        foreach (var block in grid.Blocks.OfType<NoOpBlock>())
        {
            Limit(block.Jobs);
            for (var i = 0; i < block.Jobs; i++) noOps.Add(new NoOpSpec(block.Group, i, block.Milliseconds), $"no-op · {block.Group} · {i + 1}", block.Needs);
        }
        return [.. pretrainings.Jobs, .. extracts.Jobs, .. trainings.Jobs, .. noOps.Jobs];

        // Key of the pretrain job of a model; the models that it starts from are planned before it.
        string Pretrain(TrainedModel model)
        {
            if (keys.TryGetValue(model.Name, out var known)) return known;
            var parent = model.From is { } from && models[from] is TrainedModel first ? Pretrain(first) : null;
            var file = model.Checkpoint ?? (model.From is { } name ? (models[name] as CheckpointModel)?.Checkpoint : null);
            var spec = new PretrainSpec([.. model.Corpora.Select(Known(manifestOfModel))], model.Training, file is null ? null : Known(checkpointOf)(file), parent);
            return keys[model.Name] = pretrainings.Add(spec, $"{model.Name} · pretrain · {string.Join(" + ", model.Corpora.Select(c => c.Corpus))}", model.Needs.WithAudio(spec.Corpora.Select(c => c.Manifest)));
        }

        // Signal processing by its name, a model by the content of its file or the job that makes it.
        ExtractSpec Extract(Manifest manifest, GridUpstream upstream, HeadSpec head)
        {
            var model = models.GetValueOrDefault(upstream.Name);
            // SUPERB's head weighs all layers; where there is one layer only, both rules name the same features.
            var rules = upstream.Rules(allLayers: HeadCatalogue.WeighsLayers(head) && model is not null);
            return new ExtractSpec(manifest.Corpus, manifest.Hash, upstream.Name, rules.Layers,
                model is CheckpointModel file ? Known(checkpointOf)(file.Checkpoint) : null, model is TrainedModel trained ? Pretrain(trained) : null,
                rules.Tokens == FeatureRules.Frames ? null : rules.Tokens, model is ImportedModel imported ? Known(importedOf)(imported, manifest) : null,
                upstream.With is { } joined ? Extract(manifest, joined, head) : null);
        }

        static T Known<T>(T? told) where T : class => told ?? throw new InvalidOperationException("nothing tells the content of what models are made of");

        void Plan(TrainingBlock block, string corpus, Manifest manifest, GridUpstream upstream, string protocol, HeadSpec head)
        {
            if (!splits.TryGetValue((corpus, protocol), out var split))
            {
                var folds = foldsOf(manifest, ProtocolCatalogue.Find(protocol));
                splits[(corpus, protocol)] = split = (folds, folds.Hash);
            }
            var names = split.Folds.Folds;
            Limit((long)block.Seeds.Length * names.Length);
            var features = Extract(manifest, upstream, head);
            if (head.Turns is not null) Dialogues.Check(manifest);
            foreach (var part in features.Parts) Add(part);
            var extract = Add(features);
            var recipe = head == HeadCatalogue.Find("linear") ? "" : $" · {HeadCatalogue.Describe(head)}";
            foreach (var seed in block.Seeds)
            {
                for (var fold = 0; fold < names.Length; fold++)
                {
                    trainings.Add(
                        new FoldSpec(manifest.Corpus, manifest.Hash, upstream.Label, extract, protocol, split.Hash, fold, head, seed),
                        $"{manifest.Corpus} · {upstream.Label} · {protocol}{recipe} · {names[fold].Name} · seed {seed}", block.Needs);
                }
            }

            // Only a model runs on a device.
            string Add(ExtractSpec spec) => extracts.Add(spec, $"{manifest.Corpus} · {spec.Label} · features",
                (spec is { Checkpoint: null, Pretrain: null } or { With: not null } ? block.Needs with { Device = null } : block.Needs)
                // Joined features read features; files from elsewhere lie where the grid was submitted, as audio may.
                .WithAudio(spec.With is not null ? [] : [spec.Imported ?? manifest.Hash]));
        }

        void Limit(long jobs)
        {
            planned += jobs;
            if (planned > MostJobs) throw new InputException($"{grid.Name}: the grid has more than {MostJobs} jobs");
        }
    }

    private sealed class JobList
    {
        private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);

        public List<PlannedJob> Jobs { get; } = [];

        /// <summary>A job that several blocks want needs what all of them say.</summary>
        public string Add(JobSpec spec, string title, JobNeeds needs)
        {
            var key = spec.Key();
            if (places.TryAdd(key, Jobs.Count)) Jobs.Add(new PlannedJob(spec, key, title, needs));
            else if (Jobs[places[key]] is var job && job.Needs != needs) Jobs[places[key]] = job with { Needs = job.Needs.And(needs) };
            return key;
        }
    }
}
