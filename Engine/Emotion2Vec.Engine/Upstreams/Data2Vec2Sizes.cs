using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of a data2vec 2.0 audio or emotion2vec model. The defaults are data2vec 2.0 base.</summary>
public sealed record Data2Vec2Sizes
{
    /// <summary>data2vec 2.0 audio, base: 93,783,308 parameters with the decoder.</summary>
    public static Data2Vec2Sizes Base { get; } = new();

    /// <summary>data2vec 2.0 audio, large.</summary>
    public static Data2Vec2Sizes Large { get; } = new() { Width = 1024, Heads = 16, Prenet = 8, Depth = 16, DecoderChannels = 768 };

    /// <summary>emotion2vec, base: data2vec 2.0 base and ten utterance tokens; 93,790,988 parameters with the decoder.</summary>
    public static Data2Vec2Sizes Emotion2Vec { get; } = Base with { UtteranceTokens = 10 };

    /// <summary>emotion2vec with the large encoder (of the "plus" family).</summary>
    public static Data2Vec2Sizes Emotion2VecLarge { get; } = Large with { UtteranceTokens = 10 };

    /// <summary>Convolutions from the waveform to frames.</summary>
    public ImmutableArray<ExtractorLayer> Extractor { get; init; } = ConvolutionalExtractor.Standard(512);

    /// <summary>Values per frame, a multiple of <see cref="Heads"/>.</summary>
    public int Width { get; init; } = 768;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Blocks of the context encoder; their outputs never enter a target.</summary>
    public int Prenet { get; init; } = 4;

    /// <summary>Main blocks.</summary>
    public int Depth { get; init; } = 8;

    /// <summary>Width of the feed-forward networks, in multiples of <see cref="Width"/>.</summary>
    public int FeedForwardRatio { get; init; } = 4;

    /// <summary>Learned tokens before the frames; 0 in data2vec 2.0, 10 in emotion2vec.</summary>
    public int UtteranceTokens { get; init; }

    /// <summary>Positional convolutions, one after the other.</summary>
    public int PositionalDepth { get; init; } = 5;

    /// <summary>Frames in the kernel of each: what a span of 95 frames leaves for five.</summary>
    public int PositionalKernel { get; init; } = PositionalConvolution.Kernel(95, 5);

    public int PositionalGroups { get; init; } = 16;

    /// <summary>Convolutions of the decoder.</summary>
    public int DecoderDepth { get; init; } = 4;

    public int DecoderChannels { get; init; } = 384;

    public int DecoderKernel { get; init; } = 7;

    public int DecoderGroups { get; init; } = 16;

    /// <summary>Of the norms in the blocks; all others have 1e-5.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Fewest samples that give a frame.</summary>
    public int MinimumSamples => ConvolutionalExtractor.MinimumSamples(Extractor);

    /// <summary>From a checkpoint, with or without the decoder.</summary>
    internal static Data2Vec2Sizes Of(ModelShapes shapes)
    {
        const string audio = "modality_encoders.AUDIO.";
        var width = shapes.Shape(audio + "project_features.2.weight", 2)[0];
        var positions = shapes.Shape(audio + "relative_positional_encoder.1.0.weight", 3);
        var sizes = Base with
        {
            Extractor = shapes.Extractor(audio + "local_encoder.", i => i == 0 ? 5 : 2),
            Width = width,
            Heads = shapes.Shape(audio + "alibi_scale", 5)[2],
            Prenet = shapes.Run(audio + "context_encoder.blocks.", ".norm1.weight"),
            Depth = shapes.Run("blocks.", ".norm1.weight"),
            FeedForwardRatio = shapes.Shape("blocks.0.mlp.fc1.weight", 2)[0] / width,
            UtteranceTokens = shapes.Has(audio + "extra_tokens") ? shapes.Shape(audio + "extra_tokens", 3)[1] : 0,
            PositionalDepth = shapes.Run(audio + "relative_positional_encoder.", ".0.weight", first: 1),
            PositionalKernel = positions[2],
            PositionalGroups = width / positions[1],
            NormEpsilon = shapes.Number("norm_eps") is { } epsilon and > 0 and < 1 ? epsilon : Base.NormEpsilon,
        };
        if (!shapes.Has(audio + "decoder.blocks.0.0.weight")) return sizes;
        var decoder = shapes.Shape(audio + "decoder.blocks.0.0.weight", 3);
        return sizes with
        {
            DecoderDepth = shapes.Run(audio + "decoder.blocks.", ".0.weight"), DecoderChannels = decoder[0], DecoderKernel = decoder[2], DecoderGroups = width / decoder[1],
        };
    }

    /// <summary>Sizes do not depend on how the list of layers is held.</summary>
    public bool Equals(Data2Vec2Sizes? other) => other is not null && Extractor.SequenceEqual(other.Extractor) && Rest == other.Rest;

