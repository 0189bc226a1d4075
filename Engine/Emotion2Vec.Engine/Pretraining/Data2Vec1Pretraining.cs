using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// One forward pass of data2vec 1.0 pre-training: the student predicts, at masked frames, what the teacher's last layers make
/// of the unmasked input; and, where the objective asks for it, the utterance tokens what they make of the whole. Shapes in
/// comments: B utterances of T frames, M masked frames in all, D the width.
/// </summary>
/// <param name="student">With the parts of pre-training.</param>
/// <param name="teacher">The average of the student's encoder; its positional convolution is copied, not averaged (<see cref="CopiedToTeacher"/>).</param>
/// <param name="objective">Clones and decoder noise are not used.</param>
public sealed class Data2Vec1Pretraining(Data2Vec1Audio student, Data2Vec1Encoder teacher, Data2Vec2Objective objective)
{
    /// <summary>Parameters of the encoder that the teacher takes over as they are.</summary>
    public static bool CopiedToTeacher(string name) => name.StartsWith("pos_conv.", StringComparison.Ordinal);

    /// <param name="waveforms">(B, samples): normalised utterances cropped to one length.</param>
    /// <param name="mask">B rows of T frames.</param>
    /// <param name="watch">Sees local_features, student_…, teacher_…, targets.</param>
    public PretrainingLosses Forward(Tensor waveforms, FrameMask mask, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var local = student.LocalFeatures(waveforms); // (B, T, D)
        watch?.Invoke("local_features", local);
        if (mask.Frames != local.shape[1] || mask.Rows != local.shape[0])
            throw new ArgumentException($"{local.shape[0]} utterances of {local.shape[1]} frames do not fit a mask of {mask.Rows} × {mask.Frames}", nameof(mask));
        var (targets, utteranceTarget) = Targets(local.detach(), watch); // (B, T, D), (B, D)

        var rows = tensor(mask.Positions(), device: local.device);
        var width = local.shape[2];
        var hidden = tensor(mask.Flags, [mask.Rows, mask.Frames], device: local.device);
        var encoded = student.Encoder.Forward(student.Mask(local, hidden), watch: Prefixed("student_", watch));
        var frames = encoded.Frames(encoded.Last); // (B, T, D)
        var predicted = student.Predict(frames.reshape(-1, width).index_select(0, rows)); // (M, D)
        var wanted = targets.reshape(-1, width).index_select(0, rows);
        var squares = (predicted - wanted).square().sum();
        var scale = 1 / Math.Sqrt(width);
        var frame = squares * (scale * objective.FrameWeight);
        var total = frame;

        var utteranceLoss = 0.0;
        if (objective.Utterance != UtteranceLoss.None && objective.UtteranceWeight != 0)
        {
            var embedding = UtteranceTerm.Embedding(objective.Utterance, encoded.Utterance(encoded.Last), () => student.Predict(frames)); // (B, D)
            var utterance = (embedding - utteranceTarget).square().sum() * (scale * objective.UtteranceWeight * mask.Count);
            utteranceLoss = utterance.ToDouble();
            total = frame + utterance;
        }

        var meanSquare = squares.ToDouble() / predicted.numel();
        return new PretrainingLosses(total.MoveToOuterDisposeScope(), frame.ToDouble(), utteranceLoss, mask.Count,
            Spread.Of(wanted), Spread.Of(predicted), meanSquare / wanted.var(0).mean().ToDouble());
    }

    private (Tensor Frames, Tensor Utterance) Targets(Tensor local, StageWatcher? watch)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var outputs = teacher.Forward(local, watch: Prefixed("teacher_", watch));
        var (targets, utterance) = UtteranceTerm.Targets(objective, [.. outputs.FeedForward.Select(outputs.Frames)], [.. outputs.Layers.Select(outputs.Frames)]);
        watch?.Invoke("targets", targets);
        return (targets.MoveToOuterDisposeScope(), utterance.MoveToOuterDisposeScope());
    }

    private static StageWatcher? Prefixed(string prefix, StageWatcher? watch) => watch is null ? null : (stage, value) => watch(prefix + stage, value);
}
