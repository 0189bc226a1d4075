using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// One forward pass of data2vec 2.0 and emotion2vec pre-training (section 3 of the paper). Shapes in comments: B utterances
/// of T frames, C clones, R = B × C rows (the clones of an utterance together), K encoded frames a row, E tokens, D width.
/// </summary>
public sealed class Data2Vec2Pretraining(Data2Vec2Audio student, Data2Vec2Audio teacher, Data2Vec2Objective objective)
{
    /// <param name="waveforms">(B, samples): normalised utterances cropped to one length; nothing is padded.</param>
    /// <param name="mask">R rows of T frames.</param>
    /// <param name="noise">(R, T − K, D): what the decoder sees at the frames that were not encoded; null draws it.</param>
    /// <param name="watch">Sees local_features, student_…, decoder_…, teacher_…, targets, cls_target.</param>
    /// <returns>Losses; <see cref="PretrainingLosses.Total"/> belongs to the caller's scope.</returns>
    public PretrainingLosses Forward(Tensor waveforms, FrameMask mask, Tensor? noise = null, StageWatcher? watch = null)
    {
        using var scope = NewDisposeScope();
        var local = student.LocalFeatures(waveforms); // (B, T, D)
        var (frames, width) = (local.shape[1], local.shape[2]);
        if (mask.Frames != frames || mask.Rows != local.shape[0] * objective.Clones)
            throw new ArgumentException($"{local.shape[0]} utterances of {frames} frames and {objective.Clones} clones do not fit a mask of {mask.Rows} × {mask.Frames}", nameof(mask));
        watch?.Invoke("local_features", local);

        var (targets, utteranceTarget) = Targets(local.detach(), watch); // (B, T, D), (B, D)
        var (encoded, order) = Student(local, mask, watch);
        var output = encoded.Last; // (R, E + K, D)
        if (student.training && student.Dropout.DecoderInput > 0) output = nn.functional.dropout(output, student.Dropout.DecoderInput);
        var predictions = Decode(encoded.Frames(output), order, noise, watch); // (R, T, D)

        // Eq. 9, times √D: squared errors of masked frames, summed, over √D.
        var scale = 1 / Math.Sqrt(width);
        long[] positions = mask.Positions();
        var rows = Indices(positions, local);
        var sources = Indices([.. positions.Select(p => p / frames / objective.Clones * frames + p % frames)], local);
        var predicted = predictions.reshape(-1, width).index_select(0, rows); // (M, D)
        var wanted = targets.reshape(-1, width).index_select(0, sources); // (M, D)
        var squares = (predicted - wanted).square().sum();
        var frame = squares * (scale * objective.FrameWeight);
        var total = frame;

        // Eq. 6 to 8; Eq. 10 adds both, the utterance term times the sample size, so that its scale survives the division by it.
        var utteranceLoss = 0.0;
        if (objective.Utterance != UtteranceLoss.None && objective.UtteranceWeight != 0)
        {
            var embedding = UtteranceTerm.Embedding(objective.Utterance, encoded.Utterance(output), () => predictions); // (R, D)
            var drawnTo = utteranceTarget.repeat_interleave(objective.Clones, 0);
            var utterance = (embedding - drawnTo).square().sum() * (scale * objective.UtteranceWeight * positions.Length);
            utteranceLoss = utterance.ToDouble();
            total = frame + utterance;
        }

        var meanSquare = squares.ToDouble() / (positions.Length * (double)width);
        return new PretrainingLosses(total.MoveToOuterDisposeScope(), frame.ToDouble(), utteranceLoss, positions.Length,
            Spread.Of(wanted), Spread.Of(predicted), meanSquare / wanted.var(0).mean().ToDouble());
    }

    /// <summary>The teacher reads the unmasked local features of the student (section 3.1; its own extractor is never used).</summary>
    private (Tensor Frames, Tensor Utterance) Targets(Tensor local, StageWatcher? watch)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var bias = teacher.Alibi(arange(local.shape[1], device: local.device).unsqueeze(0));
        var outputs = teacher.Encode(local + teacher.Positions(local), bias, watch is null ? null : (stage, value) => watch("teacher_" + stage, value));

        var (targets, utterance) = UtteranceTerm.Targets(objective, [.. outputs.FeedForward.Select(outputs.Frames)], [.. outputs.Blocks.Select(outputs.Frames)]);
        watch?.Invoke("targets", targets);
        watch?.Invoke("cls_target", utterance);
        return (targets.MoveToOuterDisposeScope(), utterance.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The student encodes only unmasked frames. Their positions come from a convolution over all frames with the masked ones
    /// zeroed; their distances are those in the utterance.
    /// </summary>
    private (Data2Vec2Outputs Encoded, Places Order) Student(Tensor local, FrameMask mask, StageWatcher? watch)
    {
        using var scope = NewDisposeScope();
        var order = mask.Order();
        var kept = tensor(order.KeptFrames(), [order.Rows, order.Kept], device: local.device); // (R, K)
        var places = new Places(order.Kept, tensor(order.Restore, [order.Rows, order.Frames], device: local.device));
        watch?.Invoke("ids_keep", kept);
        watch?.Invoke("ids_restore", places.Restore);

        var cloned = local.repeat_interleave(objective.Clones, 0); // (R, T, D)
        var hidden = tensor(mask.Flags, [mask.Rows, mask.Frames, 1], device: local.device);
        var positions = student.Positions(cloned.masked_fill(hidden, 0));
        var visible = Gather(cloned + positions, kept); // (R, K, D)
        var bias = student.Alibi(kept); // (R, heads, E + K, E + K)
        watch?.Invoke("student_alibi", bias);
        var encoded = student.Encode(visible, bias, watch is null ? null : (stage, value) => watch(stage == "encoder_in" ? "student_in" : "student_" + stage, value));
        places.Restore.MoveToOuterDisposeScope();
        return (encoded.MoveToOuterDisposeScope(), places);
    }

    /// <summary>Noise at the frames that were not encoded, all frames in the order of time again, and the convolutional decoder.</summary>
    /// <param name="encoded">(R, K, D)</param>
    /// <returns>(R, T, D)</returns>
    private Tensor Decode(Tensor encoded, Places order, Tensor? noise, StageWatcher? watch)
    {
        using var scope = NewDisposeScope();
        var (rows, frames, width) = (encoded.shape[0], order.Restore.shape[1], encoded.shape[2]);
        noise ??= encoded.new_empty([rows, frames - order.Kept, width]).normal_(0, objective.NoiseDeviation);
        var input = Gather(cat([encoded, noise], 1), order.Restore);
        watch?.Invoke("decoder_in", input);
        return student.Decode(input, watch).MoveToOuterDisposeScope();
    }

    private static Tensor Gather(Tensor x, Tensor frames) => x.gather(1, frames.unsqueeze(2).expand(-1, -1, x.shape[2]));

    private static Tensor Indices(long[] values, Tensor like) => tensor(values, device: like.device);

    /// <param name="Kept">K.</param>
    /// <param name="Restore">(R, T): where each frame stands among the encoded and the noise.</param>
    private sealed record Places(int Kept, Tensor Restore);
}
