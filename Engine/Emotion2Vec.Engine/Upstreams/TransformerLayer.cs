using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// A transformer layer under fairseq's names: attention and a feed-forward network, each added to its input. The norms come after
/// the sums ("post-LN": base models) or before attention and network ("pre-LN": large ones).
/// </summary>
internal sealed class TransformerLayer : Layer
{
    private readonly bool normFirst;
    private readonly SelfAttention attention;
    private readonly Dense fc1, fc2;
    private readonly Norm attentionNorm, finalNorm;

    internal TransformerLayer(SelfAttention attention, int width, int feedForward, bool normFirst = false)
    {
        this.normFirst = normFirst;
        this.attention = Add("self_attn", attention);
        attentionNorm = Add("self_attn_layer_norm", new Norm(width, 1e-5));
        fc1 = Add(nameof(fc1), new Dense(width, feedForward));
        fc2 = Add(nameof(fc2), new Dense(feedForward, width));
        finalNorm = Add("final_layer_norm", new Norm(width, 1e-5));
    }

    /// <summary>The layer's output, and that of the feed-forward network before it is added.</summary>
    /// <param name="x">(B, T, D)</param>
    /// <param name="bias">(B × heads, T, T), added to the scores: −∞ at padding; null for none.</param>
    /// <param name="dropout">Probability of dropping a value, after the attention's weights and projection and the feed-forward network.</param>
    /// <param name="positions">(heads, T, T): what <see cref="GatedSelfAttention"/> lets through by its gates; null for other layers.</param>
    internal (Tensor Output, Tensor FeedForward) Forward(Tensor x, Tensor? bias, double dropout = 0, Tensor? positions = null)
    {
        using var scope = NewDisposeScope();
        x += Drop(attention.Forward(normFirst ? attentionNorm.Forward(x) : x, bias, dropout, positions), dropout);
        if (!normFirst) x = attentionNorm.Forward(x);
        var feedForward = fc2.Forward(nn.functional.gelu(fc1.Forward(normFirst ? finalNorm.Forward(x) : x)));
        x += Drop(feedForward, dropout);
        return ((normFirst ? x : finalNorm.Forward(x)).MoveToOuterDisposeScope(), feedForward.MoveToOuterDisposeScope());
    }

    internal static Tensor Drop(Tensor x, double probability) => probability > 0 ? nn.functional.dropout(x, probability) : x;
}

/// <summary>Self-attention with four projections, each with a bias.</summary>
internal class SelfAttention : Layer
{
    private readonly Dense query, key, value, attended;

    internal SelfAttention(int width, int heads)
    {
        Heads = heads;
        key = Add("k_proj", new Dense(width, width));
        value = Add("v_proj", new Dense(width, width));
        query = Add("q_proj", new Dense(width, width));
        attended = Add("out_proj", new Dense(width, width));
    }

    private protected int Heads { get; }

    /// <param name="x">(B, T, D)</param>
    /// <param name="bias">(B × heads, T, T), added to the scores; null for none.</param>
    /// <param name="positions">(heads, T, T), for attention that gates them; null for others.</param>
    internal Tensor Forward(Tensor x, Tensor? bias, double dropout, Tensor? positions)
    {
        using var scope = NewDisposeScope();
        var mixed = Attention.Mix(
            Attention.Split(query.Forward(x), Heads), Attention.Split(key.Forward(x), Heads), Attention.Split(value.Forward(x), Heads), Bias(x, bias, positions), Heads, dropout);
        return attended.Forward(mixed).MoveToOuterDisposeScope();
    }

    private protected virtual Tensor? Bias(Tensor x, Tensor? bias, Tensor? positions) => bias;
}
