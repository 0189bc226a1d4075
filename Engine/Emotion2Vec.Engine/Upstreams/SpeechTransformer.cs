using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of a wav2vec 2.0, HuBERT or WavLM model. The defaults are base.</summary>
public sealed record SpeechTransformerSizes
{
    public static SpeechTransformerSizes Base { get; } = new();

    /// <summary>As trained on Libri-Light or more: layer norms in the extractor, norms before attention and network ("pre-LN").</summary>
    public static SpeechTransformerSizes Large { get; } = new() { Norms = ExtractorNorms.Channels, NormFirst = true, Width = 1024, Heads = 16, Depth = 24, FeedForward = 4096 };

    /// <summary>Convolutions from the waveform to frames.</summary>
    public ImmutableArray<ExtractorLayer> Extractor { get; init; } = ConvolutionalExtractor.Standard(512);

    /// <summary>What normalises their outputs.</summary>
    public ExtractorNorms Norms { get; init; } = ExtractorNorms.Time;

    /// <summary>Whether they have biases: wav2vec 2.0 large alone.</summary>
    public bool ExtractorBias { get; init; }

    /// <summary>Values per frame, a multiple of <see cref="Heads"/>.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Transformer layers.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Width of the feed-forward networks.</summary>
    public int FeedForward { get; init; } = 3072;

    /// <summary>Whether layers normalise what they read, and the last output is normalised once more; else they normalise their sums, and layer 0 is.</summary>
    public bool NormFirst { get; init; }

    /// <summary>Frames in the kernel of the positional convolution.</summary>
    public int PositionalKernel { get; init; } = 128;

    public int PositionalGroups { get; init; } = 16;

    /// <summary>WavLM: buckets of relative positions, half of them for each sign; 0 for the others.</summary>
    public int Buckets { get; init; }

    /// <summary>WavLM: the distance in frames from which on all share the last bucket.</summary>
    public int MaximumDistance { get; init; }

    /// <summary>Fewest samples that give a frame.</summary>
    public int MinimumSamples => ConvolutionalExtractor.MinimumSamples(Extractor);

    /// <summary>From a checkpoint. Where its settings do not say so, layers with norms in the extractor go with norms first.</summary>
    /// <param name="heads">Attention heads, by the width.</param>
    internal static SpeechTransformerSizes Of(ModelShapes shapes, Func<int, int> heads)
    {
        var width = shapes.Shape("post_extract_proj.weight", 2)[0];
        var positions = shapes.Shape("encoder.pos_conv.0.weight_v", 3);
        var norms = shapes.Has("feature_extractor.conv_layers.0.2.1.weight") ? ExtractorNorms.Channels : ExtractorNorms.Time;
        return new()
        {
            Extractor = shapes.Extractor("feature_extractor.", i => i == 0 ? 5 : 2),
            Norms = norms,
            ExtractorBias = shapes.Has("feature_extractor.conv_layers.0.0.bias"),
            Width = width,
            Heads = heads(width),
            Depth = shapes.Run("encoder.layers.", ".fc1.weight"),
            FeedForward = shapes.Shape("encoder.layers.0.fc1.weight", 2)[0],
            NormFirst = shapes.Flag("layer_norm_first", "do_stable_layer_norm") ?? norms == ExtractorNorms.Channels,
            PositionalKernel = positions[2],
            PositionalGroups = width / positions[1],
        };
    }

    /// <summary>The plan of a model of these sizes. Where the settings do not say so, the input is normalised where the extractor's layers are.</summary>
    internal EncoderPlan Plan(ModelShapes shapes, Func<nn.Module> make) =>
        new(Depth, Width, Extractor[^1].Channels, MinimumSamples, shapes.Flag("normalize") ?? Norms == ExtractorNorms.Channels, make);
}

/// <summary>What a transformer made of a batch; every tensor is (B, T, D).</summary>
/// <param name="Input">What enters the first layer: layer 0.</param>
/// <param name="Layers">Outputs of all layers, 1, 2, …; the last one normalised once more where norms come first.</param>
/// <param name="ValidFrames">Of each utterance; empty where none is padded.</param>
public sealed record SpeechTransformerOutputs(Tensor Input, IReadOnlyList<Tensor> Layers, long[] ValidFrames);

/// <summary>
/// What wav2vec 2.0, HuBERT and WavLM share under the names of their public checkpoints: extractor, projection, a positional convolution and
/// transformer layers, without what only pre-training uses. Shapes in comments: B utterances, T frames, D the width.
/// </summary>
public abstract class SpeechTransformer : Layer, IEncoder
{
    private readonly ConvolutionalExtractor extractor;
    private readonly Dense projection;
    private readonly WeightNormPositions positions;
    private readonly TransformerLayer[] layers;
    private readonly Norm projectionNorm, encoderNorm;

