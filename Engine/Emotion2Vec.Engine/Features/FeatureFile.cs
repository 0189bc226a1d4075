using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Emotion2Vec.Engine.Features;

/// <summary>The file is not a complete, unchanged features file; extracting again makes a new one.</summary>
public sealed class DamagedFeaturesException(string path, string what) : Exception($"{path}: damaged features file: {what}");

/// <summary>
/// Frames of every utterance of a corpus by one upstream, mapped into memory: opening reads the tables at the end (48
/// bytes per utterance), frames come from the page cache, shared by all processes that use the file. The tables are
/// checked when opening, each utterance's frames when they are first asked for, so that a process pays one SHA-256
/// (about 0.6 s per GB) over what it uses and nothing for the rest. Layout: docs/ENGINE.md.
/// </summary>
public sealed unsafe class FeatureFile : IDisposable
{
    internal const ulong Magic = 0x3154_4145_4656_3245; // "E2VFEAT1"
    internal const int HeaderBytes = 64, EntryBytes = 48, TrailerBytes = 56;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;
    private readonly long table;
    private readonly bool[] verified;

    /// <param name="path">A file that <see cref="FeatureFileWriter"/> made.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="DamagedFeaturesException">Truncated, not a features file, or its tables changed.</exception>
    public FeatureFile(string path)
    {
        Path = path;
        Bytes = new FileInfo(path).Length;
        if (Bytes < HeaderBytes + TrailerBytes) throw new DamagedFeaturesException(path, $"{Bytes} bytes are too few");
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, Bytes, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var header = Span(0, HeaderBytes);
            var trailer = Span(Bytes - TrailerBytes, TrailerBytes);
            if (BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic || BinaryPrimitives.ReadUInt64LittleEndian(trailer[48..]) != Magic)
                throw new DamagedFeaturesException(path, "it does not begin and end as one");
            Utterances = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
            Layers = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
            table = BinaryPrimitives.ReadInt64LittleEndian(trailer);
            if (Utterances < 0 || table < HeaderBytes || table + (long)Utterances * EntryBytes != Bytes - TrailerBytes)
                throw new DamagedFeaturesException(path, "its tables do not fit its length");
            if (!trailer[16..48].SequenceEqual(HashTables(header, Span(table, Utterances * EntryBytes), trailer[..16])))
                throw new DamagedFeaturesException(path, "its tables changed");
            verified = new bool[Utterances];
            AudioSeconds = BinaryPrimitives.ReadInt64LittleEndian(trailer[8..]) / 16_000.0;
            Frames = Utterances == 0 ? 0 : Entry(Utterances - 1).First + Entry(Utterances - 1).Count;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Length of the file.</summary>
    public long Bytes { get; }

    /// <summary>Utterances, in manifest order.</summary>
    public int Utterances { get; }

    /// <summary>Layers per frame.</summary>
    public int Layers { get; }

    /// <summary>Values per frame and layer.</summary>
    public int Dimension { get; }

    /// <summary>Frames of all utterances.</summary>
    public long Frames { get; }

    /// <summary>Speech behind the frames, in seconds.</summary>
    public double AudioSeconds { get; }

    /// <summary>Frames of one utterance; reads nothing but the table.</summary>
    public int FrameCount(int utterance) => Entry(utterance).Count;

    /// <summary>The frames of one utterance where they lie: row-major frames × (layers × dimension). Valid until disposal.</summary>
    /// <exception cref="DamagedFeaturesException">They changed since they were written.</exception>
    public ReadOnlySpan<float> this[int utterance]
    {
        get
        {
            var (first, count) = Entry(utterance);
            var row = (long)Layers * Dimension * sizeof(float);
            var bytes = Span(HeaderBytes + first * row, checked((int)(count * row)));
            if (!verified[utterance])
            {
                if (!SHA256.HashData(bytes).AsSpan().SequenceEqual(Span(table + (long)utterance * EntryBytes + 16, 32)))
                    throw new DamagedFeaturesException(Path, $"the frames of utterance {utterance} changed");
                verified[utterance] = true;
            }
            return MemoryMarshal.Cast<byte, float>(bytes);
        }
    }

    /// <summary>SHA-256 of the whole file after checking every utterance; reads it all.</summary>
    /// <exception cref="DamagedFeaturesException">Any frame changed.</exception>
    public string Verify()
    {
        for (var i = 0; i < Utterances; i++) _ = this[i];
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    internal static byte[] HashTables(ReadOnlySpan<byte> header, ReadOnlySpan<byte> table, ReadOnlySpan<byte> trailer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(table);
        hash.AppendData(trailer);
        return hash.GetHashAndReset();
    }

    private (long First, int Count) Entry(int utterance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(utterance);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(utterance, Utterances);
        var entry = Span(table + (long)utterance * EntryBytes, EntryBytes);
        return (BinaryPrimitives.ReadInt64LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[8..]));
    }

    private ReadOnlySpan<byte> Span(long offset, int length) => new(start + offset, length);

    public void Dispose()
    {
        if (start != null) view.SafeMemoryMappedViewHandle.ReleasePointer();
        start = null;
        view.Dispose();
        file.Dispose();
    }
}
