using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Features;

/// <summary>Writes a features file utterance by utterance, in one pass; the final name shows it whole or not at all.</summary>
public sealed class FeatureFileWriter
{
    private readonly Stream stream;
    private readonly IncrementalHash whole;
    private readonly byte[] header = new byte[FeatureFile.HeaderBytes], table;
    private readonly int utterances, row;
    private int written;
    private long samples;

    private FeatureFileWriter(Stream stream, IncrementalHash whole, int utterances, int layers, int dimension)
    {
        (this.stream, this.whole, this.utterances, row) = (stream, whole, utterances, layers * dimension);
        table = new byte[utterances * FeatureFile.EntryBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(header, FeatureFile.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), utterances);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), layers);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), dimension);
        Put(header);
    }

    /// <summary>Makes a file; two processes that make the same one do not disturb each other.</summary>
    /// <param name="path">Its final place.</param>
    /// <param name="utterances">Utterances that <paramref name="fill"/> appends.</param>
    /// <param name="layers">Layers per frame.</param>
    /// <param name="dimension">Values per frame and layer.</param>
    /// <param name="fill">Appends them in manifest order; where it throws, nothing remains.</param>
    /// <returns>SHA-256 of the file.</returns>
    public static string Write(string path, int utterances, int layers, int dimension, Action<FeatureFileWriter> fill)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AtomicFile.Write(path, stream =>
        {
            var writer = new FeatureFileWriter(stream, whole, utterances, layers, dimension);
            fill(writer);
            writer.Finish();
        });
        return Convert.ToHexStringLower(whole.GetHashAndReset());
    }

    /// <summary>Frames appended so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next utterance in manifest order.</summary>
    /// <param name="frames">Row-major frames × (layers × dimension), at least one frame.</param>
    /// <param name="samples">Samples of 16 kHz speech behind them.</param>
    public void Append(ReadOnlySpan<float> frames, int samples)
    {
        if (written == utterances) throw new InvalidOperationException($"{utterances} utterances are already written");
        if (frames.Length == 0 || frames.Length % row != 0) throw new ArgumentException($"{frames.Length} values are not frames of {row}", nameof(frames));
        var bytes = MemoryMarshal.AsBytes(frames);
        var entry = table.AsSpan(written++ * FeatureFile.EntryBytes, FeatureFile.EntryBytes);
        BinaryPrimitives.WriteInt64LittleEndian(entry, Frames);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], frames.Length / row);
        SHA256.HashData(bytes, entry[16..]);
        Frames += frames.Length / row;
        this.samples += samples;
        Put(bytes);
    }

    private void Finish()
    {
        if (written != utterances) throw new InvalidOperationException($"{written} of {utterances} utterances were appended");
        Span<byte> trailer = stackalloc byte[FeatureFile.TrailerBytes];
        BinaryPrimitives.WriteInt64LittleEndian(trailer, Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[8..], samples);
        FeatureFile.HashTables(header, table, trailer[..16]).CopyTo(trailer[16..]);
        BinaryPrimitives.WriteUInt64LittleEndian(trailer[48..], FeatureFile.Magic);
        Put(table);
        Put(trailer);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        whole.AppendData(bytes);
        Bytes += bytes.Length;
    }
}
