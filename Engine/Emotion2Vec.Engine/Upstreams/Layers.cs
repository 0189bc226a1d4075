using System.Collections.Immutable;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// A part of a model whose children and parameters carry the names of the public checkpoints, numbers included. They are
/// registered by hand: the names of fields count only for parameters, which keep theirs when a module moves to a device.
/// </summary>
public abstract class Layer() : nn.Module(string.Empty)
{
    protected override void RegisterComponents()
    {
    }

    private protected T Add<T>(string name, T child) where T : nn.Module
    {
        register_module(name, child);
        return child;
    }

    private protected Parameter Add(string name, Tensor initial)
    {
        var parameter = new Parameter(initial);
        register_parameter(name, parameter);
        return parameter;
    }
}

/// <summary>Names without arithmetic: the levels that a checkpoint's names have and the computation has not.</summary>
internal sealed class Named : Layer
{
    internal Named(params ReadOnlySpan<(string Name, nn.Module Child)> children)
    {
        foreach (var (name, child) in children) Add(name, child);
    }

    /// <summary>Children 0, 1, 2, …</summary>
    internal static Named List(params IEnumerable<nn.Module> children) => new([.. children.Select((c, i) => ($"{i}", c))]);
}

/// <summary>y = x·Wᵀ + b on the last dimension.</summary>
internal sealed class Dense : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    internal Dense(long inputs, long outputs, bool hasBias = true)
    {
        weight = Add(nameof(weight), zeros(outputs, inputs));
        bias = hasBias ? Add(nameof(bias), zeros(outputs)) : null;
    }

    internal Tensor Forward(Tensor x) => nn.functional.linear(x, weight, bias);
}

/// <summary>Layer norm over the last dimension with a learned scale and shift: biased variance.</summary>
internal sealed class Norm : Layer
{
    private readonly long[] size;
    private readonly double epsilon;
    private readonly Parameter weight, bias;

    internal Norm(long channels, double epsilon)
    {
        size = [channels];
        this.epsilon = epsilon;
        weight = Add(nameof(weight), ones(channels));
        bias = Add(nameof(bias), zeros(channels));
    }

    internal Tensor Forward(Tensor x) => nn.functional.layer_norm(x, size, weight, bias, epsilon);

    /// <summary>The same without scale and shift.</summary>
    internal static Tensor Plain(Tensor x, double epsilon) => nn.functional.layer_norm(x, [x.shape[^1]], eps: epsilon);
}

/// <summary>The learned scale and shift of a group norm, one of each per channel; what is normalised over is up to the caller.</summary>
internal sealed class ChannelScale : Layer
{
    private readonly Parameter weight, bias;

    internal ChannelScale(long channels)
    {
        weight = Add(nameof(weight), ones(channels));
        bias = Add(nameof(bias), zeros(channels));
    }

    internal Tensor Weight => weight;

    internal Tensor Bias => bias;

