using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Metrics;

/// <summary>The four figures of one test part, and the counts behind them.</summary>
/// <param name="Wa">Weighted accuracy: the share of correct predictions, 0–1.</param>
/// <param name="Ua">Unweighted accuracy: mean recall over the classes present in the truth, 0–1 (the paper's UAR).</param>
/// <param name="Wf1">F1 per class, weighted by its count in the truth, 0–1.</param>
/// <param name="MacroF1">F1 averaged over the classes that occur in truth or prediction, 0–1.</param>
/// <param name="Confusion">[truth, prediction] counts, row-major, classes × classes.</param>
public sealed record ClassificationMetrics(double Wa, double Ua, double Wf1, double MacroF1, ImmutableArray<int> Confusion)
{
    /// <summary>
    /// Compares predictions with the truth. A class without any correct prediction has F1 = 0, also where precision
    /// or recall would be 0/0.
    /// </summary>
    /// <param name="truth">Class of each utterance, 0 to <paramref name="classes"/> − 1; at least one.</param>
    /// <param name="predicted">Predicted class of each, same length.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">Lengths differ, there is no utterance, or a class is out of range.</exception>
    public static ClassificationMetrics From(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes)
    {
        if (truth.Length != predicted.Length) throw new ArgumentException($"{truth.Length} truths but {predicted.Length} predictions");
        if (truth.IsEmpty) throw new ArgumentException("no utterance to measure");

        var confusion = new int[classes * classes];
        for (var i = 0; i < truth.Length; i++)
        {
            if ((uint)truth[i] >= (uint)classes || (uint)predicted[i] >= (uint)classes)
                throw new ArgumentException($"class {truth[i]} or {predicted[i]} at {i} is not below {classes}");
            confusion[truth[i] * classes + predicted[i]]++;
        }

        var scores = Scores.Of(confusion, classes);
        return new(scores.Wa, scores.Ua, scores.Wf1, scores.MacroF1, [.. confusion]);
    }
}
