using System.Runtime.Intrinsics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>A dilated causal convolution of kernel 2 with its batch norm.</summary>
/// <param name="Weight">C × 2C: of the frame 2^j earlier, then of the frame itself. No bias: the norm would take it away.</param>
/// <param name="Gamma">C.</param>
/// <param name="Beta">C.</param>
/// <param name="Mean">Running mean, C.</param>
/// <param name="Variance">Running variance, C.</param>
internal sealed record TemporalLayer(Parameter Weight, Parameter Gamma, Parameter Beta, Tensor Mean, Tensor Variance);

/// <summary>A temporal-aware block: the two layers of its gate.</summary>
internal sealed record TemporalBlock(TemporalLayer First, TemporalLayer Second, int Dilation)
{
    public TemporalLayer[] Layers { get; } = [First, Second];
}

/// <summary>One direction: a convolution of kernel 1 (C × D and C), then the blocks.</summary>
internal sealed record TemporalStream(Parameter Input, Parameter InputBias, TemporalBlock[] Blocks);

/// <summary>The part of <see cref="TimNetHead"/> that sees every frame: from an utterance's frames to the mean over time of each block's output, both streams summed.</summary>
internal abstract class TemporalStreams : IDisposable
{
    /// <summary>Keras's batch norm: what is added to the variance, and how much of a running statistic one batch leaves.</summary>
    public const float Epsilon = 1e-3f, Kept = 0.99f;

    /// <summary>The fastest way there is on the device of the frames.</summary>
    /// <param name="streams">The one over the frames, then the one over the frames in reverse.</param>
    public static TemporalStreams Create(FrameSource frames, TemporalStream[] streams) =>
        frames.Device.type == DeviceType.CPU && Vector512.IsHardwareAccelerated ? new VectorStreams(frames, streams) : new TorchStreams(frames, streams);

    /// <summary>With running statistics and without dropout: utterances × blocks × C, in the caller's dispose scope.</summary>
    public abstract Tensor Forward(ReadOnlySpan<int> utterances);

    /// <summary>With the statistics of the batch's frames, which move the running ones; <see cref="Backward"/> follows.</summary>
    /// <param name="mask">Factors of the outputs of layers: stream, block, layer, utterance, channel; null = 1.</param>
    public abstract Tensor ForwardTraining(ReadOnlySpan<int> utterances, float[]? mask);

    /// <summary>Adds to the gradients of the batch of the last <see cref="ForwardTraining"/>.</summary>
    /// <param name="g">∂L/∂result, utterances × blocks × C.</param>
    public abstract void Backward(Tensor g);

    public virtual void Dispose()
    {
    }
}
