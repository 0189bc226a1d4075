using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>Decoded audio as its file holds it.</summary>
/// <param name="Rate">Samples per second and channel.</param>
/// <param name="Channels">≥ 1.</param>
/// <param name="Samples">Interleaved, frames × channels; ±1 is full scale of integer formats. All finite.</param>
public sealed record AudioClip(int Rate, int Channels, float[] Samples)
{
    /// <summary>Samples per channel.</summary>
    public int Frames => Samples.Length / Channels;

    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Frames / Rate;

    /// <summary>
    /// Lower-case hexadecimal SHA-256 over rate and channels (int32 each) and the samples (float32), little-endian.
    /// Float32 holds integer PCM of up to 24 bits exactly, so FLAC, WAV and AIFF of the same samples hash the same.
    /// </summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([Rate, Channels]));
        hash.AppendData(MemoryMarshal.AsBytes<float>(Samples));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// One channel at <paramref name="rate"/>: the mean of the channels, then resampled. What is mono or at that rate
    /// already passes unchanged, bit for bit.
    /// </summary>
    public float[] ToMono(int rate = AudioFile.Rate)
    {
        var mono = Channels == 1 ? Samples : Mix();
        return Rate == rate ? mono : Resampler.Convert(mono, Rate, rate);
    }

    private float[] Mix()
    {
        var mono = new float[Frames];
        for (var frame = 0; frame < mono.Length; frame++)
        {
            var sum = 0.0;
            for (var channel = 0; channel < Channels; channel++) sum += Samples[frame * Channels + channel];
            mono[frame] = (float)(sum / Channels);
        }
        return mono;
    }
}
