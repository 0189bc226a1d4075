using Emotion2Vec.Corpora.Pretraining;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>The objective of data2vec and emotion2vec. The defaults are emotion2vec's public configuration.</summary>
public sealed record Data2Vec2Objective
{
    /// <summary>Masked versions of each utterance in a batch; data2vec 1.0 has one whatever stands here.</summary>
    public int Clones { get; init; } = 8;

    /// <summary>k of Eq. 4: main blocks that make the target, the last ones.</summary>
    public int TopLayers { get; init; } = 8;

    /// <summary>How layers become targets; <see cref="UtteranceTarget.LayerNorm"/> adds a norm.</summary>
    public TargetNorms Norms { get; init; } = new();

    public UtteranceLoss Utterance { get; init; } = UtteranceLoss.Chunk;

    public UtteranceTarget UtteranceTarget { get; init; } = UtteranceTarget.Normalized;

    /// <summary>α of Eq. 10. The utterance term is a sum over all rows, the frame term a mean over frames: α = 1 is not one to one.</summary>
    public double UtteranceWeight { get; init; } = 1;

    /// <summary>Weight of the frame loss; 1 in all of the paper's runs but that with the utterance loss alone.</summary>
    public double FrameWeight { get; init; } = 1;

    /// <summary>Standard deviation of the noise that the decoder sees at masked frames.</summary>
    public double NoiseDeviation { get; init; } = 0.01;
}

/// <summary>The utterance loss, Eq. 6 to 8.</summary>
internal static class UtteranceTerm
{
    /// <summary>Eq. 6.</summary>
    /// <param name="tokens">(R, E, D)</param>
    /// <param name="predictions">(R, T, D) at all frames; made only where the loss is <see cref="UtteranceLoss.Global"/>.</param>
    /// <returns>(R, D)</returns>
    internal static Tensor Embedding(UtteranceLoss loss, Tensor tokens, Func<Tensor> predictions)
    {
        if (loss != UtteranceLoss.Global && tokens.shape[1] == 0)
            throw new InvalidOperationException($"the utterance loss '{loss}' needs a model with utterance tokens");
        return loss switch
        {
            UtteranceLoss.Token => tokens.select(1, 0),
            UtteranceLoss.Chunk => tokens.mean([1]),
            UtteranceLoss.Single => tokens.select(1, tokens.shape[1] - 1),
            _ => predictions().mean([1]),
        };
    }

    /// <summary>What the frames are drawn to, and by Eq. 7 the utterance.</summary>
    /// <param name="feedForward">(B, T, D) each: feed-forward outputs of the teacher's blocks.</param>
    /// <param name="blocks">Their outputs.</param>
    /// <returns>(B, T, D) and (B, D)</returns>
    internal static (Tensor Frames, Tensor Utterance) Targets(Data2Vec2Objective objective, IReadOnlyList<Tensor> feedForward, IReadOnlyList<Tensor> blocks)
    {
        // Eq. 4 with what the code averages: feed-forward outputs, each normalised over time.
        var norms = objective.UtteranceTarget == UtteranceTarget.LayerNorm ? objective.Norms with { LayerNormTargets = true } : objective.Norms;
        var targets = norms.Average(feedForward, objective.TopLayers);
        var plain = new TargetNorms(InstanceNormLayers: false);
        return (targets, (objective.UtteranceTarget switch
        {
            UtteranceTarget.RawFfn => plain.Average(feedForward, objective.TopLayers),
            UtteranceTarget.RawBlock => plain.Average(blocks, objective.TopLayers),
            _ => targets,
        }).mean([1]));
    }
}

/// <summary>What one forward pass gave.</summary>
/// <param name="Total">Scalar with gradient: <paramref name="Frame"/> + <paramref name="Utterance"/>, still a sum over the sample.</param>
/// <param name="Frame">Frame loss (Eq. 9), a sum over masked frames.</param>
/// <param name="Utterance">Utterance loss (Eq. 8) × α × sample size.</param>
/// <param name="SampleSize">Masked frames of all rows; gradients are divided by its sum over accumulated batches.</param>
/// <param name="TargetSpread">Mean over channels of the deviation of targets at masked frames; the reference stops below 0.1.</param>
/// <param name="PredictionSpread">The same of predictions; the reference stops below 0.01.</param>
/// <param name="RelativeError">Squared error of the frame loss ÷ variance of the targets: about 1 for a prediction that knows
/// nothing; a fast fall below 0.2 is the collapse that the spreads do not show.</param>
public sealed record PretrainingLosses(
    Tensor Total, double Frame, double Utterance, long SampleSize, double TargetSpread, double PredictionSpread, double RelativeError)
{
    /// <summary>Per masked frame, as the reference logs it.</summary>
    public double Loss => (Frame + Utterance) / SampleSize;
}
