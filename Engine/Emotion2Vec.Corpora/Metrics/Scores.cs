namespace Emotion2Vec.Corpora.Metrics;

/// <summary>The four figures of a confusion matrix, each 0–1 (<see cref="ClassificationMetrics"/> says what they are).</summary>
public readonly record struct Scores(double Wa, double Ua, double Wf1, double MacroF1)
{
    /// <summary>
    /// Figures of counts. A class without any correct prediction has F1 = 0, also where precision or recall would be 0/0.
    /// </summary>
    /// <param name="confusion">[truth, prediction] counts, row-major, classes × classes; at least one is above 0.</param>
    /// <param name="classes">Number of classes.</param>
    public static Scores Of(ReadOnlySpan<int> confusion, int classes)
    {
        int total = 0, correct = 0, present = 0, occurring = 0;
        double recalls = 0, f1s = 0, weightedF1s = 0;
        for (var c = 0; c < classes; c++)
        {
            int support = 0, claimed = 0, hits = confusion[c * classes + c];
            for (var other = 0; other < classes; other++)
            {
                support += confusion[c * classes + other];
                claimed += confusion[other * classes + c];
            }
            if (support + claimed == 0) continue;
            var f1 = 2.0 * hits / (support + claimed);
            occurring++;
            total += support;
            correct += hits;
            f1s += f1;
            weightedF1s += f1 * support;
            if (support == 0) continue;
            present++;
            recalls += (double)hits / support;
        }
        return new((double)correct / total, recalls / present, weightedF1s / total, f1s / occurring);
    }

    /// <summary>Each figure times a factor.</summary>
    public static Scores operator *(Scores s, double factor) => new(s.Wa * factor, s.Ua * factor, s.Wf1 * factor, s.MacroF1 * factor);

    /// <summary>Sums, figure by figure.</summary>
    public static Scores operator +(Scores a, Scores b) => new(a.Wa + b.Wa, a.Ua + b.Ua, a.Wf1 + b.Wf1, a.MacroF1 + b.MacroF1);

    /// <summary>Differences, figure by figure.</summary>
    public static Scores operator -(Scores a, Scores b) => new(a.Wa - b.Wa, a.Ua - b.Ua, a.Wf1 - b.Wf1, a.MacroF1 - b.MacroF1);
}