    public override int GetHashCode() => Rest.GetHashCode();

    private (int, int, int, int, int, int, (int, int, int), (int, int, int, int), double) Rest =>
        (Width, Heads, Prenet, Depth, FeedForwardRatio, UtteranceTokens, (PositionalDepth, PositionalKernel, PositionalGroups),
            (DecoderDepth, DecoderChannels, DecoderKernel, DecoderGroups), NormEpsilon);
}

/// <summary>What training drops, as probabilities in [0, 1). The defaults are those of the public runs.</summary>
/// <param name="Encoder">After the projection of the attention.</param>
/// <param name="Attention">Of the attention weights.</param>
/// <param name="PostFeedForward">After the feed-forward network.</param>
/// <param name="Activation">Inside it.</param>
/// <param name="Prenet">After the norm before the context encoder.</param>
/// <param name="DecoderInput">Of the encoder's output, tokens included.</param>
/// <param name="LayerDrop">Of whole main blocks.</param>
/// <param name="PrenetLayerDrop">Of whole blocks of the context encoder.</param>
public sealed record Data2Vec2Dropout(
    double Encoder = 0.1, double Attention = 0.1, double PostFeedForward = 0.1, double Activation = 0,
    double Prenet = 0.1, double DecoderInput = 0.1, double LayerDrop = 0.05, double PrenetLayerDrop = 0.05)
{
    public static Data2Vec2Dropout None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>What checkpoints of data2vec 2.0 hold; emotion2vec's have utterance tokens besides.</summary>
internal class Data2Vec2Family(string name, string title) : EncoderFamily(name, title)
{
    private protected const string Audio = "modality_encoders.AUDIO.";

    public Data2Vec2Family() : this("data2vec2", "data2vec 2.0")
    {
    }

    public override ImmutableArray<ImmutableArray<string>> Marks => [[Audio]];
    public override ImmutableArray<string> OnlyForPretraining => [Audio + "decoder."];

    /// <summary>Checkpoints of its first days lack the leading dimension of layers in the slopes' scale.</summary>
    public override CheckpointTensor Modern(CheckpointTensor tensor) => tensor.Name == Audio + "alibi_scale" && tensor.Shape.Length == 4 ? tensor.Unsqueezed() : tensor;

    public override EncoderPlan Plan(ModelShapes shapes) => Data2Vec2Audio.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network)
    {
        var (dim, decoder, sizes) = (model.Dimension, network.Decoder, Data2Vec2Sizes.Base);
        var channels = sizes.Extractor[^1].Channels;
        return
        [
            Spec(Audio + "alibi_scale", 1, 1, dim / HeadWidth, 1, 1),
            .. ConvolutionalExtractor.Tensors(Audio + "local_encoder.", channelNorms: true),
            .. Norm(Audio + "project_features.1", channels), .. Linear(Audio + "project_features.2", dim, channels),
            .. Enumerable.Range(1, sizes.PositionalDepth).SelectMany(i => Convolution(Audio + $"relative_positional_encoder.{i}.0", dim, dim / sizes.PositionalGroups, sizes.PositionalKernel)),
            .. Repeat(Audio + "context_encoder.blocks", network.Prenet, Block), .. Norm(Audio + "context_encoder.norm", dim),
            .. Enumerable.Range(0, sizes.DecoderDepth).SelectMany(i => Convolution(Audio + $"decoder.blocks.{i}.0", decoder, (i == 0 ? dim : decoder) / sizes.DecoderGroups, sizes.DecoderKernel)),
            .. Linear(Audio + "decoder.proj", dim, decoder),
            .. Repeat("blocks", model.Layers - network.Prenet, Block),
        ];

        IEnumerable<TensorSpec> Block(string at) =>
        [
            .. Norm(at + "norm1", dim), .. Linear(at + "attn.qkv", 3 * dim, dim), .. Linear(at + "attn.proj", dim, dim),
            .. Norm(at + "norm2", dim), .. Linear(at + "mlp.fc1", 4 * dim, dim), .. Linear(at + "mlp.fc2", dim, 4 * dim),
        ];
    }
}

/// <summary>emotion2vec: the network of data2vec 2.0 with utterance tokens.</summary>
internal sealed class Emotion2VecFamily() : Data2Vec2Family("emotion2vec", "emotion2vec")
{
    private const string Tokens = Audio + "extra_tokens";

    public override ImmutableArray<ImmutableArray<string>> Marks => [[Audio, Tokens]];
    public override ImmutableArray<string> Wrappers => ["d2v_model."];

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network) =>
        [Spec(Tokens, 1, model.UtteranceTokens, model.Dimension), .. base.Tensors(model, network)];
}
