using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>
/// Reads speech from any file that libsndfile knows by its content (WAV, AIFF, FLAC, Ogg, MP3, …; the name does not
/// matter) and from other containers (MP4, Matroska, …) through ffmpeg where it is on PATH.
/// </summary>
public static class AudioFile
{
    /// <summary>Sample rate of every upstream, Hz.</summary>
    public const int Rate = 16000;

    /// <summary>How far <c>end</c> may lie behind the end of the file, in seconds: published times are rounded.</summary>
    private const double EndTolerance = 0.01;

    /// <summary>The stretch from <paramref name="start"/> to <paramref name="end"/> (seconds; null = all) as 16 kHz mono.</summary>
    /// <returns>Samples, ±1 is full scale; never empty, all finite. The same file gives the same bits.</returns>
    /// <exception cref="InputException">No such file, not audio, truncated, empty, not finite, or the stretch is not in it.</exception>
    public static float[] Read(string path, double? start = null, double? end = null) => ReadNative(path, start, end).ToMono();

    /// <summary>The same stretch at the file's own rate, all channels.</summary>
    /// <exception cref="InputException">As <see cref="Read"/>.</exception>
    public static AudioClip ReadNative(string path, double? start = null, double? end = null)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (RandomAccess.GetLength(file) == 0) throw new InputException($"{path}: the file is empty");
            if (Containers.Truncated(file) is { } reason) throw new InputException($"{path}: truncated: {reason}");
            if (Decode(file, path, start, end) is { } clip) return clip;
            var container = Containers.NeedsFfmpeg(file)
                ?? throw new InputException($"{path}: not an audio file (no format that libsndfile or ffmpeg reads)");
            using var decoded = Ffmpeg.ToWave(path, container);
            return Decode(decoded, path, start, end) ?? throw new InputException($"{path}: ffmpeg gave no audio");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such audio file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Null when libsndfile does not know the format.</summary>
    private static AudioClip? Decode(SafeFileHandle file, string path, double? start, double? end)
    {
        using var sound = SndFile.Open((int)file.DangerousGetHandle(), out var info, out var error, out var unknownFormat);
        if (sound is null) return unknownFormat ? null : throw new InputException($"{path}: cannot be decoded: {error}");
        // A stream of unknown length has the largest count there is; its end is where reading stops.
        var known = info.Frames < long.MaxValue / 2;
        var first = start is { } from ? Frame(path, "start", from, info.Rate) : 0;
        var last = end is { } to ? Frame(path, "end", to, info.Rate) : info.Frames;
        if (known && end is not null && last > info.Frames)
        {
            if (last - info.Frames > EndTolerance * info.Rate) throw Outside(path, start, end, info.Frames, info.Rate);
            last = info.Frames;
        }
        if (known && info.Frames == 0) throw new InputException($"{path}: holds no samples");
        if (last <= first) throw Outside(path, start, end, info.Frames, info.Rate);
        if (first > 0 && !SndFile.Seek(sound, first)) throw new InputException($"{path}: cannot be read from {Text(start)} on: damaged or not seekable");
        if (known && (last - first) * info.Channels > Array.MaxLength) throw new InputException($"{path}: too long to be one utterance ({(last - first) / info.Rate} s)");

        var samples = known ? ReadExactly(sound, path, last - first, info.Channels) : ReadToEnd(sound, last - first, info.Channels);
        if (samples.Length == 0) throw new InputException($"{path}: holds no samples");
        for (var i = 0; i < samples.Length; i++)
        {
            if (!float.IsFinite(samples[i])) throw new InputException($"{path}: sample {i / info.Channels} is not a finite number");
        }
        return new AudioClip(info.Rate, info.Channels, samples);
    }

    private static float[] ReadExactly(SndFile.Handle sound, string path, long frames, int channels)
    {
        var samples = new float[frames * channels];
        var done = 0L;
        while (done < frames)
        {
            var read = SndFile.Read(sound, samples.AsSpan((int)(done * channels)), channels);
            if (read <= 0) throw new InputException($"{path}: truncated or damaged: {frames} frames announced, {done} could be decoded");
            done += read;
        }
        return samples;
    }

    private static float[] ReadToEnd(SndFile.Handle sound, long frames, int channels)
    {
        var samples = new List<float>();
        var block = new float[(1 << 14) * channels];
        while (samples.Count < frames * (double)channels && SndFile.Read(sound, block, channels) is > 0 and var read)
            samples.AddRange(block.AsSpan(0, (int)Math.Min(read, frames - samples.Count / channels) * channels));
        return [.. samples];
    }

    private static long Frame(string path, string what, double seconds, int rate) =>
        double.IsFinite(seconds) && seconds is >= 0 and < 1e9
            ? (long)Math.Round(seconds * rate, MidpointRounding.AwayFromZero)
            : throw new InputException($"{path}: {what} is {seconds.ToString(CultureInfo.InvariantCulture)}, not a time in seconds");

    private static InputException Outside(string path, double? start, double? end, long frames, int rate) =>
        new($"{path}: no audio from {Text(start ?? 0)} to {Text(end)}: the file is {Text((double)frames / rate)} long");

    private static string Text(double? seconds) => seconds is { } s ? s.ToString("0.### s", CultureInfo.InvariantCulture) : "its end";
}
