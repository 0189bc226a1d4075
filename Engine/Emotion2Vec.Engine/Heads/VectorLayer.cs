using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// One layer of <see cref="VectorStreams"/>: weights in the order of the kernels, what the convolution made of the batch, and the batch norm in both
/// directions. Everything is done one utterance at a time; only the norm's sums go over the batch.
/// </summary>
internal sealed unsafe class VectorLayer : IDisposable
{
    private const int Panel = StreamKernels.Panel, Tile = StreamKernels.Tile;

    private readonly TemporalLayer layer;
    private readonly int dilation, channels, stride, tileRows;
    private readonly AlignedFloats weights, transposed; // panel, tap, input, column of the panel
    private readonly AlignedFloats gradient; // tap, input, column
    private readonly AlignedFloats vectors; // rows of one value per channel
    private readonly double[] mean, squares; // over the frames counted so far; on the way back Σ n (y − mean) and Σ n
    private readonly double[] deviation; // 1 / √(variance + ε)
    private int counted;

    public VectorLayer(TemporalLayer layer, int dilation, int channels, int stride)
    {
        (this.layer, this.dilation, this.channels, this.stride) = (layer, dilation, channels, stride);
        tileRows = (channels + Tile - 1) / Tile * Tile;
        (weights, transposed) = (new AlignedFloats(2 * channels * stride), new AlignedFloats(2 * channels * stride));
        gradient = new AlignedFloats(2 * tileRows * stride);
        vectors = new AlignedFloats(8 * stride);
        (mean, squares, deviation) = (new double[channels], new double[channels], new double[channels]);
    }

    /// <summary>y, frames of the batch × stride.</summary>
    public AlignedFloats Output { get; } = new(0);

    private float* Scale => vectors.Pointer;
    private float* Shift => vectors.Pointer + stride;
    private float* Middle => vectors.Pointer + 2 * stride;
    private float* Tilt => vectors.Pointer + 3 * stride;
    private float* Level => vectors.Pointer + 4 * stride;
    private float* Sums => vectors.Pointer + 5 * stride;
    private float* Products => vectors.Pointer + 6 * stride;
    private float* Zeros => vectors.Pointer + 7 * stride;

    /// <summary>Reads the weights as they are now, and the running statistics.</summary>
    public void Begin(int rows)
    {
        Output.Ensure(rows * stride);
        var source = Floats(layer.Weight);
        for (var tap = 0; tap < 2; tap++)
            for (var c = 0; c < channels; c++)
                for (var k = 0; k < channels; k++)
                {
                    var weight = source[c * 2 * channels + tap * channels + k];
                    weights.Span[At(tap, k, c)] = weight;
                    transposed.Span[At(tap, c, k)] = weight;
                }
        Forget();
        SetNorm(Floats(layer.Mean), Floats(layer.Variance));
    }

    private int At(int tap, int input, int column) => (column / Panel * 2 + tap) * channels * Panel + input * Panel + column % Panel;

    /// <summary>y of an utterance's frames x.</summary>
    public void Convolve(float* x, float* y, int count)
    {
        var first = Math.Min(dilation, count); // frames with nothing before them
        for (var p = 0; p < stride; p += Panel)
        {
            float* earlier = weights.Pointer + At(0, 0, p), same = weights.Pointer + At(1, 0, p);
            StreamKernels.Products(x, null, stride, first, channels, same, earlier, Zeros, 0, y + p, stride);
            if (count > first) StreamKernels.Products(x + first * stride, x, stride, count - first, channels, same, earlier, Zeros, 0, y + first * stride + p, stride);
        }
    }

    /// <summary>Counts an utterance's y into the statistics.</summary>
    public void Count(float* y, int count)
    {
        StreamKernels.Moments(y, count, stride, Sums, Products);
        for (var c = 0; c < channels; c++)
        {
            var distance = Sums[c] - mean[c];
            mean[c] += distance * count / (counted + count);
            squares[c] += Products[c] + distance * distance * counted * count / (counted + count);
        }
        counted += count;
    }

    /// <summary>The statistics counted become those of the norm, and move the running ones.</summary>
    public void Normalise()
    {
        Span<float> means = new float[channels], variances = new float[channels];
        Span<float> runningMean = Floats(layer.Mean), runningVariance = Floats(layer.Variance);
        for (var c = 0; c < channels; c++)
        {
            (means[c], variances[c]) = ((float)mean[c], (float)(squares[c] / counted));
            runningMean[c] = runningMean[c] * TemporalStreams.Kept + means[c] * (1 - TemporalStreams.Kept);
            runningVariance[c] = runningVariance[c] * TemporalStreams.Kept + variances[c] * (1 - TemporalStreams.Kept);
        }
        SetNorm(means, variances);
        Forget();
    }

