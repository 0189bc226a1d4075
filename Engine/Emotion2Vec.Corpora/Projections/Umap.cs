using System.Numerics;
using System.Runtime.InteropServices;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Projections;

/// <summary>How a projection is made; the defaults are those of the reference implementation.</summary>
/// <param name="Neighbours">Points that a point's surroundings are made of, itself included; ≥ 2.</param>
/// <param name="Epochs">Passes of the optimisation; 0 = by the number of points.</param>
/// <param name="Negatives">Points that are pushed away per pull.</param>
/// <param name="Seed">Of the initial jitter and of what is pushed away.</param>
public sealed record UmapOptions(int Neighbours = 15, int Epochs = 0, int Negatives = 5, ulong Seed = 1);

/// <summary>
/// Uniform manifold approximation and projection to two dimensions (McInnes, Healy and Melville, arXiv:1802.03426), with Euclidean distances and exact
/// neighbours. The same points, options and machine give the same projection, bit for bit.
/// </summary>
public static class Umap
{
    // Least-squares fit of 1 / (1 + a·d^2b) to a plateau up to min_dist = 0.1 with an exponential tail of spread 1 (section 4.2).
    private const double A = 1.5769434603, B = 0.8950608779;
    private const double SmallestBandwidth = 1e-3, LargestStep = 4, Extent = 10;

    /// <summary>Projects points.</summary>
    /// <param name="points">Row-major, <paramref name="count"/> × dimension; all finite.</param>
    /// <param name="count">Points, ≥ 1.</param>
    /// <returns>Row-major, count × 2.</returns>
    public static double[] Project(ReadOnlySpan<float> points, int count, UmapOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new UmapOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Neighbours, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (points.Length % count != 0) throw new ArgumentException($"{points.Length} values are no {count} points", nameof(points));
        var random = new SplitMix64(options.Seed);
        var positions = Principal(points, count, random);
        var k = Math.Min(options.Neighbours, count);
        if (k < 3) return positions;
        var (neighbours, distances) = Nearest(points, count, k, cancel);
        var edges = Graph(neighbours, distances, count, k);
        Optimise(positions, edges, count, options.Epochs > 0 ? options.Epochs : DefaultEpochs(count), options.Negatives, random, cancel);
        return positions;
    }