    private protected SpeechTransformer(SpeechTransformerSizes sizes, Func<int, SelfAttention> attention)
    {
        Sizes = sizes;
        var channels = sizes.Extractor[^1].Channels;
        extractor = Add("feature_extractor", new ConvolutionalExtractor(sizes.Extractor, 1e-5, sizes.Norms, sizes.ExtractorBias));
        projection = Add("post_extract_proj", new Dense(channels, sizes.Width));
        positions = new WeightNormPositions(sizes.Width, sizes.PositionalKernel, sizes.PositionalGroups);
        layers = [.. Enumerable.Range(0, sizes.Depth).Select(i => new TransformerLayer(attention(i), sizes.Width, sizes.FeedForward, sizes.NormFirst))];
        encoderNorm = new Norm(sizes.Width, 1e-5);
        Add("encoder", new Named(("pos_conv", new Named(("0", positions))), ("layers", Named.List(layers)), ("layer_norm", encoderNorm)));
        projectionNorm = Add("layer_norm", new Norm(channels, 1e-5));
    }

    public SpeechTransformerSizes Sizes { get; }

    IReadOnlyList<Tensor> IEncoder.Layers(Tensor waveform)
    {
        var outputs = Forward(waveform);
        return [outputs.Input, .. outputs.Layers];
    }

    /// <summary>Features of waveforms, normalised before any padding if the model wants that.</summary>
    /// <param name="waveforms">(B, samples), 16 kHz.</param>
    /// <param name="validSamples">Of each utterance, where shorter ones are padded with zeros; empty where none is. A padded utterance has other features than
    /// alone: base models normalise over the time of the whole row, padding included.</param>
    /// <param name="watch">Sees the stages: conv0 …, conv, ln, proj, pos_conv, layer0, layer1 …</param>
    public SpeechTransformerOutputs Forward(Tensor waveforms, ReadOnlySpan<long> validSamples = default, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var x = extractor.Forward(waveforms, watch); // (B, T, channels)
        watch?.Invoke("conv", x);
        x = projectionNorm.Forward(x);
        watch?.Invoke("ln", x);
        x = projection.Forward(x);
        watch?.Invoke("proj", x);

        var (batch, frames) = (x.shape[0], x.shape[1]);
        var valid = new long[validSamples.Length];
        for (var i = 0; i < valid.Length; i++) valid[i] = ValidFrames(validSamples[i], waveforms.shape[1], frames);
        var bias = Attention.PaddingBias(valid, frames, x);
        if (bias is not null)
        {
            x = x.masked_fill(bias.view(batch, frames, 1).isinf(), 0);
            bias = bias.expand(batch, Sizes.Heads, frames, frames).reshape(batch * Sizes.Heads, frames, frames);
        }
        var added = positions.Forward(x);
        watch?.Invoke("pos_conv", added);
        x += added;
        if (!Sizes.NormFirst) x = encoderNorm.Forward(x);

        var input = x;
        var relative = RelativePositions(frames);
        var outputs = new List<Tensor>();
        foreach (var layer in layers)
        {
            (x, var network) = layer.Forward(x, bias, positions: relative);
            network.Dispose();
            watch?.Invoke($"layer{outputs.Count}", x);
            outputs.Add(x);
        }
        if (Sizes.NormFirst) outputs[^1] = encoderNorm.Forward(x);
        foreach (var kept in outputs.Append(input)) kept.MoveToOuterDisposeScope();
        return new(input, outputs, valid);
    }

    /// <summary>Frames of an utterance that are not padding.</summary>
    /// <param name="valid">Its samples without the padding.</param>
    /// <param name="samples">With it.</param>
    /// <param name="frames">Of the padded row.</param>
    private protected abstract long ValidFrames(long valid, long samples, long frames);

    /// <summary>(heads, T, T): what scores of relative positions are added, before gating; null for none.</summary>
    private protected virtual Tensor? RelativePositions(long frames) => null;

    /// <summary>
    /// Positions by one grouped convolution and GELU, of an even kernel without the last frame. Its weight is g·v/‖v‖ with one g and one norm
    /// for each tap of the kernel.
    /// </summary>
    private sealed class WeightNormPositions : Layer
    {
        private readonly long kernel, groups;
        private readonly Parameter bias, weight_g, weight_v;

        internal WeightNormPositions(int channels, int kernel, int groups)
        {
            (this.kernel, this.groups) = (kernel, groups);
            bias = Add(nameof(bias), zeros(channels));
            weight_g = Add(nameof(weight_g), ones(1, 1, kernel));
            weight_v = Add(nameof(weight_v), ones(channels, channels / groups, kernel));
        }

