using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The streams on a processor with 512-bit vectors, the gradient written out. An utterance goes through a layer as a whole, so that it stays in the cache from the
/// convolution to the statistics and from the norm to the next convolution; of a batch are kept each block's input and what its two convolutions make of it.
/// </summary>
internal sealed unsafe class VectorStreams : TemporalStreams
{
    private const int Panel = StreamKernels.Panel, Tile = StreamKernels.Tile;

    private readonly FrameSource frames;
    private readonly TemporalStream[] streams;
    private readonly int blocks, channels, stride, row, rowStride;
    private readonly VectorLayer[,,] layers; // stream, block, layer
    private readonly AlignedFloats[,] inputs; // stream, block: frames of the batch × stride; one more behind the last block
    private readonly AlignedFloats inputWeights, inputBias, inputGradient; // panel, input, column; column; input, column
    private readonly AlignedFloats utterance = new(0), hidden = new(0), hiddenSlopes = new(0); // of one utterance: frames, a first layer's output, its gradient
    private readonly AlignedFloats factors = new(0); // stream, block, layer, utterance, column
    private readonly AlignedFloats slopes = new(0), inner = new(0); // ∂L/∂ a block's output, ∂L/∂ a norm's output: frames of the batch × stride
    private (int Utterance, int Count, int First)[] batch = [];
    private int rows;

    public VectorStreams(FrameSource frames, TemporalStream[] streams)
    {
        (this.frames, this.streams, blocks, channels, row) = (frames, streams, streams[0].Blocks.Length, (int)streams[0].InputBias.shape[0], frames.Row);
        (stride, rowStride) = ((channels + Panel - 1) / Panel * Panel, (row + Tile - 1) / Tile * Tile);
        layers = new VectorLayer[2, blocks, 2];
        inputs = new AlignedFloats[2, blocks + 1];
        for (var s = 0; s < 2; s++)
        {
            for (var j = 0; j <= blocks; j++) inputs[s, j] = new AlignedFloats(0);
            for (var j = 0; j < blocks; j++)
                for (var l = 0; l < 2; l++) layers[s, j, l] = new VectorLayer(streams[s].Blocks[j].Layers[l], streams[s].Blocks[j].Dilation, channels, stride);
        }
        (inputWeights, inputBias, inputGradient) = (new AlignedFloats(row * stride), new AlignedFloats(stride), new AlignedFloats(rowStride * stride));
    }

    public override Tensor Forward(ReadOnlySpan<int> utterances) => Run(utterances, null, training: false);

    public override Tensor ForwardTraining(ReadOnlySpan<int> utterances, float[]? mask) => Run(utterances, mask, training: true);

    private Tensor Run(ReadOnlySpan<int> utterances, float[]? mask, bool training)
    {
        Lay(utterances);
        SetFactors(mask);
        var pooled = new float[batch.Length * blocks * channels];
        Span<float> sums = stackalloc float[stride];
        fixed (float* sum = sums)
        {
            for (var s = 0; s < 2; s++)
            {
                PackInput(streams[s]);
                foreach (var (u, count, first) in batch)
                {
                    LoadFrames(u, count, reversed: s == 1);
                    for (var p = 0; p < stride; p += Panel)
                        StreamKernels.Products(utterance.Pointer, null, rowStride, count, row, inputWeights.Pointer + p * row, null, inputBias.Pointer + p, 0, inputs[s, 0].Pointer + first * stride + p, stride);
                }
                for (var j = 0; j < blocks; j++)
                {
                    var (one, two) = (layers[s, j, 0], layers[s, j, 1]);
                    foreach (var (_, count, first) in batch) Convolved(one, inputs[s, j].Pointer + first * stride, first, count, training);
                    if (training) one.Normalise();
                    for (var i = 0; i < batch.Length; i++)
                    {
                        var (_, count, first) = batch[i];
                        one.Activate(one.Output.Pointer + first * stride, count, Factors(s, j, 0, i), hidden.Pointer);
                        Convolved(two, hidden.Pointer, first, count, training);
                    }
                    if (training) two.Normalise();
                    for (var i = 0; i < batch.Length; i++)
                    {
                        var (_, count, first) = batch[i];
                        two.Gate(inputs[s, j].Pointer + first * stride, two.Output.Pointer + first * stride, count, Factors(s, j, 1, i), inputs[s, j + 1].Pointer + first * stride, sum);
                        for (var c = 0; c < channels; c++) pooled[(i * blocks + j) * channels + c] += sums[c] / count;
                    }
                }
            }
        }
        return tensor(pooled, [batch.Length, blocks, channels]);
    }

    private void Convolved(VectorLayer layer, float* x, int first, int count, bool training)
    {
        var y = layer.Output.Pointer + first * stride;
        layer.Convolve(x, y, count);
        if (training) layer.Count(y, count);
    }

