using System.Text.Json;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Metrics;

/// <summary>
/// 200 cases computed with scikit-learn 1.2.1 and with the metric functions of emotion2vec's public downstream code,
/// among them absent classes, single utterances and all-wrong predictions.
/// </summary>
public sealed class ClassificationMetricsTests
{
    private const double Tolerance = 1e-12;

    private sealed record Case(
        int Id, int Classes, int[] Truth, int[] Predicted, double Accuracy, double BalancedAccuracy, double WeightedF1, double MacroF1,
        int[][] Confusion, double? RepositoryUa, double? RepositoryWf1);

    private static readonly Case[] Cases = Read();

    [Fact]
    public void AllCasesEqualScikitLearn()
    {
        Assert.Equal(200, Cases.Length);
        foreach (var c in Cases)
        {
            var metrics = ClassificationMetrics.From(c.Truth, c.Predicted, c.Classes);
            Near(c.Accuracy, metrics.Wa, c, "WA");
            Near(c.BalancedAccuracy, metrics.Ua, c, "UA");
            Near(c.WeightedF1, metrics.Wf1, c, "WF1");
            Near(c.MacroF1, metrics.MacroF1, c, "macro-F1");
            Assert.Equal(c.Confusion.SelectMany(row => row), metrics.Confusion);
        }
    }

    /// <summary>The public code divides by zero where a class is absent from the truth; elsewhere its figures are ours.</summary>
    [Fact]
    public void TheReferenceCodeAgreesWhereItGivesAFigure()
    {
        var undefined = 0;
        foreach (var c in Cases)
        {
            var metrics = ClassificationMetrics.From(c.Truth, c.Predicted, c.Classes);
            var recalls = Enumerable.Range(0, c.Classes).Select(k => (Hits: c.Confusion[k][k], Support: c.Confusion[k].Sum())).ToArray();
            Assert.Equal(recalls.Any(r => r.Support == 0), c.RepositoryUa is null);
            if (c.RepositoryUa is { } ua) Near(ua / 100, metrics.Ua, c, "UA of the reference code");
            else undefined++;
            if (c.RepositoryWf1 is { } wf1) Near(wf1 / 100, metrics.Wf1, c, "WF1 of the reference code");
        }
        Assert.InRange(undefined, 1, Cases.Length - 1);
    }

    [Fact]
    public void AbsentClassesCountAsDefined()
    {
        // Class 2 occurs nowhere; class 1 only as a wrong prediction.
        var metrics = ClassificationMetrics.From([0, 0, 0, 3], [0, 1, 0, 3], 4);
        Assert.Equal(0.75, metrics.Wa);
        Assert.Equal((2.0 / 3 + 1) / 2, metrics.Ua, Tolerance); // classes 0 and 3
        Assert.Equal((0.8 + 0 + 1) / 3, metrics.MacroF1, Tolerance); // classes 0, 1 and 3
        Assert.Equal((3 * 0.8 + 1) / 4, metrics.Wf1, Tolerance);
    }

    [Fact]
    public void WrongInputIsRefused()
    {
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.From([0], [0, 1], 2));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.From([], [], 2));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.From([0], [2], 2));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.From([-1], [1], 2));
    }

    private static void Near(double expected, double actual, Case c, string figure) =>
        Assert.True(Math.Abs(expected - actual) <= Tolerance, $"case {c.Id}: {figure} is {actual}, not {expected}");

    private static Case[] Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Fixture("metrics", "index.json")));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => new Case(
            c.GetProperty("id").GetInt32(), c.GetProperty("classes").GetInt32(), Ints(c.GetProperty("y_true")), Ints(c.GetProperty("y_pred")),
            c.GetProperty("accuracy").GetDouble(), c.GetProperty("balanced_accuracy").GetDouble(), c.GetProperty("weighted_f1").GetDouble(),
            c.GetProperty("macro_f1").GetDouble(), [.. c.GetProperty("confusion_all").EnumerateArray().Select(Ints)],
            Optional(c.GetProperty("e2v_repo_ua_percent")), Optional(c.GetProperty("e2v_repo_wf1_percent"))))];

        static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];
        static double? Optional(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
    }
}

public sealed class FoldStatisticsTests
{
    [Fact]
    public void MeanAndUnbiasedDeviation()
    {
        var statistics = FoldStatistics.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, statistics.Mean);
        Assert.Equal(Math.Sqrt(32.0 / 7), statistics.Sd!.Value, 1e-14);
        Assert.Equal(8, statistics.Count);
    }

    [Fact]
    public void OneFoldHasNoDeviation() => Assert.Equal(new FoldStatistics(0.5, null, 1), FoldStatistics.Of([0.5]));

    [Fact]
    public void NoFoldIsRefused() => Assert.Throws<ArgumentException>(() => FoldStatistics.Of([]));
}
