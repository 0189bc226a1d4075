using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp.Modules;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of a data2vec 1.0 audio model. The defaults are base: 93,754,880 parameters.</summary>
public sealed record Data2Vec1Sizes
{
    public static Data2Vec1Sizes Base { get; } = new();

    /// <summary>Convolutions from the waveform to frames.</summary>
    public ImmutableArray<ExtractorLayer> Extractor { get; init; } = ConvolutionalExtractor.Standard(512);

    /// <summary>Values per frame, a multiple of <see cref="Heads"/>.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Transformer layers.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Width of the feed-forward networks.</summary>
    public int FeedForward { get; init; } = 3072;

    /// <summary>Learned tokens before the frames: 0 as published; emotion2vec "from data2vec" has them.</summary>
    public int UtteranceTokens { get; init; }

    /// <summary>Positional convolutions, one after the other.</summary>
    public int PositionalDepth { get; init; } = 5;

    public int PositionalKernel { get; init; } = PositionalConvolution.Kernel(95, 5);

    public int PositionalGroups { get; init; } = 16;

    /// <summary>Fewest samples that give a frame.</summary>
    public int MinimumSamples => ConvolutionalExtractor.MinimumSamples(Extractor);

    /// <summary>From a checkpoint, with or without the parts of pre-training.</summary>
    internal static Data2Vec1Sizes Of(ModelShapes shapes)
    {
        var positions = shapes.Shape("encoder.pos_conv.0.0.weight", 3);
        var width = shapes.Shape("post_extract_proj.weight", 2)[0];
        return Base with
        {
            Extractor = shapes.Extractor("feature_extractor.", i => i == 0 ? 5 : 2),
            Width = width,
            Heads = shapes.Heads("data2vec", width),
            Depth = shapes.Run("encoder.layers.", ".fc1.weight"),
            FeedForward = shapes.Shape("encoder.layers.0.fc1.weight", 2)[0],
            UtteranceTokens = shapes.Has("encoder.extra_tokens") ? shapes.Shape("encoder.extra_tokens", 3)[1] : 0,
            PositionalDepth = shapes.Run("encoder.pos_conv.", ".0.weight"),
            PositionalKernel = positions[2],
            PositionalGroups = width / positions[1],
        };
    }
}

/// <summary>What an encoder made of a batch; every tensor is (B, E + T, D): the tokens stand before the frames.</summary>
/// <param name="Tokens">E, the number of utterance tokens.</param>
/// <param name="Input">What enters the first layer: layer 0.</param>
/// <param name="Last">Output of the last layer.</param>
/// <param name="Layers">Outputs of all layers, 1, 2, …</param>
/// <param name="FeedForward">Outputs of their feed-forward networks, before the residual and the norm.</param>
public sealed record Data2Vec1Outputs(int Tokens, Tensor Input, Tensor Last, IReadOnlyList<Tensor> Layers, IReadOnlyList<Tensor> FeedForward)
{
    /// <summary>The frames of one of these tensors: (B, T, D), a view.</summary>
    public Tensor Frames(Tensor layer) => Tokens == 0 ? layer : layer.narrow(1, Tokens, layer.shape[1] - Tokens);

    /// <summary>The utterance tokens of one of these tensors: (B, E, D), a view.</summary>
    public Tensor Utterance(Tensor layer) => layer.narrow(1, 0, Tokens);

