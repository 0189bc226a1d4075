using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Pooling by torch's operators, on any device. With A(u) the activations (T × H) and X(u) the frames (T × D), the sums
/// S(u) = X(u)ᵀA(u) do not depend on the loss: one visit to each utterance serves both directions, and only S(u) is kept.
/// </summary>
internal sealed class TorchPooling(FrameSource frames) : FramePooling
{
    private readonly List<(Tensor Active, Tensor Sums, int Frames)> kept = []; // H, D × H

    public override Tensor Forward(ReadOnlySpan<int> utterances, Tensor weight, Tensor bias, bool keep)
    {
        Forget();
        using var scope = NewDisposeScope();
        var transposed = weight.t();
        var pooled = new Tensor[utterances.Length];
        for (var i = 0; i < pooled.Length; i++)
        {
            using var inner = NewDisposeScope();
            var x = frames[utterances[i]];
            var h = addmm(bias, x, transposed, 1, 1).relu_();
            pooled[i] = h.mean([0]).MoveToOuterDisposeScope();
            if (!keep) continue;
            var active = h.sign();
            kept.Add((active.sum(dim: 0).DetachFromDisposeScope(), x.t().mm(active).DetachFromDisposeScope(), (int)x.shape[0]));
        }
        return stack(pooled).MoveToOuterDisposeScope();
    }

    public override void Backward(Tensor g, Tensor weightGradient, Tensor biasGradient)
    {
        using var scope = NewDisposeScope();
        var transposed = zeros_like(weightGradient.t());
        for (var i = 0; i < kept.Count; i++)
        {
            var row = g[i] / kept[i].Frames;
            biasGradient.addcmul_(kept[i].Active, row, 1);
            transposed.addcmul_(kept[i].Sums, row, 1);
        }
        weightGradient.add_(transposed.t());
        Forget();
    }

    private void Forget()
    {
        foreach (var (active, sums, _) in kept)
        {
            active.Dispose();
            sums.Dispose();
        }
        kept.Clear();
    }

    public override void Dispose() => Forget();
}
