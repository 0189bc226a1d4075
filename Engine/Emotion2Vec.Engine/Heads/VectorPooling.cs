using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Pooling on a processor with 512-bit vectors, at about three times the speed of <see cref="TorchPooling"/>: products,
/// ReLU, mean and activations in one pass that keeps its sums in registers, frames read where the file is mapped. Of the
/// activations one bit each is kept; the gradient visits the frames a second time.
/// </summary>
internal sealed unsafe class VectorPooling : FramePooling
{
    private const int Lanes = PoolingKernels.Lanes, Panel = PoolingKernels.Panel;
    private const int Block = 256; // frames whose activations of one vector of units fill half a first-level cache

    private readonly FrameSource frames;
    private readonly int hidden, hiddenPadded, row, rowPadded;
    private readonly AlignedFloats weights; // panel, input, unit of the panel
    private readonly AlignedFloats biases, pooled, counts; // unit
    private readonly AlignedFloats padded; // frames × padded row, where a row is no multiple of a vector
    private readonly AlignedFloats factors, gradient; // frame of a block × unit of a vector; unit × padded row
    private readonly List<Kept> kept = [];
    private ushort[] bits = []; // frame of the batch × vector of units

    private readonly record struct Kept(int Utterance, int FirstBits, float[] Counts);

    public VectorPooling(FrameSource frames, int hidden)
    {
        (this.frames, this.hidden, row) = (frames, hidden, frames.Row);
        hiddenPadded = (hidden + Panel - 1) / Panel * Panel;
        rowPadded = (row + Lanes - 1) / Lanes * Lanes;
        weights = new AlignedFloats(hiddenPadded * row);
        (biases, pooled, counts) = (new AlignedFloats(hiddenPadded), new AlignedFloats(hiddenPadded), new AlignedFloats(hiddenPadded));
        padded = new AlignedFloats(0);
        factors = new AlignedFloats(Block * Lanes);
        gradient = new AlignedFloats(hiddenPadded * rowPadded);
    }

    private int BitsPerFrame => hiddenPadded / Lanes;

    public override Tensor Forward(ReadOnlySpan<int> utterances, Tensor weight, Tensor bias, bool keep)
    {
        Pack(Floats(weight), Floats(bias));
        kept.Clear();
        var total = 0;
        foreach (var utterance in utterances) total += frames.FrameCount(utterance) * BitsPerFrame;
        if (bits.Length < total) bits = new ushort[total];
        var result = new float[utterances.Length * hidden];
        var first = 0;
        for (var i = 0; i < utterances.Length; i++)
        {
            var count = frames.FrameCount(utterances[i]);
            fixed (float* mapped = frames.Span(utterances[i]))
            fixed (ushort* active = bits)
            {
                var x = Aligned(mapped, count);
                for (var j = 0; j < hiddenPadded; j += Panel)
                    PoolingKernels.Forward(x, count, rowPadded, row, weights.Pointer + j * row, biases.Pointer + j, active + first + j / Lanes, BitsPerFrame, pooled.Pointer + j, counts.Pointer + j);
            }
            for (var j = 0; j < hidden; j++) result[i * hidden + j] = pooled.Span[j] / count;
            if (!keep) continue;
            kept.Add(new Kept(utterances[i], first, counts.Span[..hidden].ToArray()));
            first += count * BitsPerFrame;
        }
        return tensor(result, [utterances.Length, hidden]);
    }

    public override void Backward(Tensor g, Tensor weightGradient, Tensor biasGradient)
    {
        gradient.Span.Clear();
        var slopes = Floats(g);
        var biasSums = Floats(biasGradient);
        Span<float> slope = new float[hiddenPadded];
        for (var i = 0; i < kept.Count; i++)
        {
            var (utterance, first, active) = kept[i];
            var count = frames.FrameCount(utterance);
            for (var j = 0; j < hidden; j++)
            {
                slope[j] = slopes[i * hidden + j] / count;
                biasSums[j] += slope[j] * active[j];
            }
            fixed (float* mapped = frames.Span(utterance), s = slope)
            fixed (ushort* allBits = bits)
            {
                var x = Aligned(mapped, count);
                for (var t = 0; t < count; t += Block)
                {
                    var length = Math.Min(Block, count - t);
                    for (var j = 0; j < hiddenPadded; j += Lanes)
                    {
                        PoolingKernels.Spread(allBits + first + t * BitsPerFrame + j / Lanes, BitsPerFrame, length, s + j, factors.Pointer);
                        for (var d = 0; d < rowPadded; d += Lanes)
                            PoolingKernels.AddProducts(x + t * rowPadded + d, rowPadded, factors.Pointer, length, gradient.Pointer + j * rowPadded + d);
                    }
                }
            }
        }
        var sums = Floats(weightGradient);
        for (var j = 0; j < hidden; j++)
            for (var d = 0; d < row; d++) sums[j * row + d] += gradient.Span[j * rowPadded + d];
        kept.Clear();
    }

    /// <summary>Weights in the order in which <see cref="PoolingKernels.Forward"/> reads them; padding units stay 0.</summary>
    private void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        bias.CopyTo(biases.Span);
        var target = weights.Span;
        for (var j = 0; j < hidden; j++)
        {
            var at = j / Panel * Panel * row + j % Panel;
            for (var k = 0; k < row; k++, at += Panel) target[at] = weight[j * row + k];
        }
    }

    private float* Aligned(float* mapped, int count)
    {
        if (row == rowPadded) return mapped;
        padded.Ensure(count * rowPadded);
        for (var t = 0; t < count; t++) new ReadOnlySpan<float>(mapped + t * row, row).CopyTo(padded.Span[(t * rowPadded)..]);
        return padded.Pointer;
    }

    private static Span<float> Floats(Tensor contiguous) => MemoryMarshal.Cast<byte, float>(contiguous.bytes);

    public override void Dispose()
    {
        foreach (var memory in (AlignedFloats[])[weights, biases, pooled, counts, padded, factors, gradient]) memory.Dispose();
    }
}
