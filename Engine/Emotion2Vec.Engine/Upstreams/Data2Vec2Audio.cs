using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Which parts of the model exist.</summary>
public enum Data2Vec2Role
{
    /// <summary>Extractor and encoder: all that features need.</summary>
    Features,

    /// <summary>Everything, the decoder too: what is pre-trained and what a public checkpoint holds.</summary>
    Student,

    /// <summary>Positions, tokens and encoder, the parts that are averaged; it reads the student's local features.</summary>
    Teacher,
}

/// <summary>
/// data2vec 2.0 audio (Baevski et al., 2022), and emotion2vec (Ma et al., 2023), which is the same network with utterance
/// tokens before the frames. Names and arithmetic follow the public checkpoints; docs/MODELS.md lists where the paper's
/// text differs. Shapes in comments: B utterances, T frames, E tokens, N = E + T, D the width of the encoder.
/// </summary>
public sealed class Data2Vec2Audio : Layer, IEncoder
{
    private readonly AudioEncoder audio;
    private readonly AltBlock[] main;

    public Data2Vec2Audio(Data2Vec2Sizes sizes, Data2Vec2Role role = Data2Vec2Role.Features)
    {
        Sizes = sizes;
        audio = new AudioEncoder(sizes, role);
        main = [.. Enumerable.Range(0, sizes.Depth).Select(_ => new AltBlock(sizes))];
        Add("modality_encoders", new Named(("AUDIO", audio)));
        Add("blocks", Named.List(main));
    }