    internal Data2Vec1Outputs MoveToOuterDisposeScope()
    {
        foreach (var tensor in new HashSet<Tensor>([Input, Last, .. Layers, .. FeedForward], ReferenceEqualityComparer.Instance))
            tensor.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// data2vec 1.0 audio (Baevski et al., 2022): the extractor of data2vec 2.0, masked frames replaced by a learned vector,
/// and a transformer without relative positions. Names as in the public checkpoints; the utterance tokens that emotion2vec
/// adds when it starts from data2vec (Table 8 of its paper) are ours, since no public code has them.
/// Shapes in comments: B utterances, T frames, E tokens, D the width of the encoder.
/// </summary>
public sealed class Data2Vec1Audio : Layer, IEncoder
{
    private readonly ConvolutionalExtractor extractor;
    private readonly Norm projectionNorm;
    private readonly Dense projection;
    private readonly Dense? finalProjection;
    private readonly Parameter? mask_emb; // (D)

    /// <param name="pretraining">With the mask vector and the final projection, which features do not need.</param>
    public Data2Vec1Audio(Data2Vec1Sizes sizes, bool pretraining = false)
    {
        Sizes = sizes;
        var channels = sizes.Extractor[^1].Channels;
        if (pretraining) mask_emb = Add(nameof(mask_emb), zeros(sizes.Width));
        extractor = Add("feature_extractor", new ConvolutionalExtractor(sizes.Extractor, 1e-5));
        projection = Add("post_extract_proj", new Dense(channels, sizes.Width));
        Encoder = Add("encoder", new Data2Vec1Encoder(sizes));
        projectionNorm = Add("layer_norm", new Norm(channels, 1e-5));
        if (pretraining) finalProjection = Add("final_proj", new Dense(sizes.Width, sizes.Width));
    }

    public Data2Vec1Sizes Sizes { get; }

    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = Data2Vec1Sizes.Of(shapes);
        return new(sizes.Depth, sizes.Width, sizes.Extractor[^1].Channels, sizes.MinimumSamples, shapes.Flag("normalize") ?? true, () => new Data2Vec1Audio(sizes), sizes.UtteranceTokens);
    }

    IReadOnlyList<Tensor> IEncoder.Layers(Tensor waveform)
    {
        var outputs = Forward(waveform);
        return [outputs.Input, .. outputs.Layers];
    }

    /// <summary>The part that a teacher averages.</summary>
    public Data2Vec1Encoder Encoder { get; }

    /// <summary>Features of waveforms, each normalised to mean 0 and variance 1 by itself before any padding.</summary>
    /// <param name="waveforms">(B, samples), 16 kHz.</param>
    /// <param name="validSamples">Of each utterance, where shorter ones are padded with zeros; null where none is.</param>
    /// <param name="watch">Sees the stages: conv0 …, proj_ln, projected, pos_layer0 …, pos, block0, block0_ffn_target …</param>
    public Data2Vec1Outputs Forward(Tensor waveforms, ReadOnlySpan<long> validSamples = default, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        return Encoder.Forward(LocalFeatures(waveforms, watch), Frames(validSamples), watch).MoveToOuterDisposeScope();
    }

    /// <summary>Frames that come of each number of samples.</summary>
    public long[] Frames(ReadOnlySpan<long> samples)
    {
        var frames = new long[samples.Length];
        for (var i = 0; i < frames.Length; i++) frames[i] = ConvolutionalExtractor.Frames(Sizes.Extractor, samples[i]);
        return frames;
    }

    /// <summary>Extractor and projection: (B, samples) to (B, T, D).</summary>
    public Tensor LocalFeatures(Tensor waveforms, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var x = projectionNorm.Forward(extractor.Forward(waveforms, watch)); // (B, T, 512)
        watch?.Invoke("proj_ln", x);
        x = projection.Forward(x);
        watch?.Invoke("projected", x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Local features with the learned vector in the place of masked frames.</summary>
    /// <param name="local">(B, T, D)</param>
    /// <param name="mask">(B, T), true where masked.</param>
    public Tensor Mask(Tensor local, Tensor mask) => where(mask.unsqueeze(2), mask_emb ?? throw NotForPretraining(), local);

    /// <summary>The prediction for masked frames: (frames, D) to (frames, D).</summary>
    public Tensor Predict(Tensor x) => (finalProjection ?? throw NotForPretraining()).Forward(x);

    private static InvalidOperationException NotForPretraining() => new("the model was made without the parts of pre-training");
}

/// <summary>Positions and transformer layers of data2vec 1.0.</summary>
public sealed class Data2Vec1Encoder : Layer
{
    private readonly Data2Vec1Sizes sizes;
    private readonly PositionalConvolution positions;
    private readonly Norm norm;
    private readonly TransformerLayer[] layers;
    private readonly Parameter? extra_tokens; // (1, E, D)

    internal Data2Vec1Encoder(Data2Vec1Sizes sizes)
    {
        this.sizes = sizes;
        if (sizes.UtteranceTokens > 0) extra_tokens = Add(nameof(extra_tokens), zeros(1, sizes.UtteranceTokens, sizes.Width));
        positions = Add("pos_conv", new PositionalConvolution(sizes.Width, sizes.PositionalDepth, sizes.PositionalKernel, sizes.PositionalGroups, 1e-5, first: 0));
        layers = [.. Enumerable.Range(0, sizes.Depth).Select(_ => new TransformerLayer(new SelfAttention(sizes.Width, sizes.Heads), sizes.Width, sizes.FeedForward))];
        Add("layers", Named.List(layers));
        norm = Add("layer_norm", new Norm(sizes.Width, 1e-5));
    }

    /// <summary>Probability of dropping a value, after the attention's weights and projection, the feed-forward network and the first norm; only in training mode.</summary>
    public double Dropout { get; set; }

    /// <summary>Probability of leaving out a layer; only in training mode.</summary>
    public double LayerDrop { get; set; }

    /// <summary>Numbers in [0, 1) that decide which layers are left out; needed where <see cref="LayerDrop"/> is not 0.</summary>
    public Func<double>? BlockDraw { get; set; }

    /// <param name="x">(B, T, D): local features, masked or not.</param>
    /// <param name="validFrames">Of each utterance; empty where none is padded. Padded frames are zeroed and never attended to.</param>
    /// <param name="watch">Sees pos, block0, block0_ffn_target …</param>
    public Data2Vec1Outputs Forward(Tensor x, ReadOnlySpan<long> validFrames = default, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var (batch, frames, dropout) = (x.shape[0], x.shape[1], training ? Dropout : 0);
        var bias = validFrames.IsEmpty ? null : Attention.PaddingBias(validFrames, frames, x);
        if (bias is not null)
        {
            x = x.masked_fill(bias.view(batch, frames, 1).isinf(), 0);
            var all = sizes.UtteranceTokens + frames;
            bias = nn.functional.pad(bias, (sizes.UtteranceTokens, 0)).expand(batch, sizes.Heads, all, all).reshape(batch * sizes.Heads, all, all);
        }
        var added = positions.Forward(x, watch);
        watch?.Invoke("pos", added);
        x += added;
        if (extra_tokens is not null) x = cat([extra_tokens.expand(batch, -1, -1), x], 1); // (B, E + T, D)
        x = TransformerLayer.Drop(norm.Forward(x), dropout);
        var input = x;

        List<Tensor> outputs = [], targets = [];
        foreach (var layer in layers)
        {
            if (training && LayerDrop > 0 && (BlockDraw ?? throw new InvalidOperationException("layers are to be left out, but nothing draws which")).Invoke() <= LayerDrop) continue;
            (x, var target) = layer.Forward(x, bias, dropout);
            outputs.Add(x);
            targets.Add(target);
            watch?.Invoke($"block{outputs.Count - 1}", x);
            watch?.Invoke($"block{outputs.Count - 1}_ffn_target", target);
        }
        return new Data2Vec1Outputs(sizes.UtteranceTokens, input, x, outputs, targets).MoveToOuterDisposeScope();
    }
}

/// <summary>What its checkpoints hold: five positional convolutions, and a head that predicts the teacher.</summary>
internal sealed class Data2Vec1Family() : SpeechTransformerFamily("data2vec", "data2vec 1.0")
{
    public override ImmutableArray<ImmutableArray<string>> Marks => [[.. Network, "encoder.pos_conv.0.0.weight", "encoder.pos_conv.1.0.weight"]];
    public override ImmutableArray<string> OnlyForPretraining => [.. base.OnlyForPretraining, "final_proj."];
    public override ImmutableArray<string> Wrappers => ["data2vec_audio."];
    private protected override ImmutableArray<NameRow> OwnNames { get; } = NameRow.Table("encoder.pos_conv_embed.layers.#.conv = encoder.pos_conv.#.0");

    /// <summary>Older checkpoints have the head as one of several.</summary>
    public override CheckpointTensor Modern(CheckpointTensor tensor) =>
        tensor.Name.StartsWith("final_proj.0.", StringComparison.Ordinal) ? tensor.Renamed("final_proj." + tensor.Name["final_proj.0.".Length..]) : tensor;

    public override EncoderPlan Plan(ModelShapes shapes) => Data2Vec1Audio.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network)
    {
        var (dim, sizes) = (model.Dimension, Data2Vec1Sizes.Base);
        return
        [
            .. Transformer(model, channelNorms: true, positions: Enumerable.Range(0, sizes.PositionalDepth).SelectMany(i => Convolution($"encoder.pos_conv.{i}.0", dim, dim / sizes.PositionalGroups, sizes.PositionalKernel))),
            .. Linear("final_proj", dim, dim),
        ];
    }
}
