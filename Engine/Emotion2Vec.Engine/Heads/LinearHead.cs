using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The downstream model of emotion2vec's IEMOCAP experiments: Linear(D, H) → ReLU of every frame → mean over the
/// utterance's frames → Linear(H, classes). All layers of the features are read as one row.
/// </summary>
/// <remarks>Frames need no gradient, so backpropagation is written out: the frames' part in <see cref="FramePooling"/>, the rest here.</remarks>
internal sealed class LinearHead : Head
{
    private readonly Parameter w1, b1, w2, b2;

    private readonly FramePooling pooling;

    /// <param name="frames">Features.</param>
    /// <param name="hidden">H.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="random">Draws the initial weights.</param>
    /// <param name="pooling">How frames are pooled; null = the fastest way on their device.</param>
    public LinearHead(FrameSource frames, int hidden, int classes, SplitMix64 random, FramePooling? pooling = null) : base(frames, classes)
    {
        (w1, b1) = Linear("pre_net", random, frames.Row, hidden);
        (w2, b2) = Linear("post_net", random, hidden, classes);
        this.pooling = pooling ?? FramePooling.Create(frames, hidden);
    }

    public override Tensor Logits(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return addmm(b2, pooling.Forward(utterances, w1, b1, keep: false), w2.t(), 1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>After the ReLU and the mean over frames.</summary>
    public override Tensor Hidden(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        return pooling.Forward(utterances, w1, b1, keep: false);
    }

    public override float AddGradients(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels, double scale)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var pooled = pooling.Forward(utterances, w1, b1, keep: true); // n × H
        var logProbability = addmm(b2, pooled, w2.t(), 1, 1).log_softmax(1);
        var target = Labels(labels).unsqueeze(1);
        var loss = -logProbability.gather(1, target).mean();

        var dLogits = logProbability.exp_(); // (softmax − one-hot) · scale / n
        dLogits.scatter_add_(1, target, full(utterances.Length, 1, -1f, float32, Frames.Device));
        dLogits.mul_((Scalar)(scale / utterances.Length));
        Gradient("post_net.weight").add_(dLogits.t().mm(pooled));
        Gradient("post_net.bias").add_(dLogits.sum(dim: 0));
        pooling.Backward(dLogits.mm(w2), Gradient("pre_net.weight"), Gradient("pre_net.bias"));
        return loss.item<float>();
    }

    public override void Dispose()
    {
        pooling.Dispose();
        base.Dispose();
    }
}
