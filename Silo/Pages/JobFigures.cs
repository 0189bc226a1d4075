using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Figures;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Figures of results.</summary>
internal static class JobFigures
{
    /// <summary>Loss and validation accuracy of a fold by epoch; the tested epoch is marked.</summary>
    public static IEnumerable<Drawing> Curves(FoldResult fold)
    {
        var mark = (fold.BestEpoch + 1.0, $"tested: epoch {fold.BestEpoch + 1}");
        Line[] losses = fold.ValidationLoss.IsEmpty ? [Of("training", fold.TrainLoss)] : [Of("training", fold.TrainLoss), Of("validation", fold.ValidationLoss)];
        yield return LineChart.Draw("Loss", "epoch", losses, mark);
        if (!fold.ValidationWa.IsEmpty) yield return LineChart.Draw("Validation WA, percent", "epoch", [new Line("WA", Steps(fold.ValidationWa.Length), [.. fold.ValidationWa.Select(v => 100.0 * v)])], mark);
    }

    public static Drawing Confusion(string title, FoldResult fold) => ConfusionChart.Draw("Confusion on the test part", fold.Classes, fold.Confusion);

    /// <summary>The course of a pre-training.</summary>
    public static IEnumerable<Drawing> Pretraining(IReadOnlyList<PretrainPoint> points)
    {
        double[] updates = [.. points.Select(p => (double)p.Update)];
        Line Of(string name, Func<PretrainPoint, double> value) => new(name, updates, [.. points.Select(value)]);
        Line[] losses = points.Any(p => p.Utterance != 0) ? [Of("frame", p => p.Frame), Of("utterance", p => p.Utterance)] : [Of("frame", p => p.Frame)];
        yield return LineChart.Draw("Loss", "update", losses);
        yield return LineChart.Draw("Error ÷ variance of the targets", "update", [Of("relative error", p => p.RelativeError)]);
        yield return LineChart.Draw("Mean deviation", "update", [Of("targets", p => p.TargetSpread), Of("predictions", p => p.PredictionSpread)], zero: true);
        yield return LineChart.Draw("Learning rate", "update", [Of("rate", p => p.LearningRate)], zero: true);
        yield return LineChart.Draw("Teacher's decay τ", "update", [Of("τ", p => p.Decay)]);
        yield return LineChart.Draw("Gradient norm before clipping", "update", [Of("norm", p => p.GradientNorm)], zero: true);
    }

    /// <summary>Several figures in one file, two beside each other.</summary>
    public static Drawing Sheet(string title, IReadOnlyList<Drawing> figures)
    {
        const double gap = 12, heading = 34;
        var (columns, width, height) = (Math.Min(2, figures.Count), figures.Max(f => f.Width), figures.Max(f => f.Height));
        var parts = figures.Select((f, i) => Html.Of($"""<g transform="translate({i % columns * (width + gap):0.#} {heading + (i / columns * (height + gap)):0.#})">{f.Content}</g>"""));
        return new((columns * (width + gap)) - gap, heading + ((figures.Count + columns - 1) / columns * (height + gap)), title,
            Html.Of($"""<text class="f-text f-title f-ink" x="12" y="22">{title}</text>{parts}"""));
    }

    private static Line Of(string name, IReadOnlyList<float> values) => new(name, Steps(values.Count), [.. values.Select(v => (double)v)]);

    private static double[] Steps(int count) => [.. Enumerable.Range(1, count).Select(i => (double)i)];
}
