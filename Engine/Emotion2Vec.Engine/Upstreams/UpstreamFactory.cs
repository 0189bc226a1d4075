using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Makes the upstream of an extract job.</summary>
public static class UpstreamFactory
{
    /// <param name="home">Where models are found.</param>
    /// <param name="spec">The job.</param>
    /// <param name="device">Where a model runs: <c>cpu</c>, <c>cuda:0</c>, … Signal processing always runs on the processor.</param>
    /// <exception cref="InputException">No such upstream, no such rule, or a checkpoint that is gone, changed or does not have what is asked of it.</exception>
    public static IUpstream Create(HomeFolder home, ExtractSpec spec, string device)
    {
        if (spec.Checkpoint is { } file) return ModelUpstream.Load(spec.Upstream, CheckpointLinks.Find(home, file), spec.Rules, device);
        if (spec.Pretrain is { } job)
        {
            var path = home.Checkpoint(job);
            if (!File.Exists(path)) throw new InputException($"{path}: the checkpoint of '{spec.Upstream}' is gone; run the pretrain job {job} again");
            return ModelUpstream.Load(spec.Upstream, path, spec.Rules, device);
        }
        return Signal(spec.Upstream, spec.Layers, spec.Tokens ?? FeatureRules.Frames);
    }

    /// <summary>An upstream of signal processing.</summary>
    /// <param name="name">Name in the catalogue.</param>
    /// <param name="layers">Layer rule: <c>last</c> or <c>all</c>, which are the same.</param>
    /// <param name="tokens">Token rule: <c>frames</c>.</param>
    /// <exception cref="InputException">No such upstream or rule.</exception>
    public static IUpstream Signal(string name, string layers = FeatureRules.Last, string tokens = FeatureRules.Frames)
    {
        var known = UpstreamCatalogue.Find(name);
        known.Check(new FeatureRules(layers, tokens));
        if (known.Kind == UpstreamKind.Imported) throw new InputException($"{name}: features from files; they are read in grids, not extracted");
        if (known.Kind == UpstreamKind.Model) throw new InputException($"{name}: no checkpoint was given");
        return name switch
        {
            "fbank" => new Fbank(),
            "mfcc" => new Mfcc(),
            "mfcc39" => new Mfcc39(),
            _ => throw new InvalidOperationException($"{name} is in the catalogue, but nothing computes it"),
        };
    }
}
