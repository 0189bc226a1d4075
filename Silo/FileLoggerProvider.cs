using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo;

/// <summary>Log lines, as text or each a JSON object with its named values, to one file, so that the terminal stays the user's. The file starts anew at 10 MB; the one before is kept as <c>.1</c>.</summary>
internal sealed class FileLoggerProvider(string path, bool json) : ILoggerProvider
{
    private const long LargestFile = 10 * 1024 * 1024;
    private readonly Lock gate = new();
    private StreamWriter? writer;

    private bool Structured => json;

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
        lock (gate) writer?.Dispose();
    }

    private void Write(string line)
    {
        lock (gate)
        {
            try
            {
                if (writer is null)
                {
                    if (new FileInfo(path) is { Exists: true, Length: > LargestFile }) File.Move(path, path + ".1", overwrite: true);
                    writer = new StreamWriter(path, append: true) { AutoFlush = true };
                }
                writer.WriteLine(line);
            }
            catch (IOException)
            {
                // A full disk must not take the silo down with its log; the store reports it where it matters.
                writer = null;
            }
        }
    }

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            if (provider.Structured)
            {
                provider.Write(Json(logLevel, eventId, state, exception, formatter(state, exception)));
                return;
            }
            var time = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            provider.Write($"{time} {logLevel.ToString()[..4].ToLowerInvariant()} {category}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
        }

        private string Json<TState>(LogLevel level, EventId id, TState state, Exception? exception, string message)
        {
            var line = new JsonObject
            {
                ["time"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
                ["level"] = level.ToString(),
                ["category"] = category,
                ["event"] = id.Name,
                ["message"] = message,
            };
            if (state is IEnumerable<KeyValuePair<string, object?>> values)
            {
                var named = new JsonObject();
                foreach (var (name, value) in values.Where(v => v.Key != "{OriginalFormat}"))
                {
                    named[name] = value switch
                    {
                        null => null,
                        bool b => b,
                        int or long or short or byte => Convert.ToInt64(value, CultureInfo.InvariantCulture),
                        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
                    };
                }
                if (named.Count > 0) line["values"] = named;
            }
            if (exception is not null) line["exception"] = exception.ToString();
            if (Activity.Current is { } activity) (line["trace"], line["span"]) = (activity.TraceId.ToHexString(), activity.SpanId.ToHexString());
            return line.ToJsonString();
        }
    }
}
