using System.Runtime.InteropServices;
using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// SUPERB's emotion classifier: softmax-weighted sum of the layers (weights learned, zeros at first) → Linear(D, H)
/// without activation → mean over the utterance's frames → Linear(H, classes). Everything before the mean is linear in
/// the frames, so the mean is taken first, once per utterance: layers × D numbers replace its frames.
/// </summary>
internal sealed class SuperbHead : AutogradHead
{
    private readonly Parameter layers, projector, projectorBias, output, outputBias;
    private readonly Dictionary<int, float[]> means = [];

    public SuperbHead(FrameSource frames, int hidden, int classes, SplitMix64 random) : base(frames, classes)
    {
        layers = Add("featurizer.weights", () => 0, frames.Layers);
        (projector, projectorBias) = Linear("projector", random, frames.Dimension, hidden);
        (output, outputBias) = Linear("linear", random, hidden, classes);
    }

    protected override Tensor Scores(Tensor states) => functional.linear(states, output, outputBias);

    public override bool SeesOnlyMeans => true;

    /// <summary>After the mean over frames; there is no activation.</summary>
    protected override Tensor States(ReadOnlySpan<int> utterances)
    {
        var row = Frames.Row;
        var batch = new float[utterances.Length * row];
        for (var i = 0; i < utterances.Length; i++) Mean(utterances[i]).CopyTo(batch, i * row);
        var x = tensor(batch, [utterances.Length, Frames.Layers, Frames.Dimension], device: Frames.Device); // n × L × D
        var mixed = (x * layers.softmax(0).view(1, -1, 1)).sum(1); // n × D
        return functional.linear(mixed, projector, projectorBias);
    }

    private float[] Mean(int utterance)
    {
        ref var mean = ref CollectionsMarshal.GetValueRefOrAddDefault(means, utterance, out _);
        if (mean is not null) return mean;
        return mean = FrameMean.Of(Frames.Span(utterance), Frames.Row);
    }
}
