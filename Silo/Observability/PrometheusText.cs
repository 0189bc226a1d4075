using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Emotion2Vec.Silo.Observability;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>What the last collection gave.</summary>
    public string Text { get; private set; } = "";

    public override ExportResult Export(in Batch<Metric> batch)
    {
        // Instruments of one name may come from several meters; in the format a family stands in one piece.
        var families = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = Family(metric);
            if (!families.TryGetValue(name, out var text))
            {
                families[name] = text = new StringBuilder();
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(metric.Description, quotes: false)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(Kind(metric.MetricType)).Append('\n');
            }
            foreach (ref readonly var point in metric.GetMetricPoints()) Write(text, name, metric.MetricType, point);
        }
        Text = string.Concat(families.Values);
        return ExportResult.Success;
    }

    private static void Write(StringBuilder text, string name, MetricType type, in MetricPoint point)
    {
        var labels = Labels(point.Tags);
        switch (type)
        {
            case MetricType.Histogram:
                var below = 0L;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    below += bucket.BucketCount;
                    Line(text, name + "_bucket", [.. labels, ("le", double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound))], below);
                }
                Line(text, name + "_sum", labels, point.GetHistogramSum());
                Line(text, name + "_count", labels, point.GetHistogramCount());
                break;
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Line(text, name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Line(text, name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                Line(text, name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                Line(text, name, labels, point.GetGaugeLastValueDouble());
                break;
        }
    }

    private static void Line(StringBuilder text, string name, IReadOnlyList<(string Name, string Value)> labels, double value)
    {
        text.Append(name);
        if (labels.Count > 0) text.Append('{').AppendJoin(',', labels.Select(l => $"{l.Name}=\"{Escape(l.Value, quotes: true)}\"")).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static IReadOnlyList<(string Name, string Value)> Labels(ReadOnlyTagCollection tags)
    {
        var labels = new List<(string, string)>();
        foreach (var tag in tags) labels.Add((Name(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? ""));
        return labels;
    }

    // e2v.store.commit in s → e2v_store_commit_seconds; counters end in _total.
    private static string Family(Metric metric)
    {
        var name = Name(metric.Name);
        if (metric.Unit is "s" && !name.EndsWith("_seconds", StringComparison.Ordinal)) name += "_seconds";
        else if (metric.Unit is "By" && !name.EndsWith("_bytes", StringComparison.Ordinal)) name += "_bytes";
        return metric.MetricType is MetricType.LongSum or MetricType.DoubleSum && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Kind(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        MetricType.ExponentialHistogram => "untyped",
        _ => "gauge",
    };

    private static string Name(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return char.IsAsciiDigit(safe[0]) ? "_" + safe : safe;
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\").Replace("\n", "\\n");
        return quotes ? text.Replace("\"", "\\\"") : text;
    }
}
