using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// WavLM (Chen et al., 2022): the network and the padding of HuBERT, and scores that depend on the distance of two frames. One table of
/// distances serves all layers; each layer lets through as much of it as gates say, which it reads off its input.
/// </summary>
public sealed class WavLm : SpeechTransformer
{
    private readonly GatedSelfAttention first;

    public WavLm(SpeechTransformerSizes sizes) : this(sizes, [.. Enumerable.Range(0, sizes.Depth).Select(i => new GatedSelfAttention(sizes.Width, sizes.Heads, i == 0 ? sizes.Buckets : 0))])
    {
    }

    private WavLm(SpeechTransformerSizes sizes, GatedSelfAttention[] attention) : base(sizes, i => attention[i]) => first = attention[0];

    /// <summary>Where the settings do not say so, the maximum distance is 2.5 × the buckets, as in all published models.</summary>
    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var table = shapes.Shape("encoder.layers.0.self_attn.relative_attention_bias.weight", 2);
        var sizes = SpeechTransformerSizes.Of(shapes, _ => table[1]) with
        {
            Buckets = table[0],
            MaximumDistance = shapes.Number("max_distance", "max_bucket_distance") is { } given && given > table[0] / 4 ? (int)given : table[0] * 5 / 2,
        };
        if (sizes.Buckets < 4 || sizes.Width % sizes.Heads != 0) throw shapes.Unlike($"the table of positions has {sizes.Buckets} rows and {sizes.Heads} columns");
        return sizes.Plan(shapes, () => new WavLm(sizes));
    }

    private protected override long ValidFrames(long valid, long samples, long frames) => Hubert.FramesOfParts(valid, samples, frames);

    private protected override Tensor? RelativePositions(long frames) => Positions(frames);

    /// <summary>(heads, T, T): what the table has for every query (row) and key (column).</summary>
    internal Tensor Positions(long frames)
    {
        using var scope = NewDisposeScope();
        // The bucket depends on the distance alone: one row of the table for each of −(T − 1) … T − 1, and every query takes T of them.
        var buckets = new long[2 * frames - 1];
        for (var i = 0; i < buckets.Length; i++) buckets[i] = Bucket(i - (frames - 1), Sizes.Buckets, Sizes.MaximumDistance);
        var byDistance = first.Table(tensor(buckets)).t(); // (heads, 2·T − 1)
        return byDistance.unfold(1, frames, 1).flip(1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Half of the buckets for keys that come later. Of each half the first half counts single frames, the second grows with the logarithm up to
    /// the maximum distance.
    /// </summary>
    internal static long Bucket(long distance, int buckets, int maximumDistance)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var far = Math.Abs(distance);
        var place = far < exact ? far
            : Math.Min(half - 1, exact + (long)(MathF.Log((float)far / exact) / (float)Math.Log((double)maximumDistance / exact) * (half - exact)));
        return (distance > 0 ? half : 0) + place;
    }
}

/// <summary>Self-attention whose scores are raised by relative positions times a gate for each query and head.</summary>
internal sealed class GatedSelfAttention : SelfAttention
{
    private readonly Dense gates;
    private readonly Parameter grep_a; // (1, heads, 1, 1)
    private readonly PositionTable? table;

    /// <param name="buckets">Of the table of positions, which the first layer has; 0 for the others.</param>
    internal GatedSelfAttention(int width, int heads, int buckets) : base(width, heads)
    {
        gates = Add("grep_linear", new Dense(width / heads, 8));
        grep_a = Add(nameof(grep_a), ones(1, heads, 1, 1));
        if (buckets > 0) table = Add("relative_attention_bias", new PositionTable(buckets, heads));
    }

    /// <summary>Rows of the table.</summary>
    internal Tensor Table(Tensor rows) => (table ?? throw new InvalidOperationException("only the first layer has a table of positions")).Rows(rows);

    private protected override Tensor? Bias(Tensor x, Tensor? bias, Tensor? positions)
    {
        if (positions is null) return bias;
        var (batch, frames, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var heads = x.view(batch, frames, Heads, width / Heads).transpose(1, 2); // (B, heads, T, d)
        var halves = gates.Forward(heads).view(batch, Heads, frames, 2, 4).sum(-1).sigmoid().chunk(2, -1); // (B, heads, T, 1) each
        var gate = halves[0] * (halves[1] * grep_a - 1) + 2;
        var gated = (gate * positions.unsqueeze(0)).view(batch * Heads, frames, frames);
        return bias is null ? gated : gated + bias;
    }

    private sealed class PositionTable : Layer
    {
        private readonly Parameter weight;

        internal PositionTable(int buckets, int heads) => weight = Add(nameof(weight), zeros(buckets, heads));

        internal Tensor Rows(Tensor rows) => weight.index_select(0, rows.to(weight.device));
    }
}

/// <summary>What its checkpoints hold: gates in every layer, the table of positions in the first.</summary>
internal sealed class WavLmFamily() : SpeechTransformerFamily("wavlm", "WavLM")
{
    private const string First = "encoder.layers.0.self_attn.";

    public override ImmutableArray<ImmutableArray<string>> Marks => [[.. Network, First + "grep_a", First + "relative_attention_bias"]];
    public override ImmutableArray<string> Wrappers => ["wavlm."];
    private protected override ImmutableArray<NameRow> OwnNames { get; } = NameRow.Table("""
        encoder.layers.#.attention.gru_rel_pos_linear = encoder.layers.#.self_attn.grep_linear
        encoder.layers.#.attention.gru_rel_pos_const = encoder.layers.#.self_attn.grep_a
        encoder.layers.#.attention.rel_attn_embed = encoder.layers.#.self_attn.relative_attention_bias
        """);

    public override EncoderPlan Plan(ModelShapes shapes) => WavLm.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network) =>
    [
        .. Transformer(model, network.LayerNorms), Spec(First + "relative_attention_bias.weight", 320, model.Dimension / HeadWidth),
        .. Repeat("encoder.layers", model.Layers, at => [Spec(at + "self_attn.grep_a", 1, model.Dimension / HeadWidth, 1, 1), .. Linear(at + "self_attn.grep_linear", 8, HeadWidth)]),
    ];
}
