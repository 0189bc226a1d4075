using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of a wav2vec or vq-wav2vec model. The defaults are wav2vec large.</summary>
public sealed record Wav2VecSizes
{
    public static Wav2VecSizes Large { get; } = new();

    /// <summary>vq-wav2vec: one more convolution, GELU, no compression.</summary>
    public static Wav2VecSizes Quantised { get; } = new() { Extractor = Standard(512, 8), Gelu = true, LogCompression = false };

    /// <summary>Convolutions from the waveform to frames: 10 ms each with the standard ones.</summary>
    public ImmutableArray<ExtractorLayer> Extractor { get; init; } = Standard(512, 7);

    /// <summary>Kernels of the aggregator's convolutions.</summary>
    public ImmutableArray<int> Aggregator { get; init; } = [.. Enumerable.Range(2, 12)];

    /// <summary>Values per frame, of the extractor's output and of the aggregator's.</summary>
    public int Width { get; init; } = 512;

    /// <summary>GELU in the place of ReLU.</summary>
    public bool Gelu { get; init; }

    /// <summary>Whether the extractor's output x becomes log(|x| + 1).</summary>
    public bool LogCompression { get; init; } = true;

    /// <summary>Whether the aggregator's convolutions have biases.</summary>
    public bool AggregatorBias { get; init; } = true;

    /// <summary>Whether frames before the first are zeros; else they repeat the first.</summary>
    public bool ZeroPadding { get; init; }

    /// <summary>Whether the aggregator's layers are added to their inputs, and the square of what scales the sum.</summary>
    public double? ResidualScale { get; init; } = 0.5;

    public int MinimumSamples => ConvolutionalExtractor.MinimumSamples(Extractor);

    /// <summary>Kernels 10, 8, 4, 4, 4, 1, 1, … and strides 5, 4, 2, 2, 2, 1, 1, …: 160 samples a frame.</summary>
    internal static ImmutableArray<ExtractorLayer> Standard(int channels, int layers)
    {
        int[] kernels = [10, 8, 4, 4, 4];
        return [.. Enumerable.Range(0, layers).Select(i => new ExtractorLayer(channels, i < kernels.Length ? kernels[i] : 1, Stride(i)))];
    }

    /// <summary>From a checkpoint; what neither shapes nor settings tell is as in <paramref name="published"/>.</summary>
    internal static Wav2VecSizes Of(ModelShapes shapes, Wav2VecSizes published)
    {
        var layers = shapes.Run("feature_aggregator.conv_layers.", ".1.weight");
        var kernels = Enumerable.Range(0, layers).Select(i => shapes.Shape($"feature_aggregator.conv_layers.{i}.1.weight", 3)).ToArray();
        var width = shapes.Shape("feature_aggregator.conv_layers.0.1.weight", 3)[1];
        if (kernels.Any(k => k[0] != width || k[1] != width)) throw shapes.Unlike("the aggregator's layers have different widths");
        if (shapes.Flag("skip_connections_feat") is true) throw shapes.Unlike("the extractor has skip connections");
        return published with
        {
            Extractor = shapes.Extractor("feature_extractor.", Stride),
            Aggregator = [.. kernels.Select(k => k[2])],
            Width = width,
            Gelu = shapes.Text("activation") is { } activation ? activation == "gelu" : published.Gelu,
            LogCompression = shapes.Flag("log_compression") ?? published.LogCompression,
            AggregatorBias = shapes.Has("feature_aggregator.conv_layers.0.1.bias"),
            ZeroPadding = shapes.Flag("agg_zero_pad") ?? published.ZeroPadding,
            ResidualScale = shapes.Flag("skip_connections_agg") is false ? null : shapes.Number("residual_scale") ?? published.ResidualScale,
        };
    }

    internal EncoderPlan Plan(Func<nn.Module> make) => new(Aggregator.Length, Width, Extractor[^1].Channels, MinimumSamples, Normalise: false, make);

    private static int Stride(int layer) => layer switch { 0 => 5, 1 => 4, < 5 => 2, _ => 1 };
}

/// <summary>
/// wav2vec (Schneider et al., 2019): convolutions over the past only, without attention. The published model is fairseq's
/// wav2vec_large. Every norm runs over the whole utterance, so there is nothing like padding: utterances of a batch are equally long.
/// </summary>
public sealed class Wav2Vec : Layer, IEncoder
{
    private readonly Wav2VecExtractor extractor;
    private readonly Wav2VecAggregator aggregator;

    public Wav2Vec(Wav2VecSizes sizes)
    {
        extractor = Add("feature_extractor", new Wav2VecExtractor(sizes));
        aggregator = Add("feature_aggregator", new Wav2VecAggregator(sizes));
    }

    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = Wav2VecSizes.Of(shapes, Wav2VecSizes.Large);
        if (sizes.Extractor[^1].Channels != sizes.Width) throw shapes.Unlike("extractor and aggregator have different widths");
        return sizes.Plan(() => new Wav2Vec(sizes));
    }

    /// <summary>Layer 0, the extractor's output (z of the paper), then the aggregator's layers: (B, T, D) each; the last is the feature (c).</summary>
    /// <param name="waveforms">(B, samples), 16 kHz.</param>
    public IReadOnlyList<Tensor> Layers(Tensor waveforms)
    {
        var z = extractor.Forward(waveforms);
        return [z, .. aggregator.Forward(z)];
    }
}

