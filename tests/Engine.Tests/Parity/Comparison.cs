using System.Globalization;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Collects differences from the reference, so that a failing test names every one of them.</summary>
internal sealed class Comparison
{
    private readonly List<string> failures = [];
    private readonly Dictionary<string, (int Number, double Worst, string Where)> summary = new(StringComparer.Ordinal);
    private readonly List<string> unknown = [];

    internal int Compared { get; private set; }

    /// <summary>Element by element: |difference| ≤ tolerance.</summary>
    /// <param name="kind">Under which the largest difference is reported.</param>
    internal void Close(string kind, string name, Tensor actual, Tensor expected, double tolerance)
    {
        using var scope = NewDisposeScope();
        if (!actual.shape.SequenceEqual(expected.shape))
        {
            Record(kind, name, double.NaN, tolerance, $"shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
            return;
        }
        // Equal infinities differ by nothing; any other non-finite value differs.
        var a = actual.detach().to(ScalarType.Float64);
        var e = expected.to(ScalarType.Float64);
        var difference = where(a.eq(e), zeros_like(a), (a - e).abs()).max().ToDouble();
        Record(kind, name, difference, tolerance, "");
    }

    /// <summary>|difference| ≤ tolerance · |expected|.</summary>
    internal void Relative(string kind, string name, double actual, double expected, double tolerance) =>
        Record(kind, name, Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), 1e-30), tolerance, string.Create(CultureInfo.InvariantCulture, $"{actual:R} instead of {expected:R}"));

    /// <summary>A tensor or scalar of the fixture that no rule reads: it is said, not hidden.</summary>
    internal void Unknown(string name) => unknown.Add(name);

    internal void Assert(ITestOutputHelper output)
    {
        foreach (var (kind, (number, worst, where)) in summary)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind}: {number} compared, largest difference {worst:G3} ({where})"));
        if (unknown.Count > 0) output.WriteLine($"not compared: {string.Join(", ", unknown)}");
        Xunit.Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
        Xunit.Assert.True(Compared > 0, "nothing in this fixture was compared");
    }

    private void Record(string kind, string name, double difference, double tolerance, string detail)
    {
        Compared++;
        var (number, worst, where) = summary.GetValueOrDefault(kind, (0, -1, ""));
        summary[kind] = difference > worst || double.IsNaN(difference) ? (number + 1, difference, name) : (number + 1, worst, where);
        if (!(difference <= tolerance))
            failures.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: differs by {difference:G4}, allowed {tolerance:G4} {detail}"));
    }
}
