using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo;

/// <summary>Log lines to one file, so that the terminal stays the user's. The file starts anew at 10 MB; the one before is kept as <c>.1</c>.</summary>
internal sealed class FileLoggerProvider(string path) : ILoggerProvider
{
    private const long LargestFile = 10 * 1024 * 1024;
    private readonly Lock gate = new();
    private StreamWriter? writer;

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
            var time = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
            provider.Write($"{time} {logLevel.ToString()[..4].ToLowerInvariant()} {category}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
        }
    }
}
