using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// One forward pass of data2vec 1.0 pre-training: the student predicts, at masked frames, what the teacher's last layers make
/// of the unmasked input. Shapes in comments: B utterances of T frames, D the width.
/// </summary>
/// <param name="student">With the parts of pre-training.</param>
/// <param name="teacher">The average of the student's encoder; its positional convolution is copied, not averaged (<see cref="CopiedToTeacher"/>).</param>
/// <param name="topLayers">Last layers that make the target: 8 in the public runs.</param>
public sealed class Data2Vec1Pretraining(Data2Vec1Audio student, Data2Vec1Encoder teacher, int topLayers = 8, TargetNorms? norms = null)
{
    private readonly TargetNorms norms = norms ?? new TargetNorms();

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
        var targets = Targets(local.detach(), watch);

        var rows = tensor(mask.Positions(), device: local.device);
        var width = local.shape[2];
        var hidden = tensor(mask.Flags, [mask.Rows, mask.Frames], device: local.device);
        var encoded = student.Encoder.Forward(student.Mask(local, hidden), watch: Prefixed("student_", watch));
        var predicted = student.Predict(encoded.Last.reshape(-1, width).index_select(0, rows)); // (M, D)
        var wanted = targets.reshape(-1, width).index_select(0, rows);
        var squares = (predicted - wanted).square().sum();
        var total = squares / Math.Sqrt(width);

        var meanSquare = squares.ToDouble() / predicted.numel();
        return new PretrainingLosses(total.MoveToOuterDisposeScope(), total.ToDouble(), 0, mask.Count,
            Spread.Of(wanted), Spread.Of(predicted), meanSquare / wanted.var(0).mean().ToDouble());
    }

    private Tensor Targets(Tensor local, StageWatcher? watch)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var outputs = teacher.Forward(local, watch: Prefixed("teacher_", watch));
        var targets = norms.Average(outputs.FeedForward, topLayers);
        watch?.Invoke("targets", targets);
        return targets.MoveToOuterDisposeScope();
    }

    private static StageWatcher? Prefixed(string prefix, StageWatcher? watch) => watch is null ? null : (stage, value) => watch(prefix + stage, value);
}
