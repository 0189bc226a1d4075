using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of a Whisper encoder. The defaults are base; all published ones have 64 values per head.</summary>
/// <param name="Width">Values per frame.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="MelBins">Of the front end: 80, in large-v3 128.</param>
/// <param name="Frames">Of one window: 1500, 30 s.</param>
/// <param name="FeedForward">Width of the feed-forward networks.</param>
public sealed record WhisperSizes(int Width = 512, int Heads = 8, int Depth = 6, int MelBins = 80, int Frames = 1500, int FeedForward = 2048);

/// <summary>
/// The encoder of Whisper (Radford et al., 2022) under OpenAI's names, without its <c>encoder.</c> prefix. It always hears a window of 30 s, speech and
/// then silence; an utterance keeps one frame per 320 samples. Longer utterances are heard window after window (our reading: the reference cuts them off).
/// </summary>
public sealed class WhisperEncoder : Layer, IEncoder
{
    private const int SamplesPerFrame = 320;

    private readonly WhisperMel mel;
    private readonly FrameConvolution conv1, conv2;
    private readonly Block[] blocks;
    private readonly Norm finalNorm;
    private Tensor positional_embedding; // (frames, D)

    public WhisperEncoder(WhisperSizes sizes)
    {
        Sizes = sizes;
        mel = new WhisperMel(sizes.MelBins);
        conv1 = Add(nameof(conv1), new FrameConvolution(sizes.MelBins, sizes.Width, 3, padding: 1));
        conv2 = Add(nameof(conv2), new FrameConvolution(sizes.Width, sizes.Width, 3, stride: 2, padding: 1));
        positional_embedding = Sinusoids(sizes.Frames, sizes.Width);
        register_buffer(nameof(positional_embedding), positional_embedding);
        blocks = [.. Enumerable.Range(0, sizes.Depth).Select(_ => new Block(sizes))];
        Add("blocks", Named.List(blocks));
        finalNorm = Add("ln_post", new Norm(sizes.Width, 1e-5));
    }