        internal Tensor Forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var weight = weight_v * (weight_g / (weight_v * weight_v).sum([0, 1], keepdim: true).sqrt());
            var y = nn.functional.conv1d(x.transpose(1, 2), weight, bias, padding: kernel / 2, groups: groups).transpose(1, 2);
            if (kernel % 2 == 0) y = y.narrow(1, 0, y.shape[1] - 1);
            return nn.functional.gelu(y).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>What checkpoints of data2vec 1.0, wav2vec 2.0, HuBERT and WavLM have in common.</summary>
internal abstract class SpeechTransformerFamily(string name, string title) : EncoderFamily(name, title)
{
    private static readonly ImmutableArray<NameRow> CommonNames = NameRow.Table("""
        masked_spec_embed = mask_emb
        feature_extractor.conv_layers.#.conv = feature_extractor.conv_layers.#.0
        feature_projection.layer_norm = layer_norm
        feature_projection.projection = post_extract_proj
        encoder.pos_conv_embed.conv = encoder.pos_conv.0
        encoder.layers.#.attention = encoder.layers.#.self_attn
        encoder.layers.#.layer_norm = encoder.layers.#.self_attn_layer_norm
        encoder.layers.#.feed_forward.intermediate_dense = encoder.layers.#.fc1
        encoder.layers.#.feed_forward.output_dense = encoder.layers.#.fc2
        """);

    // Large models and data2vec normalise every layer of the extractor over channels, the others the first one over time.
    private static readonly NameRow OverChannels = new("feature_extractor.conv_layers.#.layer_norm", "feature_extractor.conv_layers.#.2.1");
    private static readonly NameRow OverTime = new("feature_extractor.conv_layers.#.layer_norm", "feature_extractor.conv_layers.#.2");

    /// <summary>Marks of all of them.</summary>
    private protected static ImmutableArray<string> Network { get; } = ["feature_extractor.conv_layers.", "encoder.layers."];

    public override ImmutableArray<string> OnlyForPretraining => ["mask_emb"];

    /// <summary>Files in Hugging Face's names may have biases in the extractor where the original has none.</summary>
    public override bool MayHave(string name) => name.StartsWith(Network[0], StringComparison.Ordinal) && name.EndsWith(".0.bias", StringComparison.Ordinal);

    /// <summary>Hugging Face's names for what the others do not have.</summary>
    private protected virtual ImmutableArray<NameRow> OwnNames => [];

    public sealed override HuggingFaceNames HuggingFace => new(["feature_projection.", "encoder.pos_conv_embed."], has =>
        [.. CommonNames, .. OwnNames, has("feature_extractor.conv_layers.1.layer_norm.weight") || has("feature_extractor.conv_layers.0.2.1.weight") ? OverChannels : OverTime]);

    /// <summary>Extractor, positional convolution and layers.</summary>
    /// <param name="channelNorms">Whether every convolution of the extractor is normalised over channels.</param>
    /// <param name="positions">The positional convolution; null = one, with its weight normalised.</param>
    private protected static IEnumerable<TensorSpec> Transformer(Upstream model, bool channelNorms, bool extractorBias = false, IEnumerable<TensorSpec>? positions = null)
    {
        var (dim, sizes) = (model.Dimension, SpeechTransformerSizes.Base);
        var (channels, kernel) = (sizes.Extractor[^1].Channels, sizes.PositionalKernel);
        return
        [
            Spec("mask_emb", dim), .. ConvolutionalExtractor.Tensors("feature_extractor.", channelNorms, extractorBias), .. Linear("post_extract_proj", dim, channels),
            .. positions ?? [Spec("encoder.pos_conv.0.bias", dim), Spec("encoder.pos_conv.0.weight_g", 1, 1, kernel), Spec("encoder.pos_conv.0.weight_v", dim, dim / sizes.PositionalGroups, kernel)],
            .. Repeat("encoder.layers", model.Layers, at =>
            [
                .. Linear(at + "self_attn.k_proj", dim, dim), .. Linear(at + "self_attn.v_proj", dim, dim),
                .. Linear(at + "self_attn.q_proj", dim, dim), .. Linear(at + "self_attn.out_proj", dim, dim),
                .. Norm(at + "self_attn_layer_norm", dim), .. Linear(at + "fc1", 4 * dim, dim), .. Linear(at + "fc2", dim, 4 * dim),
                .. Norm(at + "final_layer_norm", dim),
            ]),
            .. Norm("encoder.layer_norm", dim), .. Norm("layer_norm", channels),
        ];
    }
}
