using System.Collections.Immutable;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>One convolution of an extractor.</summary>
public readonly record struct ExtractorLayer(int Channels, int Kernel, int Stride);

/// <summary>What normalises the outputs of an extractor's convolutions.</summary>
public enum ExtractorNorms
{
    /// <summary>After each convolution a layer norm over the channels of a frame ("layer_norm" mode of the reference): large models, data2vec.</summary>
    Channels,

    /// <summary>After the first convolution alone, each channel over the time of the utterance ("default" mode): base models.</summary>
    Time,
}

/// <summary>Sees the intermediate results of a forward pass by name; what it keeps it must clone or detach from the scope.</summary>
public delegate void StageWatcher(string stage, Tensor value);

/// <summary>Waveform to frames: convolutions without padding, norms and GELU. 25 ms windows every 20 ms with the standard layers.</summary>
internal sealed class ConvolutionalExtractor : Layer
{
    private readonly FrameConvolution[] convolutions;
    private readonly Norm[] norms;
    private readonly ChannelScale? overTime;
    private readonly double epsilon;

    internal ConvolutionalExtractor(ImmutableArray<ExtractorLayer> sizes, double epsilon, ExtractorNorms mode = ExtractorNorms.Channels, bool hasBias = false)
    {
        this.epsilon = epsilon;
        convolutions = [.. sizes.Select((size, i) => new FrameConvolution(i == 0 ? 1 : sizes[i - 1].Channels, size.Channels, size.Kernel, size.Stride, hasBias: hasBias))];
        norms = mode == ExtractorNorms.Channels ? [.. sizes.Select(size => new Norm(size.Channels, epsilon))] : [];
        if (mode == ExtractorNorms.Time) overTime = new ChannelScale(sizes[0].Channels);
        // 1 is dropout there; a norm over channels sits between two transpositions.
        Add("conv_layers", Named.List(convolutions.Select((convolution, i) => (nn.Module)(
            mode == ExtractorNorms.Channels ? new Named(("0", convolution), ("2", new Named(("1", norms[i]))))
            : i == 0 ? new Named(("0", convolution), ("2", overTime!)) : new Named(("0", convolution))))));
    }

    /// <summary>512 channels; kernels 10, 3, 3, 3, 3, 2, 2 and strides 5, 2, 2, 2, 2, 2, 2: 320 samples a frame.</summary>
    internal static ImmutableArray<ExtractorLayer> Standard(int channels) =>
        [new(channels, 10, 5), new(channels, 3, 2), new(channels, 3, 2), new(channels, 3, 2), new(channels, 3, 2), new(channels, 2, 2), new(channels, 2, 2)];

    /// <summary>Names and shapes of the standard one.</summary>
    /// <param name="at">Prefix.</param>
    /// <param name="channelNorms">A norm over channels after each convolution, else one over time after the first.</param>
    internal static IEnumerable<TensorSpec> Tensors(string at, bool channelNorms, bool hasBias = false)
    {
        foreach (var (i, layer) in Standard(512).Index())
        {
            yield return Spec(at + $"conv_layers.{i}.0.weight", layer.Channels, i == 0 ? 1 : layer.Channels, layer.Kernel);
            if (hasBias) yield return Spec(at + $"conv_layers.{i}.0.bias", layer.Channels);
            if (!channelNorms && i > 0) continue;
            foreach (var spec in TensorPatterns.Norm(at + $"conv_layers.{i}.2{(channelNorms ? ".1" : "")}", layer.Channels)) yield return spec;
        }
    }

    /// <summary>Frames that come of a number of samples; 0 where there are too few.</summary>
    internal static long Frames(ImmutableArray<ExtractorLayer> sizes, long samples)
    {
        foreach (var size in sizes) samples = samples < size.Kernel ? 0 : (samples - size.Kernel) / size.Stride + 1;
        return samples;
    }

    /// <summary>Fewest samples that give one frame.</summary>
    internal static int MinimumSamples(ImmutableArray<ExtractorLayer> sizes) =>
        sizes.Reverse().Aggregate(1, (samples, size) => (samples - 1) * size.Stride + size.Kernel);

    /// <param name="waveforms">(batch, samples)</param>
    /// <returns>(batch, frames, channels)</returns>
    internal Tensor Forward(Tensor waveforms, StageWatcher? watch)
    {
        var x = waveforms;
        for (var i = 0; i < convolutions.Length; i++)
        {
            using var scope = NewDisposeScope();
            using var input = i == 0 ? null : x;
            x = i > 0 ? convolutions[i].Forward(x)
                : overTime is null ? convolutions[i].ForwardWaveforms(x) : convolutions[i].ForwardNormalised(x, overTime, epsilon);
            x = nn.functional.gelu(norms.Length > 0 ? norms[i].Forward(x) : x).MoveToOuterDisposeScope();
            watch?.Invoke($"conv{i}", x);
        }
        return x;
    }
}
