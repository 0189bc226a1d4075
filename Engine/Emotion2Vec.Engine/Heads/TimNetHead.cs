using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// TIM-Net (Ye et al., 2023). Two streams of n temporal-aware blocks, one over the frames and one over the frames in reverse; after each block the
/// mean over time of both is one scale of the utterance, and a learned vector w weighs the scales:
/// <code>
/// →F(0) = conv1(frames), ←F(0) = conv1(frames reversed)                                D → C channels, kernel 1
/// F(j) = F(j−1) ∘ σ(A(F(j−1))),  A = two times (dilated causal conv → batch norm → ReLU → spatial dropout)   kernel 2, dilation 2^(j−1)
/// g(j) = mean over time of (→F(j) + ←F(j))
/// scores = Linear(C, classes)(Σ w(j) g(j))
/// </code>
/// The loss is cross-entropy against labels smoothed over all classes.
/// </summary>
/// <remarks>
/// The frames' part, all but the last two lines, is <see cref="TemporalStreams"/>. Frames of a batch lie one behind another and are never padded, so an utterance's
/// scores do not depend on its neighbours; in training they do through the batch norm, as in the paper.
/// </remarks>
internal sealed class TimNetHead : Head
{
    private readonly HeadSpec spec;
    private readonly SplitMix64 random;
    private readonly TemporalStreams streams;
    private readonly Parameter scales, output, outputBias;

    /// <param name="frames">Features.</param>
    /// <param name="spec">Hidden is C, Blocks n.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="random">Draws the initial weights (Glorot's uniform ones; w within ±0.05), then dropout.</param>
    /// <param name="make">How the frames' part is computed; null = the fastest way on their device.</param>
    public TimNetHead(FrameSource frames, HeadSpec spec, int classes, SplitMix64 random, Func<FrameSource, TemporalStream[], TemporalStreams>? make = null)
        : base(frames, classes)
    {
        (this.spec, this.random) = (spec, random);
        var channels = spec.Hidden;
        TemporalStream Stream(string name) => new(
            Glorot($"{name}.input.weight", channels, frames.Row), Add($"{name}.input.bias", () => 0, channels),
            [.. Enumerable.Range(0, spec.Blocks!.Value).Select(j => new TemporalBlock(Layer($"{name}.block{j + 1}.1"), Layer($"{name}.block{j + 1}.2"), 1 << j))]);
        TemporalLayer Layer(string name) => new(
            Glorot($"{name}.weight", channels, 2 * channels, 2 * channels), Add($"{name}.gamma", () => 1, channels), Add($"{name}.beta", () => 0, channels),
            AddBuffer(0, channels), AddBuffer(1, channels));
        TemporalStream[] both = [Stream("forward"), Stream("backward")];
        scales = Add("scales", () => Uniform(0.05), spec.Blocks!.Value);
        (output, outputBias) = (Glorot("output.weight", classes, channels), Add("output.bias", () => 0, classes));
        streams = (make ?? TemporalStreams.Create)(frames, both);
    }

    public override Tensor Logits(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return nn.functional.linear(Fused(streams.Forward(utterances)), output, outputBias).MoveToOuterDisposeScope();
    }

    /// <summary>The weighted sum of the scales, which the classifier reads.</summary>
    public override Tensor Hidden(ReadOnlySpan<int> utterances)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Fused(streams.Forward(utterances)).MoveToOuterDisposeScope();
    }

    public override float AddGradients(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels, double scale)
    {
        using var scope = NewDisposeScope();
        var pooled = streams.ForwardTraining(utterances, DropoutMask(utterances.Length)).requires_grad_();
        var loss = nn.functional.cross_entropy(nn.functional.linear(Fused(pooled), output, outputBias), Labels(labels), label_smoothing: spec.LabelSmoothing ?? 0);
        (loss * scale).backward();
        streams.Backward(pooled.grad!);
        return loss.item<float>();
    }

    /// <summary>N × n × C → N × C.</summary>
    private Tensor Fused(Tensor pooled) => (pooled * scales.view(1, -1, 1)).sum(1);

    /// <summary>Whole channels of an utterance are dropped, the others scaled up: stream, block, layer, utterance, channel; null without dropout.</summary>
    private float[]? DropoutMask(int utterances)
    {
        if (spec.Dropout is not > 0) return null;
        var mask = new float[2 * spec.Blocks!.Value * 2 * utterances * spec.Hidden];
        var kept = (float)(1 / (1 - spec.Dropout.Value));
        for (var i = 0; i < mask.Length; i++) mask[i] = (random.Next() >> 11) * (1.0 / (1L << 53)) < spec.Dropout ? 0 : kept;
        return mask;
    }

    /// <summary>Uniform within ±√(6 / (inputs + outputs)), both counted with the taps of a kernel.</summary>
    private Parameter Glorot(string name, int outputs, int inputs, int? outputsOfTaps = null)
    {
        var bound = Math.Sqrt(6.0 / (inputs + (outputsOfTaps ?? outputs)));
        return Add(name, () => Uniform(bound), outputs, inputs);
    }

    private float Uniform(double bound) => (float)(((random.Next() >> 11) * (2.0 / (1L << 53)) - 1) * bound);

    public override void Dispose()
    {
        streams.Dispose();
        base.Dispose();
    }
}