    public override void Backward(Tensor g)
    {
        var pooled = VectorLayer.Floats(g.contiguous());
        using var mean = new AlignedFloats(stride);
        slopes.Ensure(rows * stride);
        inner.Ensure(rows * stride);
        for (var s = 0; s < 2; s++)
        {
            slopes.Span[..(rows * stride)].Clear();
            for (var j = blocks - 1; j >= 0; j--)
            {
                var (one, two) = (layers[s, j, 0], layers[s, j, 1]);
                for (var i = 0; i < batch.Length; i++)
                {
                    var (_, count, first) = batch[i];
                    for (var c = 0; c < channels; c++) mean.Span[c] = pooled[(i * blocks + j) * channels + c] / count;
                    two.GateBack(inputs[s, j].Pointer + first * stride, two.Output.Pointer + first * stride, count, Factors(s, j, 1, i), mean.Pointer, slopes.Pointer + first * stride, inner.Pointer + first * stride);
                }
                two.FinishBack();
                for (var i = 0; i < batch.Length; i++)
                {
                    var (_, count, first) = batch[i];
                    float* y = one.Output.Pointer + first * stride, n = inner.Pointer + first * stride;
                    one.Activate(y, count, Factors(s, j, 0, i), hidden.Pointer);
                    two.NormAndConvolveBack(hidden.Pointer, two.Output.Pointer + first * stride, count, n, hiddenSlopes.Pointer, add: false);
                    one.ActivateBack(y, count, Factors(s, j, 0, i), hiddenSlopes.Pointer, n);
                }
                two.AddGradient();
                one.FinishBack();
                foreach (var (_, count, first) in batch)
                    one.NormAndConvolveBack(inputs[s, j].Pointer + first * stride, one.Output.Pointer + first * stride, count, inner.Pointer + first * stride, slopes.Pointer + first * stride, add: true);
                one.AddGradient();
            }
            InputBack(s);
        }
    }

    private void InputBack(int s)
    {
        inputGradient.Span.Clear();
        var bias = VectorLayer.Floats(streams[s].InputBias.grad!);
        foreach (var (u, count, first) in batch)
        {
            LoadFrames(u, count, reversed: s == 1);
            var d = slopes.Pointer + first * stride;
            for (var k = 0; k < rowStride; k += Tile)
                for (var p = 0; p < stride; p += Panel) StreamKernels.AddProducts(utterance.Pointer + k, rowStride, d + p, stride, count, inputGradient.Pointer + k * stride + p, stride);
            for (var t = 0; t < count; t++)
                for (var c = 0; c < channels; c++) bias[c] += d[t * stride + c];
        }
        var weight = VectorLayer.Floats(streams[s].Input.grad!);
        for (var c = 0; c < channels; c++)
            for (var k = 0; k < row; k++) weight[c * row + k] += inputGradient.Span[k * stride + c];
    }

    /// <summary>Places of the batch's utterances, and memory for them.</summary>
    private void Lay(ReadOnlySpan<int> utterances)
    {
        batch = new (int, int, int)[utterances.Length];
        (rows, var longest) = (0, 0);
        for (var i = 0; i < batch.Length; i++)
        {
            var count = frames.FrameCount(utterances[i]);
            batch[i] = (utterances[i], count, rows);
            (rows, longest) = (rows + count, Math.Max(longest, count));
        }
        utterance.Ensure(longest * rowStride);
        hidden.Ensure(longest * stride);
        hiddenSlopes.Ensure(longest * stride);
        foreach (var input in inputs) input.Ensure(rows * stride);
        foreach (var layer in layers) layer.Begin(rows);
    }

    private void SetFactors(float[]? mask)
    {
        factors.Ensure(2 * blocks * 2 * batch.Length * stride);
        if (mask is null) factors.Span.Fill(1);
        else
            for (var i = 0; i < mask.Length / channels; i++) mask.AsSpan(i * channels, channels).CopyTo(factors.Span[(i * stride)..]);
    }

    private float* Factors(int s, int j, int l, int i) => factors.Pointer + (((s * blocks + j) * 2 + l) * batch.Length + i) * stride;

    private void PackInput(TemporalStream stream)
    {
        Span<float> weight = VectorLayer.Floats(stream.Input), bias = VectorLayer.Floats(stream.InputBias);
        bias.CopyTo(inputBias.Span);
        for (var c = 0; c < channels; c++)
            for (var k = 0; k < row; k++) inputWeights.Span[c / Panel * row * Panel + k * Panel + c % Panel] = weight[c * row + k];
    }

    private void LoadFrames(int u, int count, bool reversed)
    {
        var source = frames.Span(u);
        for (var t = 0; t < count; t++) source.Slice((reversed ? count - 1 - t : t) * row, row).CopyTo(utterance.Span[(t * rowStride)..]);
    }

    public override void Dispose()
    {
        foreach (var layer in layers) layer.Dispose();
        foreach (var input in inputs) input.Dispose();
        foreach (var memory in (AlignedFloats[])[inputWeights, inputBias, inputGradient, utterance, hidden, hiddenSlopes, factors, slopes, inner]) memory.Dispose();
    }
}
