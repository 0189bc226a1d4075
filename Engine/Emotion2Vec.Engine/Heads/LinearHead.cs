using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The downstream model of emotion2vec's IEMOCAP experiments: Linear(D, H) → ReLU of every frame → mean over the
/// utterance's frames → Linear(H, classes). All layers of the features are read as one row.
/// </summary>
/// <remarks>
/// Frames need no gradient, so backpropagation is written out. With A(u) the 0/1 matrix of the active units of utterance
/// u (frames × H), X(u) its frames (T × D) and S(u) = A(u)ᵀX(u):
/// <code>
/// pooled(u)    = Σ_t relu(X(u)W₁ᵀ + b₁) / T        logits = pooled W₂ᵀ + b₂
/// ∂L/∂W₁       = Σ_u diag(g(u)/T) S(u)             g = ∂L/∂pooled = (∂L/∂logits) W₂
/// ∂L/∂b₁       = Σ_u g(u)/T ∘ Σ_t A(u)
/// </code>
/// S(u) does not depend on the loss, so one visit to each utterance, while its frames and activations are in the cache,
/// serves both directions; only S(u) is kept until the batch's loss is known. Utterances are never padded.
/// </remarks>
internal sealed class LinearHead : Head
{
    private readonly Parameter w1, b1, w2, b2;

    public LinearHead(FrameSource frames, int hidden, int classes, SplitMix64 random) : base(frames, classes)
    {
        (w1, b1) = Linear("pre_net", random, frames.Row, hidden);
        (w2, b2) = Linear("post_net", random, hidden, classes);
    }

    public override Tensor Logits(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var w1t = w1.t();
        var pooled = new Tensor[utterances.Length];
        for (var i = 0; i < pooled.Length; i++)
        {
            using var inner = NewDisposeScope();
            pooled[i] = addmm(b1, Frames[utterances[i]], w1t, 1, 1).relu_().mean([0]).MoveToOuterDisposeScope();
        }
        return addmm(b2, stack(pooled), w2.t(), 1, 1).MoveToOuterDisposeScope();
    }

    public override float AddGradients(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels, double scale)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var n = utterances.Length;
        var w1t = w1.t();
        Tensor[] pooled = new Tensor[n], active = new Tensor[n], sums = new Tensor[n]; // H, H, D × H each
        for (var i = 0; i < n; i++)
        {
            using var inner = NewDisposeScope();
            var x = Frames[utterances[i]];
            var h = addmm(b1, x, w1t, 1, 1).relu_();
            var a = h.sign();
            pooled[i] = h.mean([0]).MoveToOuterDisposeScope();
            active[i] = a.sum(dim: 0).MoveToOuterDisposeScope();
            sums[i] = x.t().mm(a).MoveToOuterDisposeScope();
        }
        var p = stack(pooled);
        var logProbability = addmm(b2, p, w2.t(), 1, 1).log_softmax(1);
        var target = Labels(labels).unsqueeze(1);
        var loss = -logProbability.gather(1, target).mean();
        var dLogits = logProbability.exp_(); // (softmax − one-hot) · scale / n
        dLogits.scatter_add_(1, target, full(n, 1, -1f, float32, Frames.Device));
        dLogits.mul_((Scalar)(scale / n));
        Gradient("post_net.weight").add_(dLogits.t().mm(p));
        Gradient("post_net.bias").add_(dLogits.sum(dim: 0));
        var g = dLogits.mm(w2);
        var frames = new float[n];
        for (var i = 0; i < n; i++) frames[i] = Frames.FrameCount(utterances[i]);
        g.div_(tensor(frames, device: Frames.Device).unsqueeze(1));
        Gradient("pre_net.bias").add_(stack(active).mul_(g).sum(dim: 0));
        var rows = g.unbind(0);
        var dW1t = zeros(Frames.Row, w1.shape[0], float32, Frames.Device);
        for (var i = 0; i < n; i++) dW1t.addcmul_(sums[i], rows[i], 1);
        Gradient("pre_net.weight").add_(dW1t.t());
        return loss.item<float>();
    }
}