    private void SetNorm(ReadOnlySpan<float> means, ReadOnlySpan<float> variances)
    {
        Span<float> gamma = Floats(layer.Gamma), beta = Floats(layer.Beta);
        for (var c = 0; c < channels; c++)
        {
            deviation[c] = 1 / Math.Sqrt(variances[c] + TemporalStreams.Epsilon);
            Scale[c] = (float)(gamma[c] * deviation[c]);
            Shift[c] = (float)(beta[c] - means[c] * gamma[c] * deviation[c]);
            Middle[c] = means[c];
        }
    }

    private void Forget()
    {
        counted = 0;
        Array.Clear(mean);
        Array.Clear(squares);
    }

    public void Activate(float* y, int count, float* mask, float* h) => StreamKernels.Activate(y, count, stride, Scale, Shift, mask, h);

    public void Gate(float* x, float* y, int count, float* mask, float* f, float* sums) => StreamKernels.Gate(x, y, count, stride, Scale, Shift, mask, f, sums);

    public void GateBack(float* x, float* y, int count, float* mask, float* g, float* d, float* n)
    {
        StreamKernels.GateBack(x, y, count, stride, Scale, Shift, mask, Middle, g, d, n, Sums, Products);
        CountBack(count);
    }

    public void ActivateBack(float* y, int count, float* mask, float* d, float* n)
    {
        StreamKernels.ActivateBack(y, count, stride, Scale, Shift, mask, Middle, d, n, Sums, Products);
        CountBack(count);
    }

    private void CountBack(int count)
    {
        for (var c = 0; c < channels; c++)
        {
            squares[c] += Sums[c];
            mean[c] += Products[c];
        }
        counted += count;
    }

    /// <summary>All of the batch is counted: gradients of γ and β, and what <see cref="NormBack"/> needs.</summary>
    public void FinishBack()
    {
        Span<float> gamma = Floats(layer.Gamma.grad!), beta = Floats(layer.Beta.grad!);
        for (var c = 0; c < channels; c++)
        {
            gamma[c] += (float)(mean[c] * deviation[c]);
            beta[c] += (float)squares[c];
            Tilt[c] = (float)(-Scale[c] * deviation[c] * deviation[c] * mean[c] / counted);
            Level[c] = (float)(-Scale[c] * squares[c] / counted);
        }
        Forget();
        gradient.Span.Clear();
    }

    /// <summary>n becomes ∂L/∂y and is added to the gradient of the weights; <paramref name="d"/> gets ∂L/∂x.</summary>
    /// <param name="add">Whether it is added to what is there.</param>
    public void NormAndConvolveBack(float* x, float* y, int count, float* n, float* d, bool add)
    {
        StreamKernels.NormBack(y, count, stride, Scale, Middle, Tilt, Level, n);
        var both = Math.Max(0, count - dilation); // frames that a later one has seen
        for (var p = 0; p < stride; p += Panel)
        {
            for (var k = 0; k < tileRows; k += Tile)
            {
                StreamKernels.AddProducts(x + k, stride, n + p, stride, count, gradient.Pointer + (tileRows + k) * stride + p, stride);
                if (both > 0) StreamKernels.AddProducts(x + k, stride, n + dilation * stride + p, stride, both, gradient.Pointer + k * stride + p, stride);
            }
            float* later = transposed.Pointer + At(0, 0, p), same = transposed.Pointer + At(1, 0, p);
            var initial = add ? d + p : Zeros;
            var step = add ? stride : 0;
            if (both > 0) StreamKernels.Products(n, n + dilation * stride, stride, both, channels, same, later, initial, step, d + p, stride);
            StreamKernels.Products(n + both * stride, null, stride, count - both, channels, same, later, initial + both * step, step, d + both * stride + p, stride);
        }
    }

    public void AddGradient()
    {
        var target = Floats(layer.Weight.grad!);
        for (var tap = 0; tap < 2; tap++)
            for (var c = 0; c < channels; c++)
                for (var k = 0; k < channels; k++) target[c * 2 * channels + tap * channels + k] += gradient.Span[(tap * tileRows + k) * stride + c];
    }

    public static Span<float> Floats(Tensor contiguous) => MemoryMarshal.Cast<byte, float>(contiguous.bytes);

    public void Dispose()
    {
        foreach (var memory in (AlignedFloats[])[weights, transposed, gradient, vectors, Output]) memory.Dispose();
    }
}