    /// <summary>Each utterance to mean 0 and variance 1 over all its frames and channels, then scaled: a group norm of one group.</summary>
    /// <param name="x">(batch, frames, channels)</param>
    internal Tensor WholeUtterance(Tensor x)
    {
        using var scope = NewDisposeScope();
        var normalised = nn.functional.layer_norm(x, [x.shape[1], x.shape[2]]);
        return normalised.mul_(weight).add_(bias).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A convolution over frames. Activations stay (batch, frames, channels) all through a model, so that layer norm and GELU
/// meet contiguous memory; for the convolution the same memory is an image of height 1 with its channels last.
/// </summary>
internal sealed class FrameConvolution : Layer
{
    private readonly long kernel, stride, padding, groups;
    private readonly Parameter weight;
    private readonly Parameter? bias;

    internal FrameConvolution(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long groups = 1, bool hasBias = true)
    {
        (this.kernel, this.stride, this.padding, this.groups) = (kernel, stride, padding, groups);
        weight = Add(nameof(weight), zeros(outputs, inputs / groups, kernel));
        bias = hasBias ? Add(nameof(bias), zeros(outputs)) : null;
    }

    /// <param name="x">(batch, frames, input channels)</param>
    /// <returns>(batch, ⌊(frames + 2·padding − kernel) / stride⌋ + 1, output channels)</returns>
    internal Tensor Forward(Tensor x) => groups == 1 && padding == 0 && !is_grad_enabled() && x.device_type == DeviceType.CPU
        ? Products(x)
        : nn.functional.conv2d(x.transpose(1, 2).unsqueeze(2), weight.unsqueeze(2), bias, [1, stride], [0, padding], groups: groups)
            .squeeze(2).transpose(1, 2);

    /// <summary>
    /// The same as matrix products: a stride's worth of taps after the other, each a product of frames as they lie (a row of
    /// <c>stride</c> frames is contiguous) with those taps. Without gradients only. oneDNN's convolution compiles a program for
    /// every length it meets, and in a corpus every utterance has its own: at base size 260 ms against 77 for the second layer
    /// of three seconds, and 110 for a length it knows.
    /// </summary>
    private Tensor Products(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (frames, channels) = (x.shape[1], x.shape[2]);
        var rows = (frames - kernel) / stride + 1;
        var taps = weight.permute(0, 2, 1).reshape(weight.shape[0], kernel * channels).t(); // (kernel × channels, output channels)
        var outputs = new Tensor[x.shape[0]];
        for (var utterance = 0; utterance < outputs.Length; utterance++)
        {
            var flat = x.select(0, utterance).reshape(-1);
            Tensor? sum = null;
            for (long first = 0; first < kernel; first += stride)
            {
                var (offset, width) = (first * channels, Math.Min(stride, kernel - first) * channels);
                var seen = flat.narrow(0, offset, flat.shape[0] - offset).unfold(0, width, stride * channels).narrow(0, 0, rows);
                var part = taps.narrow(0, offset, width);
                sum = sum is not null ? sum.addmm(seen, part) : bias is not null ? bias.addmm(seen, part) : seen.mm(part);
            }
            outputs[utterance] = sum!;
        }
        return (outputs.Length == 1 ? outputs[0].unsqueeze(0) : stack(outputs)).MoveToOuterDisposeScope();
    }

    /// <summary>The first layer of an extractor, one input channel: a product of every window with the kernels.</summary>
    /// <param name="waveforms">(batch, samples)</param>
    internal Tensor ForwardWaveforms(Tensor waveforms) =>
        nn.functional.linear(waveforms.unfold(1, kernel, stride), weight.squeeze(1), bias);

    /// <summary>
    /// The first layer, and each of its output channels normalised over time: a group norm with a channel per group. Mean and variance of an
    /// output follow from those of its few taps, so the norm becomes part of the kernels and no pass over the outputs is needed. A bias of the
    /// convolution would cancel out.
    /// </summary>
    /// <param name="waveforms">(batch, samples); an utterance's padding counts, as it does in the reference.</param>
    internal Tensor ForwardNormalised(Tensor waveforms, ChannelScale scale, double epsilon)
    {
        using var scope = NewDisposeScope();
        var windows = waveforms.unfold(1, kernel, stride).to(ScalarType.Float64); // (batch, frames, kernel)
        var centred = windows - windows.mean([1], keepdim: true);
        var covariance = centred.transpose(1, 2).bmm(centred) / windows.shape[1]; // (batch, kernel, kernel)
        var kernels = weight.squeeze(1).to(ScalarType.Float64).unsqueeze(0); // (1, channels, kernel)
        var deviation = ((kernels.matmul(covariance) * kernels).sum(-1, keepdim: true) + epsilon).sqrt(); // (batch, channels, 1)
        var scaled = (kernels * scale.Weight.to(ScalarType.Float64).view(1, -1, 1) / deviation).to(weight.dtype).transpose(1, 2).contiguous();
        return (centred.to(weight.dtype).bmm(scaled) + scale.Bias).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// Positions by chained grouped convolutions (five of kernel 19 replace the one of 95 of earlier models), each followed by
/// a layer norm without scale and shift and GELU. Of an even kernel the last output frame is dropped.
/// </summary>
internal sealed class PositionalConvolution : Layer
{
    private readonly FrameConvolution[] layers;
    private readonly bool evenKernel;
    private readonly double epsilon;

    /// <param name="first">Number of the first layer in the checkpoint's names.</param>
    internal PositionalConvolution(int channels, int depth, int kernel, int groups, double epsilon, int first)
    {
        evenKernel = kernel % 2 == 0;
        this.epsilon = epsilon;
        layers = [.. Enumerable.Range(0, depth).Select(_ => new FrameConvolution(channels, channels, kernel, padding: kernel / 2, groups: groups))];
        for (var i = 0; i < depth; i++) Add($"{first + i}", new Named(("0", layers[i])));
    }

    /// <summary>Kernel of each of <paramref name="depth"/> layers that together span <paramref name="width"/> frames.</summary>
    internal static int Kernel(int width, int depth) => Math.Max(3, width / depth);

    /// <param name="x">(batch, frames, channels)</param>
    /// <returns>The same shape.</returns>
    internal Tensor Forward(Tensor x, StageWatcher? watch)
    {
        for (var i = 0; i < layers.Length; i++)
        {
            using var scope = NewDisposeScope();
            using var input = i == 0 ? null : x;
            x = layers[i].Forward(x);
            if (evenKernel) x = x.narrow(1, 0, x.shape[1] - 1);
            x = nn.functional.gelu(Norm.Plain(x, epsilon)).MoveToOuterDisposeScope();
            watch?.Invoke($"pos_layer{i}", x);
        }
        return x;
    }
}

/// <summary>Scaled dot-product attention of several heads.</summary>
internal static class Attention
{
    /// <summary>softmax(q·kᵀ/√d + bias)·v.</summary>
    /// <param name="q">(batch × heads, frames, d), like <paramref name="k"/> and <paramref name="v"/></param>
    /// <param name="bias">(batch × heads, frames, frames): positions, and −∞ at keys that are padding; null for none.</param>
    /// <returns>(batch, frames, heads × d)</returns>
    internal static Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? bias, long heads, double dropout)
    {
        var (rows, frames, depth) = (q.shape[0], q.shape[1], q.shape[2]);
        var scale = 1 / Math.Sqrt(depth);
        var scores = bias is null ? (q * scale).bmm(k.transpose(1, 2)) : bias.baddbmm(q, k.transpose(1, 2), alpha: (float)scale);
        var weights = scores.softmax(-1);
        if (dropout > 0) weights = nn.functional.dropout(weights, dropout);
        return weights.bmm(v).view(rows / heads, heads, frames, depth).transpose(1, 2).reshape(rows / heads, frames, heads * depth);
    }

    /// <summary>(batch, frames, heads × d) to (batch × heads, frames, d).</summary>
    internal static Tensor Split(Tensor x, long heads)
    {
        var (batch, frames, channels) = (x.shape[0], x.shape[1], x.shape[2]);
        return x.view(batch, frames, heads, channels / heads).transpose(1, 2).reshape(batch * heads, frames, channels / heads);
    }

    /// <summary>0 at valid frames and −∞ at padding, to add to scores.</summary>
    /// <param name="validFrames">Of each utterance of the batch.</param>
    /// <returns>(batch, 1, 1, <paramref name="frames"/>), or null where nothing is padding.</returns>
    internal static Tensor? PaddingBias(ReadOnlySpan<long> validFrames, long frames, Tensor like)
    {
        var padded = false;
        var values = new float[validFrames.Length * frames];
        for (var row = 0; row < validFrames.Length; row++)
        {
            padded |= validFrames[row] < frames;
            values.AsSpan((int)(row * frames + validFrames[row])..(int)((row + 1) * frames)).Fill(float.NegativeInfinity);
        }
        return padded ? tensor(values, [validFrames.Length, 1, 1, frames], dtype: like.dtype, device: like.device) : null;
    }
}
