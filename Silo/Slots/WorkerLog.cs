namespace Emotion2Vec.Silo.Slots;

/// <summary>What the workers of one slot print, line by line, in a file.</summary>
internal sealed class WorkerLog(string path) : IDisposable
{
    private readonly StreamWriter file = new(path, append: true) { AutoFlush = true };
    private bool closed;

    /// <summary>The last line that says something; null before the first.</summary>
    public string? LastWord { get; private set; }

    /// <summary>Adds a line; null, which ends a stream, adds none.</summary>
    public void Write(string? line)
    {
        lock (file)
        {
            if (line is null || closed) return;
            file.WriteLine(line);
            // Of an exception its message, not the place of its outermost frame.
            if (!string.IsNullOrWhiteSpace(line) && !line.TrimStart().StartsWith("at ", StringComparison.Ordinal)) LastWord = line.Trim();
        }
    }

    public void Dispose()
    {
        lock (file)
        {
            closed = true;
            file.Dispose();
        }
    }
}
