using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>The streams by torch's operators and automatic differentiation, on any device. Frames of a batch are rows one behind another.</summary>
internal sealed class TorchStreams(FrameSource frames, TemporalStream[] streams) : TemporalStreams
{
    private Tensor? graph; // utterances × blocks × C

    public override Tensor Forward(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        return Run(utterances, null, training: false);
    }

    public override Tensor ForwardTraining(ReadOnlySpan<int> utterances, float[]? mask)
    {
        graph?.Dispose();
        graph = Run(utterances, mask, training: true).DetachFromDisposeScope();
        return graph.detach();
    }

    public override void Backward(Tensor g)
    {
        using var scope = NewDisposeScope();
        (graph! * g).sum().backward();
        graph!.Dispose();
        graph = null;
    }

    private Tensor Run(ReadOnlySpan<int> utterances, float[]? mask, bool training)
    {
        using var scope = NewDisposeScope();
        var (count, blocks, channels) = (utterances.Length, streams[0].Blocks.Length, (int)streams[0].InputBias.shape[0]);
        var parts = new Tensor[count];
        for (var i = 0; i < count; i++) parts[i] = frames[utterances[i]].clone();
        int[] lengths = [.. parts.Select(p => (int)p.shape[0])];
        var masks = mask is null ? null : tensor(mask, [2, blocks, 2, count, channels], device: frames.Device);
        var owner = Index(lengths.SelectMany((length, u) => Enumerable.Repeat((long)u, length)));
        var lengthOf = tensor(lengths, device: frames.Device).to(float32).view(-1, 1);

        var pooled = new Tensor[blocks];
        for (var s = 0; s < 2; s++)
        {
            var stream = streams[s];
            var x = nn.functional.linear(cat([.. parts.Select(p => s == 0 ? p : p.flip(0))]), stream.Input, stream.InputBias);
            for (var j = 0; j < blocks; j++)
            {
                var earlier = Index(lengths.SelectMany((length, u) => Enumerable.Range(0, length).Select(t => t - stream.Blocks[j].Dilation))
                    .Zip(Enumerable.Range(1, (int)x.shape[0]), (t, row) => t < 0 ? 0L : row - stream.Blocks[j].Dilation));
                var gate = x;
                for (var l = 0; l < 2; l++)
                {
                    var layer = stream.Blocks[j].Layers[l];
                    var before = cat([zeros_like(gate.narrow(0, 0, 1)), gate]).index_select(0, earlier); // row 0 stands for what lies before an utterance
                    gate = Norm(cat([before, gate], 1).matmul(layer.Weight.t()), layer, training).relu();
                    if (masks is not null) gate *= masks[s, j, l].index_select(0, owner);
                }
                x *= gate.sigmoid();
                var mean = zeros(count, channels, device: frames.Device).index_add(0, owner, x, 1) / lengthOf;
                pooled[j] = s == 0 ? mean : pooled[j] + mean;
            }
        }
        return stack(pooled, 1).MoveToOuterDisposeScope();
    }

    private Tensor Index(IEnumerable<long> rows) => tensor(rows.ToArray(), device: frames.Device);

    private static Tensor Norm(Tensor x, TemporalLayer layer, bool training)
    {
        var (mean, variance) = ((Tensor)layer.Mean, layer.Variance);
        if (training)
        {
            mean = x.mean([0]);
            variance = (x - mean).square().mean([0]);
            using var _ = no_grad();
            layer.Mean.mul_(Kept).add_(mean * (1 - Kept));
            layer.Variance.mul_(Kept).add_(variance * (1 - Kept));
        }
        return (x - mean) * (variance + Epsilon).rsqrt() * layer.Gamma + layer.Beta;
    }

    public override void Dispose() => graph?.Dispose();
}