    public WhisperSizes Sizes { get; }

    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var input = shapes.Shape("conv1.weight", 3);
        var sizes = new WhisperSizes(
            input[0], shapes.Heads("whisper", input[0]), shapes.Run("blocks.", ".attn.query.weight"), input[1], shapes.Shape("positional_embedding", 2)[0], shapes.Shape("blocks.0.mlp.0.weight", 2)[0]);
        return new(sizes.Depth, sizes.Width, sizes.Width, SamplesPerFrame, Normalise: false, () => new WhisperEncoder(sizes));
    }

    /// <summary>Layer 0, what enters the first block, then the blocks' outputs, the last one normalised: (1, samples / 320, D) each.</summary>
    /// <param name="waveform">(1, samples), 16 kHz.</param>
    public IReadOnlyList<Tensor> Layers(Tensor waveform)
    {
        using var scope = NewDisposeScope();
        var window = (long)Sizes.Frames * SamplesPerFrame;
        var parts = new List<Tensor[]>();
        for (long first = 0; waveform.shape[1] - first >= SamplesPerFrame; first += window)
        {
            var samples = Math.Min(window, waveform.shape[1] - first);
            var padded = nn.functional.pad(waveform.narrow(1, first, samples), (0, window - samples));
            parts.Add([.. Encode(mel.LogEnergies(padded)).Select(layer => layer.narrow(1, 0, samples / SamplesPerFrame))]);
        }
        return [.. Enumerable.Range(0, Sizes.Depth + 1).Select(layer => (parts.Count == 1 ? parts[0][layer].clone() : cat([.. parts.Select(p => p[layer])], 1)).MoveToOuterDisposeScope())];
    }

    /// <summary>A window through the network.</summary>
    /// <param name="energies">(B, 2 × frames, bins)</param>
    /// <param name="watch">Sees block0 …, final.</param>
    internal List<Tensor> Encode(Tensor energies, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var x = nn.functional.gelu(conv2.Forward(nn.functional.gelu(conv1.Forward(energies)))) + positional_embedding;
        var layers = new List<Tensor> { x };
        foreach (var block in blocks)
        {
            x = block.Forward(x);
            watch?.Invoke($"block{layers.Count - 1}", x);
            layers.Add(x);
        }
        layers[^1] = finalNorm.Forward(x);
        watch?.Invoke("final", layers[^1]);
        foreach (var layer in layers) layer.MoveToOuterDisposeScope();
        return layers;
    }

    /// <summary>Sines in the first half of the values, cosines in the second; wavelengths from 2π to 2π · 10,000 frames.</summary>
    private static Tensor Sinusoids(int frames, int width)
    {
        using var scope = NewDisposeScope();
        var half = width / 2;
        var rates = (arange(half, dtype: ScalarType.Float32) * (float)(-Math.Log(10000) / (half - 1))).exp();
        var angles = arange(frames, dtype: ScalarType.Float32).unsqueeze(1) * rates.unsqueeze(0);
        return cat([angles.sin(), angles.cos()], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Attention and a feed-forward network, each of the normalised input and added to it. The keys have no bias.</summary>
    private sealed class Block : Layer
    {
        private readonly int heads;
        private readonly Dense query, key, value, attended, inner, outer;
        private readonly Norm attentionNorm, networkNorm;

        internal Block(WhisperSizes sizes)
        {
            heads = sizes.Heads;
            query = new Dense(sizes.Width, sizes.Width);
            key = new Dense(sizes.Width, sizes.Width, hasBias: false);
            value = new Dense(sizes.Width, sizes.Width);
            attended = new Dense(sizes.Width, sizes.Width);
            Add("attn", new Named(("query", query), ("key", key), ("value", value), ("out", attended)));
            attentionNorm = Add("attn_ln", new Norm(sizes.Width, 1e-5));
            Add("mlp", new Named(("0", inner = new Dense(sizes.Width, sizes.FeedForward)), ("2", outer = new Dense(sizes.FeedForward, sizes.Width))));
            networkNorm = Add("mlp_ln", new Norm(sizes.Width, 1e-5));
        }

        internal Tensor Forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var y = attentionNorm.Forward(x);
            x += attended.Forward(Attention.Mix(
                Attention.Split(query.Forward(y), heads), Attention.Split(key.Forward(y), heads), Attention.Split(value.Forward(y), heads), bias: null, heads, dropout: 0));
            return (x + outer.Forward(nn.functional.gelu(inner.Forward(networkNorm.Forward(x))))).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>Names are OpenAI's; whole checkpoints put <c>encoder.</c> before them and have a decoder, which features do without.</summary>
internal sealed class WhisperFamily() : EncoderFamily("whisper", "Whisper")
{
    private const string Positions = "positional_embedding";

    // Of the encoder and the decoder; the norm after the last block has a name of its own in each.
    private static readonly ImmutableArray<NameRow> Sides = NameRow.Table("""
        embed_tokens = token_embedding
        embed_positions.weight = positional_embedding
        layers.#.self_attn.q_proj = blocks.#.attn.query
        layers.#.self_attn.k_proj = blocks.#.attn.key
        layers.#.self_attn.v_proj = blocks.#.attn.value
        layers.#.self_attn.out_proj = blocks.#.attn.out
        layers.#.self_attn_layer_norm = blocks.#.attn_ln
        layers.#.encoder_attn.q_proj = blocks.#.cross_attn.query
        layers.#.encoder_attn.k_proj = blocks.#.cross_attn.key
        layers.#.encoder_attn.v_proj = blocks.#.cross_attn.value
        layers.#.encoder_attn.out_proj = blocks.#.cross_attn.out
        layers.#.encoder_attn_layer_norm = blocks.#.cross_attn_ln
        layers.#.fc1 = blocks.#.mlp.0
        layers.#.fc2 = blocks.#.mlp.2
        layers.#.final_layer_norm = blocks.#.mlp_ln
        """);

    private static readonly ImmutableArray<NameRow> Names =
    [
        .. NameRow.Below("encoder.", "", Sides), .. NameRow.Below("decoder.", "decoder.", Sides),
        .. NameRow.Table("""
            encoder.layer_norm = ln_post
            decoder.layer_norm = decoder.ln
            encoder.conv1 = conv1
            encoder.conv2 = conv2
            encoder.blocks = blocks
            encoder.ln_post = ln_post
            encoder.positional_embedding = positional_embedding
            """),
    ];

    public override ImmutableArray<ImmutableArray<string>> Marks => [[Positions, "conv1.weight"]];
    public override ImmutableArray<string> OnlyForPretraining => ["decoder.", "proj_out."];
    public override ImmutableArray<string> Buffers => [Positions];
    public override HuggingFaceNames HuggingFace => new(["encoder.conv1."], _ => Names);

    public override EncoderPlan Plan(ModelShapes shapes) => WhisperEncoder.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network)
    {
        var dim = model.Dimension;
        return
        [
            Spec(Positions, new WhisperSizes().Frames, dim), .. Convolution("conv1", dim, network.MelBins, 3), .. Convolution("conv2", dim, dim, 3),
            .. Repeat("blocks", model.Layers, at =>
            [
                .. Linear(at + "attn.query", dim, dim), Spec(at + "attn.key.weight", dim, dim), .. Linear(at + "attn.value", dim, dim), .. Linear(at + "attn.out", dim, dim),
                .. Norm(at + "attn_ln", dim), .. Linear(at + "mlp.0", 4 * dim, dim), .. Linear(at + "mlp.2", dim, 4 * dim), .. Norm(at + "mlp_ln", dim),
            ]),
            .. Norm("ln_post", dim),
        ];
    }
}
