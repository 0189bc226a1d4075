using System.Text;

namespace Emotion2Vec.Corpora.Tests.Audio;

/// <summary>Sound files written byte by byte, independently of the library that reads them.</summary>
internal static class Wave
{
    internal const short Pcm = 1, Float = 3;

    /// <summary>A WAV file. <paramref name="chunksBeforeData"/> and <paramref name="chunksAfterData"/> are written as given.</summary>
    internal static byte[] File(int rate, int channels, short format, int bits, byte[] data, byte[]? chunksBeforeData = null, byte[]? chunksAfterData = null, uint? dataSize = null)
    {
        var fmt = new MemoryStream();
        using (var w = new BinaryWriter(fmt, Encoding.Latin1, leaveOpen: true))
        {
            w.Write(format);
            w.Write((short)channels);
            w.Write(rate);
            w.Write(rate * channels * bits / 8);
            w.Write((short)(channels * bits / 8));
            w.Write((short)bits);
        }
        byte[] body =
        [
            .. "WAVE"u8, .. Chunk("fmt ", fmt.ToArray()), .. chunksBeforeData ?? [],
            .. "data"u8, .. BitConverter.GetBytes(dataSize ?? (uint)data.Length), .. data, .. new byte[data.Length & 1], .. chunksAfterData ?? [],
        ];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];
    }

    /// <summary>A chunk with its padding byte.</summary>
    internal static byte[] Chunk(string tag, byte[] content) =>
        [.. Encoding.Latin1.GetBytes(tag), .. BitConverter.GetBytes(content.Length), .. content, .. new byte[content.Length & 1]];

    internal static byte[] Pcm16(int rate, int channels, params short[] samples) => File(rate, channels, Pcm, 16, Bytes(samples));

    internal static byte[] Float32(int rate, int channels, params float[] samples) => File(rate, channels, Float, 32, Bytes(samples));

    /// <summary>An AIFF file of 16-bit samples.</summary>
    internal static byte[] Aiff(int rate, short[] samples)
    {
        byte[] BigEndian(params byte[] bytes) => [.. bytes.Reverse()];
        // 80-bit extended precision: exponent biased by 16383, explicit leading bit.
        var exponent = (int)Math.Floor(Math.Log2(rate));
        byte[] extended = [.. BigEndian(BitConverter.GetBytes((short)(16383 + exponent))), .. BigEndian(BitConverter.GetBytes((ulong)rate << (63 - exponent)))];
        byte[] comm = [0, 1, .. BigEndian(BitConverter.GetBytes(samples.Length)), 0, 16, .. extended];
        byte[] ssnd = [.. new byte[8], .. samples.SelectMany(s => BigEndian(BitConverter.GetBytes(s)))];
        byte[] body =
        [
            .. "AIFFCOMM"u8, .. BigEndian(BitConverter.GetBytes(comm.Length)), .. comm,
            .. "SSND"u8, .. BigEndian(BitConverter.GetBytes(ssnd.Length)), .. ssnd,
        ];
        return [.. "FORM"u8, .. BigEndian(BitConverter.GetBytes(body.Length)), .. body];
    }

    internal static short[] Sine16(int rate, double hertz, double seconds, double amplitude = 0.5) =>
        [.. Enumerable.Range(0, (int)(rate * seconds)).Select(n => (short)Math.Round(32767 * amplitude * Math.Sin(2 * Math.PI * hertz * n / rate)))];

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();
}
