using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>A stretch of an audio file.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Start">Seconds; null = from the beginning.</param>
/// <param name="End">Seconds; null = to the end.</param>
/// <param name="Origin">Where it is asked for (<c>file:line</c>), for error messages.</param>
public sealed record AudioStretch(string Path, double? Start = null, double? End = null, string? Origin = null);

/// <summary>What is known of a stretch once it was decoded.</summary>
/// <param name="Hash">Content hash, <see cref="AudioClip.Hash"/>.</param>
/// <param name="Rate">Samples per second and channel, in the file.</param>
/// <param name="Channels">≥ 1.</param>
/// <param name="Frames">Samples per channel in the stretch, at the file's rate.</param>
public sealed record AudioInfo(string Hash, int Rate, int Channels, long Frames)
{
    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Frames / Rate;
}

/// <summary>
/// Remembers content hashes by path, stretch, size and modification time, so that a corpus is decoded once. Kept as
/// one tab-separated line per stretch; lines that do not parse are ignored. Safe for concurrent use; processes that
/// share the file keep each other's lines.
/// </summary>
public sealed class AudioIndex
{
    private readonly record struct Key(string Path, double Start, double End, long Size, long Modified);

    private readonly string? file;
    private readonly ConcurrentDictionary<Key, AudioInfo> known = new();
    private volatile bool changed;

    /// <param name="file">Where it is kept (<see cref="HomeFolder.AudioIndex"/>); null keeps it in memory only.</param>
    public AudioIndex(string? file = null)
    {
        this.file = file;
        Load();
    }

    /// <summary>The stretch's content; decoded only when the file is new or has changed.</summary>
    /// <exception cref="InputException">As <see cref="AudioFile.Read"/>.</exception>
    public AudioInfo Describe(AudioStretch stretch)
    {
        try
        {
            var info = new FileInfo(stretch.Path);
            if (!info.Exists) throw new InputException($"{stretch.Path}: no such audio file");
            var key = new Key(info.FullName, stretch.Start ?? 0, stretch.End ?? double.PositiveInfinity, info.Length, info.LastWriteTimeUtc.Ticks);
            if (known.TryGetValue(key, out var audio)) return audio;
            var clip = AudioFile.ReadNative(info.FullName, stretch.Start, stretch.End);
            changed = true;
            return known[key] = new AudioInfo(clip.Hash(), clip.Rate, clip.Channels, clip.Frames);
        }
        catch (InputException e) when (stretch.Origin is not null)
        {
            throw new InputException($"{stretch.Origin}: {e.Message}", e);
        }
    }

    /// <summary>All stretches, in their order, decoded on all cores and kept on disk.</summary>
    /// <exception cref="InputException">A file is bad: the first in order, and how many more; where there are more, all are its inner exception, an <see cref="AggregateException"/>.</exception>
    public ImmutableArray<AudioInfo> Describe(IReadOnlyList<AudioStretch> stretches, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var infos = new AudioInfo[stretches.Count];
        var errors = new ConcurrentDictionary<int, InputException>();
        var done = 0;
        try
        {
            Parallel.For(0, stretches.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                try
                {
                    infos[i] = Describe(stretches[i]);
                }
                catch (InputException e)
                {
                    errors[i] = e;
                }
                progress?.Report((Interlocked.Increment(ref done), stretches.Count));
            });
        }
        finally
        {
            Save();
        }
        if (errors.IsEmpty) return [.. infos];
        InputException[] all = [.. errors.OrderBy(e => e.Key).Select(e => e.Value)];
        throw all.Length == 1 ? all[0] : new InputException($"{all[0].Message} (and {Counted.Of(all.Length - 1, "more file")})", new AggregateException(all));
    }

    /// <summary>Writes what is new since the last time.</summary>
    public void Save()
    {
        if (file is null || !changed) return;
        changed = false;
        Load();
        AtomicFile.Write(file, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            foreach (var (key, audio) in known.OrderBy(k => k.Key.Path, StringComparer.Ordinal).ThenBy(k => k.Key.Start).ThenBy(k => k.Key.Modified))
            {
                if (key.Path.AsSpan().ContainsAny("\t\r\n")) continue;
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{key.Path}\t{key.Start:R}\t{key.End:R}\t{key.Size}\t{key.Modified}\t{audio.Hash}\t{audio.Rate}\t{audio.Channels}\t{audio.Frames}"));
            }
        });
    }

    private void Load()
    {
        if (file is null || !File.Exists(file)) return;
        foreach (var line in File.ReadLines(file))
        {
            if (Parse(line) is var (key, audio)) known.TryAdd(key, audio);
        }
    }

    private static (Key Key, AudioInfo Audio)? Parse(string line)
    {
        var fields = line.Split('\t');
        var culture = CultureInfo.InvariantCulture;
        return fields.Length == 9
            && double.TryParse(fields[1], culture, out var start) && double.TryParse(fields[2], culture, out var end)
            && long.TryParse(fields[3], culture, out var size) && long.TryParse(fields[4], culture, out var modified)
            && fields[5].Length == 64 && fields[5].All(char.IsAsciiHexDigitLower)
            && int.TryParse(fields[6], culture, out var rate) && rate > 0
            && int.TryParse(fields[7], culture, out var channels) && channels > 0
            && long.TryParse(fields[8], culture, out var frames) && frames > 0
            ? (new Key(fields[0], start, end, size, modified), new AudioInfo(fields[5], rate, channels, frames))
            : null;
    }
}
