using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Upstreams;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>What extraction by models will take where it was never measured: signal processing says nothing about it.</summary>
internal sealed class ExtractPlan
{
    private readonly Dictionary<string, PretrainSizes> sizes = new(StringComparer.Ordinal);

    /// <summary>Checks that the checkpoints that features are taken from can be read and have what is asked of them, before anything runs.</summary>
    /// <param name="folder">The grid's.</param>
    /// <param name="absent">Tells which checkpoints are not here and are planned by what the catalogue says.</param>
    public ExtractPlan(Grid grid, string folder, AbsentData absent)
    {
        var used = grid.Blocks.OfType<TrainingBlock>().SelectMany(b => b.Upstreams).SelectMany(u => u.Parts).Distinct().ToLookup(u => u.Name, StringComparer.Ordinal);
        foreach (var model in grid.Models)
        {
            if (model is TrainedModel trained) sizes[model.Name] = trained.Training.Sizes;
            if (absent.Lacks(model))
            {
                var published = UpstreamCatalogue.Find(model.Name);
                foreach (var upstream in used[model.Name]) published.Check(upstream.Rules(allLayers: false));
                sizes[model.Name] = new PretrainSizes(Width: published.Dimension, Prenet: 0, Depth: published.Layers, UtteranceTokens: published.UtteranceTokens);
                continue;
            }
            foreach (var upstream in model is CheckpointModel ? used[model.Name] : [])
            {
                var facts = PretrainedModel.Describe(model.Name, Path.GetFullPath(((CheckpointModel)model).Checkpoint, folder), upstream.Rules(allLayers: false));
                sizes[model.Name] = new PretrainSizes(facts.ExtractorChannels, facts.Width, Prenet: 0, Depth: facts.Blocks, UtteranceTokens: facts.UtteranceTokens);
            }
        }
    }

    /// <summary>Values per frame and number of blocks of a model of the grid; null for signal processing.</summary>
    public (int Width, int Layers)? Size(string upstream) => sizes.TryGetValue(upstream, out var size) ? (size.Width, size.Prenet + size.Depth) : null;

    /// <summary>Seconds of an extraction by a model on one core; null where such jobs were measured, and for other jobs.</summary>
    /// <param name="speechOf">Seconds of speech by manifest hash.</param>
    public double? Seconds(NewJob job, IReadOnlyList<MeanDuration> known, Func<string, double> speechOf) =>
        job.Kind == ExtractSpec.Name && !known.Any(d => d.Kind == job.Kind && d.Corpus == job.Labels?.Corpus && d.Upstream == job.Labels?.Upstream)
            && JobSpec.FromJson(job.Kind, job.Spec) is ExtractSpec { With: null } spec && sizes.TryGetValue(spec.Upstream, out var size)
            ? PretrainCost.ExtractSeconds(size, speechOf(spec.Manifest)) : null;
}
