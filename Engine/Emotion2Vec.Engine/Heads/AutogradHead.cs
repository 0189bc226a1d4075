using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion2Vec.Engine.Heads;

/// <summary>A head whose gradients are torch's: the state that a last linear layer reads, and what the layer makes of it.</summary>
internal abstract class AutogradHead(FrameSource frames, int classes) : Head(frames, classes)
{
    /// <summary>Utterances × H, with gradient where that is on.</summary>
    protected abstract Tensor States(ReadOnlySpan<int> utterances);

    /// <summary>Utterances × classes.</summary>
    protected abstract Tensor Scores(Tensor states);

    public sealed override Tensor Logits(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Scores(States(utterances)).MoveToOuterDisposeScope();
    }

    public sealed override Tensor Hidden(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return States(utterances).MoveToOuterDisposeScope();
    }

    public sealed override float AddGradients(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels, double scale)
    {
        using var scope = NewDisposeScope();
        var loss = functional.cross_entropy(Scores(States(utterances)), Labels(labels));
        (loss * scale).backward();
        return loss.item<float>();
    }
}
