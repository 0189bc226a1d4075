using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>What an epoch gave.</summary>
/// <param name="Epoch">Zero-based.</param>
/// <param name="TrainLoss">Mean over the batches of their mean cross-entropy.</param>
/// <param name="ValidationLoss">Mean cross-entropy of the validation part; NaN where it is empty.</param>
/// <param name="ValidationWa">Its weighted accuracy, 0–1; NaN where it is empty.</param>
internal sealed record EpochResult(int Epoch, float TrainLoss, float ValidationLoss, float ValidationWa);

/// <summary>
/// Trains a head for a fixed number of epochs in shuffled batches, the last partial one kept, and leaves it with the
/// weights of the epoch of highest validation WA, the earliest of equal ones. An epoch counts only if its WA is above 0;
/// where none does, or there is no validation part, the last epoch's weights stay.
/// </summary>
internal sealed class HeadTraining(Head head, HeadSpec spec, ImmutableArray<int> labels)
{
    /// <param name="train">Training positions.</param>
    /// <param name="validation">Validation positions; may be empty.</param>
    /// <param name="order">Shuffles a copy of <paramref name="train"/> for an epoch.</param>
    /// <param name="report">Called after every epoch.</param>
    /// <param name="cancel">Checked before every batch.</param>
    /// <returns>Best epoch (null: none was above 0) and all epochs.</returns>
    public (int? Best, IReadOnlyList<EpochResult> Epochs) Run(
        ImmutableArray<int> train, ImmutableArray<int> validation, Func<int, int[]> order, Action<EpochResult>? report, CancellationToken cancel)
    {
        var epochs = new List<EpochResult>(spec.Epochs);
        (int Epoch, float Wa, float[][] Weights)? best = null;
        using var optimizer = new HeadOptimizer(head, spec);
        for (var epoch = 0; epoch < spec.Epochs; epoch++)
        {
            optimizer.Begin(epoch);
            var loss = 0.0;
            var batches = order(epoch).Chunk(spec.Batch).ToArray();
            foreach (var batch in batches)
            {
                cancel.ThrowIfCancellationRequested();
                loss += optimizer.Step(batch, [.. batch.Select(u => labels[u])]);
            }
            var (validationLoss, wa) = validation.IsEmpty ? (float.NaN, float.NaN) : Evaluate(validation, cancel);
            var result = new EpochResult(epoch, (float)(loss / batches.Length), validationLoss, wa);
            if (!float.IsFinite(result.TrainLoss) || !(validation.IsEmpty || float.IsFinite(validationLoss)))
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                    $"training diverged: the losses of epoch {epoch} are {result.TrainLoss} (training) and {validationLoss} (validation)"));
            epochs.Add(result);
            if (wa > (best?.Wa ?? 0)) best = (epoch, wa, head.Weights());
            report?.Invoke(result);
        }
        if (best is { } chosen) head.Load(chosen.Weights);
        return (best?.Epoch, epochs);
    }

    private (float Loss, float Wa) Evaluate(ImmutableArray<int> part, CancellationToken cancel)
    {
        var logits = Logits(part, cancel);
        var (loss, right) = (0.0, 0);
        for (var i = 0; i < part.Length; i++)
        {
            var row = logits.AsSpan(i * head.Classes, head.Classes);
            var (truth, top) = (labels[part[i]], Top(row));
            var sum = 0.0;
            foreach (var value in row) sum += Math.Exp(value - row[top]);
            loss += Math.Log(sum) + row[top] - row[truth];
            if (top == truth) right++;
        }
        return ((float)(loss / part.Length), (float)right / part.Length);
    }

    /// <summary>Scores of a part, row-major utterances × classes.</summary>
    public float[] Logits(ImmutableArray<int> part, CancellationToken cancel) => Rows(part, batch => head.Logits(batch), cancel);

    /// <summary>The hidden layer of a part, row-major utterances × H.</summary>
    public float[] Hidden(ImmutableArray<int> part, CancellationToken cancel) => Rows(part, batch => head.Hidden(batch), cancel);

    private float[] Rows(ImmutableArray<int> part, Func<int[], Tensor> compute, CancellationToken cancel)
    {
        var rows = new List<float>();
        foreach (var batch in part.Chunk(spec.Batch))
        {
            cancel.ThrowIfCancellationRequested();
            using var values = compute(batch);
            rows.AddRange(Head.ToArray(values));
        }
        return [.. rows];
    }

    /// <summary>The highest score; the first of equal ones.</summary>
    public static int Top(ReadOnlySpan<float> scores)
    {
        var top = 0;
        for (var c = 1; c < scores.Length; c++)
            if (scores[c] > scores[top]) top = c;
        return top;
    }
}
