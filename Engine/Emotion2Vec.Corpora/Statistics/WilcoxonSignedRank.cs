namespace Emotion2Vec.Corpora.Statistics;

/// <summary>
/// Wilcoxon's signed-rank test of paired values (Wilcoxon, 1945), two-sided. Pairs without difference are left out; equal differences share
/// their mean rank.
/// </summary>
/// <param name="Better">Pairs in which the first value is higher.</param>
/// <param name="Worse">Pairs in which it is lower.</param>
/// <param name="Equal">Pairs that are left out.</param>
/// <param name="Statistic">The smaller of the two rank sums; 0 where no pair differs.</param>
/// <param name="P">
/// Probability of a rank sum at least as far from the middle if signs were chance; 1 where no pair differs. Exact up to
/// <see cref="MostExact"/> differing pairs, also with equal differences; above that the normal approximation with the correction for ties, without
/// one for continuity.
/// </param>
public sealed record WilcoxonSignedRank(int Better, int Worse, int Equal, double Statistic, double P)
{
    /// <summary>Most differing pairs whose distribution is counted out.</summary>
    public const int MostExact = 50;

    // Differences of means that are equal on paper differ in the last bits.
    private const double Rounding = 1e-12;

    /// <summary>Compares pairs.</summary>
    /// <param name="first">Values, of the order of 1 (or percent).</param>
    /// <param name="second">Their partners.</param>
    /// <exception cref="ArgumentException">Different numbers of values.</exception>
    public static WilcoxonSignedRank Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length) throw new ArgumentException($"{first.Length} values but {second.Length} partners");
        var differences = new List<double>(first.Length);
        for (var i = 0; i < first.Length; i++)
            if (Math.Abs(first[i] - second[i]) > Rounding) differences.Add(first[i] - second[i]);
        differences.Sort((a, b) => Math.Abs(a).CompareTo(Math.Abs(b)));

        // Twice the ranks, which are whole numbers.
        var ranks = new int[differences.Count];
        var ties = 0.0;
        for (int begin = 0, end; begin < ranks.Length; begin = end)
        {
            end = begin + 1;
            while (end < ranks.Length && Math.Abs(differences[end]) - Math.Abs(differences[end - 1]) <= Rounding) end++;
            for (var i = begin; i < end; i++) ranks[i] = begin + 1 + end;
            var equal = (double)(end - begin);
            ties += equal * equal * equal - equal;
        }
        int better = differences.Count(d => d > 0), up = 0, all = ranks.Sum();
        for (var i = 0; i < ranks.Length; i++)
            if (differences[i] > 0) up += ranks[i];
        var p = ranks.Length == 0 ? 1 : ranks.Length <= MostExact ? Exact(ranks, up) : Normal(ranks.Length, up / 2.0, ties);
        return new(better, ranks.Length - better, first.Length - ranks.Length, Math.Min(up, all - up) / 2.0, Math.Min(1, p));
    }

    /// <summary>Twice the smaller tail over all 2ⁿ choices of signs.</summary>
    private static double Exact(int[] ranks, int up)
    {
        var all = ranks.Sum();
        // ways[s]: share of the choices so far whose positive ranks sum to s.
        var ways = new double[all + 1];
        ways[0] = 1;
        var reached = 0;
        foreach (var rank in ranks)
        {
            for (var s = reached; s >= 0; s--)
            {
                ways[s] /= 2;
                ways[s + rank] += ways[s];
            }
            reached += rank;
        }
        return 2 * Math.Min(ways.AsSpan(0, up + 1).ToArray().Sum(), ways.AsSpan(up).ToArray().Sum());
    }

    private static double Normal(int n, double up, double ties)
    {
        var mean = n * (n + 1.0) / 4;
        var deviation = Math.Sqrt((n * (n + 1.0) * (2 * n + 1) - ties / 2) / 24);
        return ComplementaryError(Math.Abs(up - mean) / deviation / Math.Sqrt(2));
    }

    /// <summary>erfc(x) for x ≥ 0 to 1e-12 or better: its series below 2.5, its continued fraction above (Abramowitz and Stegun 7.1.6, 7.1.14).</summary>
    private static double ComplementaryError(double x)
    {
        if (x < 2.5)
        {
            double term = x, sum = x;
            for (var n = 1; Math.Abs(term) > 1e-17; n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
        var fraction = x;
        for (var n = 120; n >= 1; n--) fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
