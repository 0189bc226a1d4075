using System.Security.Cryptography;

namespace Emotion2Vec.Silo.Tests;

/// <summary>A corpus of noise.</summary>
internal static class Sounds
{
    /// <summary>Writes <c>tiny.csv</c> and what it names: 20 sounds of half a second in two classes.</summary>
    public static void Write(string folder)
    {
        foreach (var name in Enumerable.Range(0, 20))
        {
            var samples = new byte[44 + 2 * 8000];
            RandomNumberGenerator.Fill(samples.AsSpan(44));
            "RIFF"u8.CopyTo(samples);
            BitConverter.TryWriteBytes(samples.AsSpan(4), samples.Length - 8);
            "WAVEfmt "u8.CopyTo(samples.AsSpan(8));
            foreach (var (at, value) in (ReadOnlySpan<(int, int)>)[(16, 16), (20, 1 | 1 << 16), (24, 16000), (28, 32000), (32, 2 | 16 << 16), (40, samples.Length - 44)]) BitConverter.TryWriteBytes(samples.AsSpan(at), value);
            "data"u8.CopyTo(samples.AsSpan(36));
            File.WriteAllBytes(Path.Combine(folder, $"{name}.wav"), samples);
        }
        File.WriteAllText(Path.Combine(folder, "tiny.csv"), "path,label,speaker\n" + string.Concat(Enumerable.Range(0, 20).Select(n => $"{n}.wav,{(n % 2 == 0 ? "x" : "y")},s{n / 4}\n")));
    }
}