/// <summary>Convolutions without bias, each followed by a norm over the whole utterance and an activation.</summary>
internal sealed class Wav2VecExtractor : Layer
{
    private readonly Wav2VecSizes sizes;
    private readonly FrameConvolution[] convolutions;
    private readonly ChannelScale[] norms;

    internal Wav2VecExtractor(Wav2VecSizes sizes)
    {
        this.sizes = sizes;
        convolutions = [.. sizes.Extractor.Select((size, i) => new FrameConvolution(i == 0 ? 1 : sizes.Extractor[i - 1].Channels, size.Channels, size.Kernel, size.Stride, hasBias: false))];
        norms = [.. sizes.Extractor.Select(size => new ChannelScale(size.Channels))];
        Add("conv_layers", Named.List(convolutions.Zip(norms, (convolution, norm) => new Named(("0", convolution), ("2", norm)))));
    }

    internal Tensor Forward(Tensor waveforms)
    {
        using var scope = NewDisposeScope();
        var x = waveforms;
        for (var i = 0; i < convolutions.Length; i++)
        {
            using var inner = NewDisposeScope();
            using var input = i == 0 ? null : x;
            x = i == 0 ? convolutions[i].ForwardWaveforms(x) : convolutions[i].Forward(x);
            x = Activate(norms[i].WholeUtterance(x), sizes).MoveToOuterDisposeScope();
        }
        return (sizes.LogCompression ? (x.abs() + 1).log() : x).MoveToOuterDisposeScope();
    }

    internal static Tensor Activate(Tensor x, Wav2VecSizes sizes) => sizes.Gelu ? nn.functional.gelu(x) : nn.functional.relu(x);
}

/// <summary>Convolutions that see a frame and those before it, each followed by a norm over the whole utterance and an activation, and added to its input.</summary>
internal sealed class Wav2VecAggregator : Layer
{
    private readonly Wav2VecSizes sizes;
    private readonly FrameConvolution[] convolutions;
    private readonly ChannelScale[] norms;

    internal Wav2VecAggregator(Wav2VecSizes sizes)
    {
        this.sizes = sizes;
        convolutions = [.. sizes.Aggregator.Select(kernel => new FrameConvolution(sizes.Width, sizes.Width, kernel, hasBias: sizes.AggregatorBias))];
        norms = [.. sizes.Aggregator.Select(_ => new ChannelScale(sizes.Width))];
        Add("conv_layers", Named.List(convolutions.Zip(norms, (convolution, norm) => new Named(("1", convolution), ("3", norm)))));
    }

    /// <summary>Outputs of all layers: (B, T, D) each.</summary>
    internal List<Tensor> Forward(Tensor x)
    {
        var outputs = new List<Tensor>();
        for (var i = 0; i < convolutions.Length; i++)
        {
            using var scope = NewDisposeScope();
            var before = x.narrow(1, 0, 1).expand(-1, sizes.Aggregator[i] - 1, -1);
            var y = convolutions[i].Forward(cat([sizes.ZeroPadding ? zeros_like(before) : before, x], 1));
            y = Wav2VecExtractor.Activate(norms[i].WholeUtterance(y), sizes);
            x = (sizes.ResidualScale is { } scale ? (y + x) * Math.Sqrt(scale) : y).MoveToOuterDisposeScope();
            outputs.Add(x);
        }
        return outputs;
    }
}

/// <summary>What its checkpoints hold.</summary>
internal sealed class Wav2VecFamily() : EncoderFamily("wav2vec", "wav2vec")
{
    public override ImmutableArray<ImmutableArray<string>> Marks => [["feature_aggregator."]];
    public override ImmutableArray<string> OnlyForPretraining => ["wav2vec_predictions."];

    public override EncoderPlan Plan(ModelShapes shapes) => Wav2Vec.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network) => [.. Convolutions(Wav2VecSizes.Large), .. Steps()];

    /// <summary>Of vq-wav2vec too.</summary>
    internal static IEnumerable<TensorSpec> Convolutions(Wav2VecSizes sizes) =>
    [
        .. sizes.Extractor.SelectMany((layer, i) => (TensorSpec[])
            [Spec($"feature_extractor.conv_layers.{i}.0.weight", layer.Channels, i == 0 ? 1 : layer.Channels, layer.Kernel), .. Norm($"feature_extractor.conv_layers.{i}.2", layer.Channels)]),
        .. sizes.Aggregator.SelectMany((kernel, i) => (TensorSpec[])
            [.. Convolution($"feature_aggregator.conv_layers.{i}.1", sizes.Width, sizes.Width, kernel), .. Norm($"feature_aggregator.conv_layers.{i}.3", sizes.Width)]),
    ];

    /// <summary>The head that predicts the next 12 frames, a transposed convolution. Of vq-wav2vec too.</summary>
    internal static IEnumerable<TensorSpec> Steps() =>
        [Spec("wav2vec_predictions.project_to_steps.weight", 512, 512, 1, 12), Spec("wav2vec_predictions.project_to_steps.bias", 512)];
}