    public Data2Vec2Sizes Sizes { get; }

    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = Data2Vec2Sizes.Of(shapes);
        return new(sizes.Prenet + sizes.Depth, sizes.Width, sizes.Extractor[^1].Channels, sizes.MinimumSamples, shapes.Flag("normalize") ?? true, () => new Data2Vec2Audio(sizes), sizes.UtteranceTokens);
    }

    IReadOnlyList<Tensor> IEncoder.Layers(Tensor waveform)
    {
        var outputs = Forward(waveform);
        return [outputs.Input, .. outputs.Layers];
    }

    /// <summary>What is dropped while the model is in training mode; nothing by default.</summary>
    public Data2Vec2Dropout Dropout { get; set; } = Data2Vec2Dropout.None;

    /// <summary>Numbers in [0, 1) that decide which blocks are left out while training; needed where <see cref="Dropout"/> leaves out blocks.</summary>
    public Func<double>? BlockDraw { get; set; }

    private Data2Vec2Dropout Active => training ? Dropout : Data2Vec2Dropout.None;

    /// <summary>Features of waveforms, each normalised to mean 0 and variance 1 by itself before any padding.</summary>
    /// <param name="waveforms">(B, samples), 16 kHz.</param>
    /// <param name="validSamples">Of each utterance, where shorter ones are padded with zeros; null where none is.
    /// The features of a padded utterance differ from its own alone: the positional convolution sees what the extractor makes of the padding.</param>
    /// <param name="watch">Sees the stages: conv0 …, proj_ln, projected, pos_layer0 …, pos, alibi_bias_scaled_padded, encoder_in,
    /// context_norm, prenet_block0 …, block0, block0_ffn_target …</param>
    public Data2Vec2Outputs Forward(Tensor waveforms, ReadOnlySpan<long> validSamples = default, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var local = LocalFeatures(waveforms, watch);
        var (batch, frames) = (local.shape[0], local.shape[1]);
        var bias = Alibi(arange(frames, device: local.device).unsqueeze(0));
        if (!validSamples.IsEmpty && Attention.PaddingBias(WithTokens(Frames(validSamples)), Sizes.UtteranceTokens + frames, bias) is { } padding)
            bias += padding;
        watch?.Invoke("alibi_bias_scaled_padded", bias);
        var x = local + Positions(local, watch);
        return Encode(x, bias, watch).MoveToOuterDisposeScope();
    }

    /// <summary>Frames that come of each number of samples.</summary>
    public long[] Frames(ReadOnlySpan<long> samples)
    {
        var frames = new long[samples.Length];
        for (var i = 0; i < frames.Length; i++) frames[i] = ConvolutionalExtractor.Frames(Sizes.Extractor, samples[i]);
        return frames;
    }

    /// <summary>Extractor and projection: (B, samples) to (B, T, D).</summary>
    public Tensor LocalFeatures(Tensor waveforms, StageWatcher? watch = null) => audio.LocalFeatures(waveforms, watch);

    /// <summary>What the positional convolution adds to local features: (B, T, D) to (B, T, D).</summary>
    public Tensor Positions(Tensor local, StageWatcher? watch = null)
    {
        var positions = audio.RelativePositions(local, watch);
        watch?.Invoke("pos", positions);
        return positions;
    }

    /// <summary>The attention bias −scale·slope·|i − j| per head; the tokens' rows and columns are 0.</summary>
    /// <param name="frames">(B or 1, K): the positions of the frames that are encoded, in the order they are encoded.</param>
    /// <returns>(B or 1, heads, E + K, E + K)</returns>
    public Tensor Alibi(Tensor frames) => audio.Alibi(frames);

    /// <summary>Tokens before the frames, the context encoder ("prenet") and the main blocks.</summary>
    /// <param name="frames">(B, K, D): local features with positions added.</param>
    /// <param name="bias">(B or 1, heads, E + K, E + K): <see cref="Alibi"/>, and −∞ at padding.</param>
    public Data2Vec2Outputs Encode(Tensor frames, Tensor bias, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var drop = Active;
        var x = audio.WithTokens(frames); // (B, N, D)
        watch?.Invoke("encoder_in", x);
        x = audio.ContextNorm(x);
        watch?.Invoke("context_norm", x);
        if (drop.Prenet > 0) x = nn.functional.dropout(x, drop.Prenet);
        var input = x;

        var (batch, n) = (x.shape[0], x.shape[1]);
        bias = bias.expand(batch, Sizes.Heads, n, n).reshape(batch * Sizes.Heads, n, n); // the same for every block
        List<Tensor> prenet = [], blocks = [], targets = [];
        foreach (var block in audio.Prenet)
        {
            if (!Skipped(drop.PrenetLayerDrop)) (x, _) = block.Forward(x, bias, drop);
            prenet.Add(x);
            watch?.Invoke($"prenet_block{prenet.Count - 1}", x);
        }
        foreach (var block in main)
        {
            if (Skipped(drop.LayerDrop)) continue;
            (x, var target) = block.Forward(x, bias, drop);
            blocks.Add(x);
            targets.Add(target);
            watch?.Invoke($"block{blocks.Count - 1}", x);
            watch?.Invoke($"block{blocks.Count - 1}_ffn_target", target);
        }
        return new Data2Vec2Outputs(Sizes.UtteranceTokens, input, x, prenet, blocks, targets).MoveToOuterDisposeScope();
    }

    /// <summary>The decoder of pre-training: (B, T, D) to (B, T, D).</summary>
    public Tensor Decode(Tensor x, StageWatcher? watch = null) => audio.Decode(x, watch);

    private bool Skipped(double probability) =>
        probability > 0 && (BlockDraw ?? throw new InvalidOperationException("blocks are to be left out, but nothing draws which")).Invoke() <= probability;

    private long[] WithTokens(long[] frames) => [.. frames.Select(f => f + Sizes.UtteranceTokens)];

    /// <summary>Everything under modality_encoders.AUDIO.</summary>
    private sealed class AudioEncoder : Layer
    {
        private readonly Data2Vec2Sizes sizes;
        private readonly ConvolutionalExtractor? extractor;
        private readonly Norm? projectionNorm;
        private readonly Dense? projection;
        private readonly PositionalConvolution positions;
        private readonly Norm contextNorm;
        private readonly Decoder? decoder;
        private readonly Parameter alibi_scale; // (1, 1, heads, 1, 1)
        private readonly Parameter? extra_tokens; // (1, E, D)

        internal AudioEncoder(Data2Vec2Sizes sizes, Data2Vec2Role role)
        {
            this.sizes = sizes;
            var (width, epsilon) = (sizes.Width, sizes.NormEpsilon);
            if (sizes.UtteranceTokens > 0) extra_tokens = Add(nameof(extra_tokens), zeros(1, sizes.UtteranceTokens, width));
            alibi_scale = Add(nameof(alibi_scale), ones([1, 1, sizes.Heads, 1, 1]));
            if (role != Data2Vec2Role.Teacher)
            {
                var channels = sizes.Extractor[^1].Channels;
                extractor = Add("local_encoder", new ConvolutionalExtractor(sizes.Extractor, 1e-5));
                Add("project_features", new Named(("1", projectionNorm = new Norm(channels, 1e-5)), ("2", projection = new Dense(channels, width))));
            }
            positions = Add("relative_positional_encoder", new PositionalConvolution(width, sizes.PositionalDepth, sizes.PositionalKernel, sizes.PositionalGroups, 1e-5, first: 1));
            Prenet = [.. Enumerable.Range(0, sizes.Prenet).Select(_ => new AltBlock(sizes))];
            Add("context_encoder", new Named(("blocks", Named.List(Prenet)), ("norm", contextNorm = new Norm(width, epsilon))));
            if (role == Data2Vec2Role.Student) decoder = Add("decoder", new Decoder(sizes));
        }

        internal AltBlock[] Prenet { get; }

        internal Tensor LocalFeatures(Tensor waveforms, StageWatcher? watch)
        {
            if (extractor is null) throw new InvalidOperationException("a teacher has no extractor of its own");
            using var scope = NewDisposeScope();
            var x = projectionNorm!.Forward(extractor.Forward(waveforms, watch)); // (B, T, 512)
            watch?.Invoke("proj_ln", x);
            x = projection!.Forward(x); // (B, T, D)
            watch?.Invoke("projected", x);
            return x.MoveToOuterDisposeScope();
        }

        internal Tensor RelativePositions(Tensor local, StageWatcher? watch) => positions.Forward(local, watch);

        internal Tensor Alibi(Tensor frames)
        {
            using var scope = NewDisposeScope();
            var distances = (frames.unsqueeze(1) - frames.unsqueeze(2)).abs().unsqueeze(1); // (B, 1, K, K)
            var slopes = tensor(AlibiSlopes.Of(sizes.Heads), dtype: alibi_scale.dtype, device: alibi_scale.device).view(1, -1, 1, 1);
            var bias = distances * slopes.neg() * alibi_scale.clamp_min(0).squeeze(0); // (B, heads, K, K)
            return nn.functional.pad(bias, (sizes.UtteranceTokens, 0, sizes.UtteranceTokens, 0)).MoveToOuterDisposeScope();
        }

        internal Tensor WithTokens(Tensor frames) =>
            extra_tokens is null ? frames : cat([extra_tokens.expand(frames.shape[0], -1, -1), frames], 1);

        internal Tensor ContextNorm(Tensor x) => contextNorm.Forward(x);

        internal Tensor Decode(Tensor x, StageWatcher? watch) =>
            (decoder ?? throw new InvalidOperationException("only a student has a decoder")).Forward(x, watch);
    }

    /// <summary>
    /// Attention and feed-forward network, each added to its input and then normalised ("post-LN"). The second result is the
    /// feed-forward network's output before that sum: what the teacher's targets are made of.
    /// </summary>
    private sealed class AltBlock : Layer
    {
        private readonly int heads;
        private readonly Dense qkv, proj, fc1, fc2;
        private readonly Norm norm1, norm2;

        internal AltBlock(Data2Vec2Sizes sizes)
        {
            heads = sizes.Heads;
            var (width, inner) = (sizes.Width, sizes.Width * sizes.FeedForwardRatio);
            norm1 = Add(nameof(norm1), new Norm(width, sizes.NormEpsilon));
            Add("attn", new Named((nameof(qkv), qkv = new Dense(width, 3 * width)), (nameof(proj), proj = new Dense(width, width))));
            norm2 = Add(nameof(norm2), new Norm(width, sizes.NormEpsilon));
            Add("mlp", new Named((nameof(fc1), fc1 = new Dense(width, inner)), (nameof(fc2), fc2 = new Dense(inner, width))));
        }

        /// <param name="x">(B, N, D)</param>
        /// <param name="bias">(B × heads, N, N)</param>
        internal (Tensor Output, Tensor FeedForward) Forward(Tensor x, Tensor bias, Data2Vec2Dropout drop)
        {
            using var scope = NewDisposeScope();
            var residual = norm1.Forward(x + Drop(Attend(x, bias, drop.Attention), drop.Encoder));
            var feedForward = fc2.Forward(Drop(nn.functional.gelu(fc1.Forward(residual)), drop.Activation));
            var output = norm2.Forward(residual + Drop(feedForward, drop.PostFeedForward));
            return (output.MoveToOuterDisposeScope(), feedForward.MoveToOuterDisposeScope());
        }

        private Tensor Attend(Tensor x, Tensor bias, double dropout)
        {
            using var scope = NewDisposeScope();
            var parts = qkv.Forward(x).chunk(3, -1); // query, key, value: (B, N, D) each
            var mixed = Attention.Mix(Attention.Split(parts[0], heads), Attention.Split(parts[1], heads), Attention.Split(parts[2], heads), bias, heads, dropout);
            return proj.Forward(mixed).MoveToOuterDisposeScope();
        }

        private static Tensor Drop(Tensor x, double probability) => probability > 0 ? nn.functional.dropout(x, probability) : x;
    }

    /// <summary>Grouped convolutions, each with a layer norm without scale and shift and GELU, added to their input where the widths agree; then a projection.</summary>
    private sealed class Decoder : Layer
    {
        private readonly FrameConvolution[] layers;
        private readonly Dense proj;
        private readonly bool evenKernel;

        internal Decoder(Data2Vec2Sizes sizes)
        {
            var (channels, kernel) = (sizes.DecoderChannels, sizes.DecoderKernel);
            evenKernel = kernel % 2 == 0;
            layers = [.. Enumerable.Range(0, sizes.DecoderDepth).Select(i =>
                new FrameConvolution(i == 0 ? sizes.Width : channels, channels, kernel, padding: kernel / 2, groups: sizes.DecoderGroups))];
            Add("blocks", Named.List(layers.Select(l => new Named(("0", l)))));
            proj = Add(nameof(proj), new Dense(channels, sizes.Width));
        }

        internal Tensor Forward(Tensor x, StageWatcher? watch)
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < layers.Length; i++)
            {
                var y = layers[i].Forward(x);
                if (evenKernel) y = y.narrow(1, 0, y.shape[1] - 1);
                y = nn.functional.gelu(Norm.Plain(y, 1e-5));
                watch?.Invoke($"decoder_block{i}_pre_residual", y);
                x = x.shape[2] == y.shape[2] ? y + x : y;
            }
            x = proj.Forward(x);
            watch?.Invoke("decoder_out", x);
            return x.MoveToOuterDisposeScope();
        }
    }
}
