using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// Features by a pre-trained encoder, one utterance at a time and without padding, so that they never depend on other
/// utterances. Memory is that of the model and of the longest utterance.
/// </summary>
public sealed class ModelUpstream : IUpstream
{
    private readonly PretrainedModel model;
    private readonly FeatureRules rules;

    private ModelUpstream(string name, PretrainedModel model, FeatureRules rules) => (Name, this.model, this.rules) = (name, model, rules);

    public string Name { get; }

    /// <summary>The model's width; twice that where the mean token is appended to every frame.</summary>
    public int Dimension => rules.Tokens == FeatureRules.UtteranceAndFrames ? 2 * model.Facts.Width : model.Facts.Width;

    public int Layers => rules.Layers == FeatureRules.All ? model.Facts.Blocks + 1 : 1;

    public int MinimumSamples => model.Facts.MinimumSamples;

    /// <summary>Reads a model.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="path">A checkpoint in any format that <see cref="CheckpointFile"/> reads.</param>
    /// <param name="rules">Layers and tokens.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
    /// <exception cref="InputException">The file cannot be read, is another model, or lacks what the rules ask for.</exception>
    public static ModelUpstream Load(string name, string path, FeatureRules rules, string device)
    {
        using var file = CheckpointFile.Open(path);
        var facts = PretrainedModel.Describe(file);
        rules.Check(name, facts.Blocks, facts.UtteranceTokens);
        var model = PretrainedModel.Load(file, device);
        // The weights went through managed arrays of the same size, which nothing that follows would make the collector look at.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return new ModelUpstream(name, model, rules);
    }

    /// <summary>Row-major frames × (layers × dimension); with the token rule <c>utt</c> every token is a frame.</summary>
    public float[] Extract(ReadOnlySpan<float> waveform)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var all = model.Layers(waveform);
        var features = rules.Layers switch
        {
            FeatureRules.Last => Tokens(all[^1]),
            FeatureRules.MeanOfFour => Tokens((all[^4] + all[^3] + all[^2] + all[^1]) / 4),
            FeatureRules.All => stack(all.Select(Tokens), 1), // (T, layers, D)
            _ => Tokens(all[rules.Layer!.Value]),
        };
        return features.cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>(1, E + T, D) to rows of features.</summary>
    private Tensor Tokens(Tensor layer)
    {
        var x = layer.squeeze(0);
        var count = model.Facts.UtteranceTokens;
        var frames = x.narrow(0, count, x.shape[0] - count);
        return rules.Tokens switch
        {
            FeatureRules.Frames => frames,
            FeatureRules.Utterance => x.narrow(0, 0, count),
            _ => cat([frames, x.narrow(0, 0, count).mean([0], keepdim: true).expand(frames.shape[0], -1)], 1),
        };
    }

    public void Dispose() => model.Dispose();
}
