namespace Emotion2Vec.Corpora.Metrics;

/// <summary>One figure over several folds.</summary>
/// <param name="Mean">Mean; every fold counts the same, whatever its size.</param>
/// <param name="Sd">Standard deviation with n − 1 in the denominator; null for a single fold.</param>
/// <param name="Count">Number of folds.</param>
public sealed record FoldStatistics(double Mean, double? Sd, int Count)
{
    /// <summary>Standard deviation (n − 1) over seeds of their means over folds; null where fewer than two seeds have all folds that are done.</summary>
    public double? SeedSd { get; init; }

    /// <summary>Statistics of at least one value.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static FoldStatistics Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("no fold to average");
        var mean = values.Sum() / values.Count;
        double? sd = values.Count == 1 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new(mean, sd, values.Count);
    }
}
