using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenTelemetry;

namespace Emotion2Vec.Silo.Observability;

/// <summary>
/// Appends spans to a file, a line each, in OTLP's JSON encoding: what the OpenTelemetry collector's otlpjsonfile
/// receiver reads. The file starts anew at 50 MB; the one before is kept as <c>.1</c>.
/// </summary>
internal sealed class TraceFile(string path) : BaseExporter<Activity>
{
    private const long LargestFile = 50 * 1024 * 1024;
    private readonly Lock gate = new();

    public override ExportResult Export(in Batch<Activity> batch)
    {
        var spans = new JsonArray();
        foreach (var activity in batch) spans.Add(Span(activity));
        var line = new JsonObject
        {
            ["resourceSpans"] = new JsonArray(new JsonObject
            {
                ["resource"] = new JsonObject { ["attributes"] = new JsonArray(Attribute("service.name", "e2v-silo")) },
                ["scopeSpans"] = new JsonArray(new JsonObject { ["scope"] = new JsonObject { ["name"] = Grains.Telemetry.Name }, ["spans"] = spans }),
            }),
        };
        try
        {
            lock (gate)
            {
                if (new FileInfo(path) is { Exists: true, Length: > LargestFile }) File.Move(path, path + ".1", overwrite: true);
                File.AppendAllText(path, line.ToJsonString() + "\n");
            }
            return ExportResult.Success;
        }
        catch (IOException)
        {
            return ExportResult.Failure;
        }
    }

    private static JsonObject Span(Activity activity)
    {
        var span = new JsonObject
        {
            ["traceId"] = activity.TraceId.ToHexString(),
            ["spanId"] = activity.SpanId.ToHexString(),
            ["name"] = activity.DisplayName,
            ["kind"] = (int)activity.Kind + 1,
            ["startTimeUnixNano"] = Nanoseconds(activity.StartTimeUtc),
            ["endTimeUnixNano"] = Nanoseconds(activity.StartTimeUtc + activity.Duration),
            ["attributes"] = new JsonArray([.. activity.TagObjects.Select(t => (JsonNode?)Attribute(t.Key, t.Value))]),
            ["status"] = new JsonObject { ["code"] = (int)activity.Status },
        };
        if (activity.ParentSpanId != default) span["parentSpanId"] = activity.ParentSpanId.ToHexString();
        return span;
    }

    // OTLP's JSON writes 64-bit integers as strings.
    private static JsonObject Attribute(string key, object? value) => new()
    {
        ["key"] = key,
        ["value"] = value switch
        {
            bool b => new JsonObject { ["boolValue"] = b },
            int or long => new JsonObject { ["intValue"] = Convert.ToString(value, CultureInfo.InvariantCulture) },
            double d when double.IsFinite(d) => new JsonObject { ["doubleValue"] = d },
            _ => new JsonObject { ["stringValue"] = Convert.ToString(value, CultureInfo.InvariantCulture) },
        },
    };

    private static string Nanoseconds(DateTime time) => ((time - DateTime.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);
}
