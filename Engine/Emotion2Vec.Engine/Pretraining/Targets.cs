using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// How the layers of a teacher become targets. Every norm is without scale and shift, with biased variance and epsilon 1e-5.
/// The defaults are those of data2vec and emotion2vec; Eq. 4 of the paper prints a plain average of block outputs.
/// </summary>
/// <param name="InstanceNormLayers">Each layer over time, per channel and utterance.</param>
/// <param name="BatchNormLayers">Each layer over time and batch, per channel; before the instance norm.</param>
/// <param name="LayerNormLayers">Each layer over channels, per frame; after the others.</param>
/// <param name="LayerNormTargets">The average over channels.</param>
/// <param name="InstanceNormTargets">The average over time, last of all.</param>
public sealed record TargetNorms(
    bool InstanceNormLayers = true, bool BatchNormLayers = false, bool LayerNormLayers = false, bool LayerNormTargets = false, bool InstanceNormTargets = false)
{
    /// <summary>The average of the last layers, normalised as said.</summary>
    /// <param name="layers">(B, T, D) each, the last of the network last.</param>
    /// <param name="top">How many of the last ones count.</param>
    /// <returns>(B, T, D)</returns>
    public Tensor Average(IReadOnlyList<Tensor> layers, int top)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var layer in layers.Skip(layers.Count - top))
        {
            var x = layer;
            if (BatchNormLayers) x = OverTime(x, c => nn.functional.batch_norm(c, null, null, training: true));
            if (InstanceNormLayers) x = InstanceNorm(x);
            if (LayerNormLayers) x = nn.functional.layer_norm(x, [x.shape[2]]);
            sum = sum is null ? x : sum + x;
        }
        var average = sum! / top;
        if (LayerNormTargets) average = nn.functional.layer_norm(average, [average.shape[2]]);
        if (InstanceNormTargets) average = InstanceNorm(average);
        return average.contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor InstanceNorm(Tensor x) => OverTime(x, c => nn.functional.instance_norm(c));

    // Channels before time for the norm, and back.
    private static Tensor OverTime(Tensor x, Func<Tensor, Tensor> norm) => norm(x.transpose(1, 2)).transpose(1, 2);
}

/// <summary>
/// How far values spread: the mean over channels of √(variance over rows + 1e-6). A collapse shows as a small spread of
/// targets (the reference stops below 0.1) or predictions (below 0.01).
/// </summary>
internal static class Spread
{
    /// <param name="x">(rows, D), at least two rows.</param>
    internal static double Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x.detach().var(0) + 1e-6).sqrt().mean().ToDouble();
    }
}