    /// <summary>The k nearest points of each, itself first, nearest first; of equal distances the lower number.</summary>
    /// <returns>Numbers and distances, row-major, count × k.</returns>
    public static (int[] Neighbours, double[] Distances) Nearest(ReadOnlySpan<float> points, int count, int k, CancellationToken cancel = default)
    {
        var dimension = points.Length / count;
        var (neighbours, distances) = (new int[count * k], new double[count * k]);
        var row = new (double Distance, int Point)[count];
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var from = points.Slice(i * dimension, dimension);
            for (var j = 0; j < count; j++) row[j] = (j == i ? -1 : Distance(from, points.Slice(j * dimension, dimension)), j);
            Array.Sort(row);
            for (var n = 0; n < k; n++) (neighbours[(i * k) + n], distances[(i * k) + n]) = (row[n].Point, Math.Max(0, row[n].Distance));
        }
        return (neighbours, distances);
    }

    private sealed record Edge(int From, int To, double Weight);

    /// <summary>The fuzzy graph: memberships of both directions joined by their probabilistic sum (section 3.1).</summary>
    private static Edge[] Graph(int[] neighbours, double[] distances, int count, int k)
    {
        var memberships = new Dictionary<(int, int), double>(count * k);
        var mean = distances.Average();
        for (var i = 0; i < count; i++)
        {
            var row = distances.AsSpan(i * k, k);
            var (nearest, bandwidth) = Surroundings(row, mean);
            for (var n = 0; n < k; n++)
            {
                var to = neighbours[(i * k) + n];
                if (to == i) continue;
                memberships[(i, to)] = row[n] <= nearest || bandwidth == 0 ? 1 : Math.Exp(-(row[n] - nearest) / bandwidth);
            }
        }
        var pairs = memberships.Keys.Select(e => e.Item1 < e.Item2 ? e : (e.Item2, e.Item1)).Distinct().Order().ToArray();
        var edges = new List<Edge>(2 * pairs.Length);
        foreach (var (a, b) in pairs)
        {
            var (there, back) = (memberships.GetValueOrDefault((a, b)), memberships.GetValueOrDefault((b, a)));
            var weight = there + back - (there * back);
            edges.Add(new(a, b, weight));
            edges.Add(new(b, a, weight));
        }
        return [.. edges];
    }

    /// <summary>Distance to the nearest other point, and the bandwidth at which the memberships sum to log2 k (algorithm 3).</summary>
    private static (double Nearest, double Bandwidth) Surroundings(ReadOnlySpan<double> distances, double meanOfAll)
    {
        var nearest = 0.0;
        foreach (var d in distances)
        {
            if (d <= 0) continue;
            nearest = d;
            break;
        }
        var target = Math.Log2(distances.Length);
        var (low, high, bandwidth) = (0.0, double.PositiveInfinity, 1.0);
        for (var i = 0; i < 64; i++)
        {
            var sum = 0.0;
            foreach (var d in distances[1..]) sum += d <= nearest ? 1 : Math.Exp(-(d - nearest) / bandwidth);
            if (Math.Abs(sum - target) < 1e-5) break;
            if (sum > target) (high, bandwidth) = (bandwidth, (low + bandwidth) / 2);
            else (low, bandwidth) = (bandwidth, double.IsInfinity(high) ? 2 * bandwidth : (bandwidth + high) / 2);
        }
        var mean = nearest > 0 ? Mean(distances) : meanOfAll;
        return (nearest, Math.Max(bandwidth, SmallestBandwidth * mean));

        static double Mean(ReadOnlySpan<double> values)
        {
            var sum = 0.0;
            foreach (var v in values) sum += v;
            return sum / values.Length;
        }
    }

    /// <summary>Stochastic gradient descent on the cross entropy of the two graphs (algorithm 5): an edge pulls as often as it weighs.</summary>
    private static void Optimise(double[] positions, Edge[] edges, int count, int epochs, int negatives, SplitMix64 random, CancellationToken cancel)
    {
        var heaviest = edges.Max(e => e.Weight);
        edges = [.. edges.Where(e => e.Weight >= heaviest / epochs)];
        double[] every = [.. edges.Select(e => heaviest / e.Weight)], due = [.. every], everyNegative = [.. every.Select(e => e / negatives)], dueNegative = [.. everyNegative];
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            cancel.ThrowIfCancellationRequested();
            var rate = 1 - ((double)epoch / epochs);
            for (var e = 0; e < edges.Length; e++)
            {
                if (due[e] > epoch) continue;
                var (from, to) = (2 * edges[e].From, 2 * edges[e].To);
                var squared = Squared(from, to);
                if (squared > 0)
                {
                    var pull = -2 * A * B * Math.Pow(squared, B - 1) / ((A * Math.Pow(squared, B)) + 1);
                    for (var d = 0; d < 2; d++)
                    {
                        var step = rate * Clip(pull * (positions[from + d] - positions[to + d]));
                        positions[from + d] += step;
                        positions[to + d] -= step;
                    }
                }
                due[e] += every[e];
                var pushes = (int)Math.Floor((epoch - dueNegative[e]) / everyNegative[e]);
                for (var p = 0; p < pushes; p++)
                {
                    var other = 2 * random.Below(count);
                    if (other == from) continue;
                    squared = Squared(from, other);
                    var push = squared > 0 ? 2 * B / ((0.001 + squared) * ((A * Math.Pow(squared, B)) + 1)) : 0;
                    for (var d = 0; d < 2; d++) positions[from + d] += rate * (push > 0 ? Clip(push * (positions[from + d] - positions[other + d])) : LargestStep);
                }
                dueNegative[e] += pushes * everyNegative[e];
            }
        }

        double Squared(int a, int b)
        {
            var (x, y) = (positions[a] - positions[b], positions[a + 1] - positions[b + 1]);
            return (x * x) + (y * y);
        }

        static double Clip(double step) => Math.Clamp(step, -LargestStep, LargestStep);
    }

    /// <summary>Where points begin: on their first two principal axes, ±<see cref="Extent"/>, with a jitter that parts equal points.</summary>
    private static double[] Principal(ReadOnlySpan<float> points, int count, SplitMix64 random)
    {
        var dimension = points.Length / count;
        var centred = new double[points.Length];
        for (var d = 0; d < dimension; d++)
        {
            var mean = 0.0;
            for (var i = 0; i < count; i++) mean += points[(i * dimension) + d];
            mean /= count;
            for (var i = 0; i < count; i++) centred[(i * dimension) + d] = points[(i * dimension) + d] - mean;
        }
        var positions = new double[2 * count];
        var first = new double[dimension];
        for (var axis = 0; axis < 2; axis++)
        {
            // Power iteration on X·Xᵀ, without ever making that matrix.
            double[] direction = [.. Enumerable.Range(0, dimension).Select(_ => Uniform())];
            var scores = new double[count];
            for (var round = 0; round < 50; round++)
            {
                if (axis == 1) Remove(direction, first);
                if (!Normalise(direction)) break;
                for (var i = 0; i < count; i++) scores[i] = Dot(centred.AsSpan(i * dimension, dimension), direction);
                Array.Clear(direction);
                for (var i = 0; i < count; i++)
                {
                    for (var d = 0; d < dimension; d++) direction[d] += scores[i] * centred[(i * dimension) + d];
                }
            }
            Normalise(direction);
            if (axis == 0) first = [.. direction];
            var largest = Math.Max(scores.Max(Math.Abs), double.Epsilon);
            for (var i = 0; i < count; i++) positions[(2 * i) + axis] = (Extent * scores[i] / largest) + (1e-4 * Uniform());
        }
        return positions;

        double Uniform() => ((random.Next() >> 11) / (double)(1UL << 52)) - 1;

        static bool Normalise(double[] v)
        {
            var length = Math.Sqrt(Dot(v, v));
            if (!(length > 1e-12)) return false;
            for (var i = 0; i < v.Length; i++) v[i] /= length;
            return true;
        }

        static void Remove(double[] v, double[] axis)
        {
            var along = Dot(v, axis);
            for (var i = 0; i < v.Length; i++) v[i] -= along * axis[i];
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var wholeA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var wholeB = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sums = Vector<float>.Zero;
        for (var i = 0; i < wholeA.Length; i++)
        {
            var difference = wholeA[i] - wholeB[i];
            sums += difference * difference;
        }
        var sum = Vector.Sum(sums);
        for (var i = wholeA.Length * Vector<float>.Count; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return Math.Sqrt(sum);
    }

    private static int DefaultEpochs(int count) => count switch { <= 2500 => 500, <= 5000 => 400, <= 7500 => 300, _ => 200 };
}
