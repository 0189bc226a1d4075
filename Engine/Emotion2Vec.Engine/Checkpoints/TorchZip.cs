using System.Buffers.Binary;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints.Pickle;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// torch's file format since 1.6: a zip archive of uncompressed records <c>NAME/data.pkl</c> (the pickle),
/// <c>NAME/data/KEY</c> (one storage each, aligned to 64 bytes), <c>NAME/byteorder</c> and <c>NAME/version</c>.
/// </summary>
internal sealed class TorchZip
{
    private const int MaximalRecords = 1_000_000;
    private readonly CheckpointSource source;
    private readonly Dictionary<string, Record> records = new(StringComparer.Ordinal);
    private string folder = "";
    private bool bigEndian;

    private TorchZip(CheckpointSource source) => this.source = source;

    private readonly record struct Record(long Header, long Stored, long Size, ushort Method, uint Crc);

    /// <summary>The value that was saved; its tensors get their bytes through <paramref name="storage"/>, null where they are not there.</summary>
    public static object? Read(CheckpointSource source, out Func<PickleStorage, TensorStorage?> storage)
    {
        var zip = new TorchZip(source);
        zip.ReadDirectory();
        var pickles = zip.records.Keys.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal) && n.Count(c => c == '/') == 1).ToArray();
        if (pickles is not [var pickle]) throw source.Fail("is a zip archive but not one of torch: it holds no data.pkl");
        zip.folder = pickle[..^"data.pkl".Length];
        if (zip.records.ContainsKey(zip.folder + "constants.pkl"))
            throw source.Fail("is a compiled TorchScript program, not a checkpoint: save the model's state_dict with torch.save");
        zip.bigEndian = zip.ByteOrder();
        var (start, length) = zip.Locate(pickle);
        storage = zip.Storage;
        return new PickleMachine(new PickleInput(source, start, length), Persistent).Run();
    }

    /// <summary>The persistent id of a storage: ("storage", class, key, location, elements).</summary>
    internal static PickleStorage? Persistent(PickleTuple id) => id.Items is ["storage", PickleGlobal { Kind: GlobalKind.StorageType } type, string key, _, long elements, ..] && elements >= 0
        ? new PickleStorage(key, PickleGlobals.Type(type), elements)
        : null;

    private FileStorage? Storage(PickleStorage wanted)
    {
        var name = $"{folder}data/{wanted.Key}";
        if (!records.TryGetValue(name, out var record)) return null;
        var (start, length) = Locate(name);
        var needed = (Int128)wanted.Elements * (wanted.Type?.Bytes() ?? 1);
        return length < needed ? null : new FileStorage(source, start, length, bigEndian, record.Crc);
    }

    private bool ByteOrder()
    {
        if (!records.ContainsKey(folder + "byteorder")) return false;
        var (start, length) = Locate(folder + "byteorder");
        var order = length <= 16 ? Encoding.Latin1.GetString(source.Read(start, (int)length)).Trim() : "";
        return order switch
        {
            "little" => false,
            "big" => true,
            _ => throw source.Fail("damaged: its byte order is neither little nor big"),
        };
    }

    /// <summary>Where a record's bytes begin (its local header has a length of its own) and how many there are.</summary>
    private (long Start, long Length) Locate(string name)
    {
        var record = records[name];
        if (record.Method != 0 || record.Stored != record.Size) throw source.Fail($"its record {name} is compressed; torch stores records as they are");
        if (record.Header < 0 || record.Header > source.Length - 30) throw Damaged($"record {name} is outside the file");
        var header = source.Read(record.Header, 30);
        if (U32(header, 0) != 0x04034B50) throw Damaged($"record {name} has no header");
        var start = record.Header + 30 + U16(header, 26) + U16(header, 28);
        if (record.Size < 0 || start > source.Length - record.Size) throw Damaged($"record {name} goes past the end of the file");
        return (start, record.Size);
    }

    private void ReadDirectory()
    {
        var (at, size, count) = End();
        if (at < 0 || size < 0 || at > source.Length - size || size > 256 << 20 || count is < 0 or > MaximalRecords) throw Damaged("its directory is outside the file");
        var bytes = source.Read(at, (int)size);
        var p = 0;
        for (var i = 0L; i < count; i++)
        {
            if (p > bytes.Length - 46 || U32(bytes, p) != 0x02014B50) throw Damaged($"entry {i} of its directory is wrong");
            int name = U16(bytes, p + 28), extra = U16(bytes, p + 30), comment = U16(bytes, p + 32);
            if (p + 46 > bytes.Length - name - extra - comment) throw Damaged($"entry {i} of its directory is cut off");
            // Where a field of 32 bits is full of ones, the value follows with 64 bits in extra field 1, in this order.
            var large = Field(bytes.AsSpan(p + 46 + name, extra), 1);
            var full = Wide(U32(bytes, p + 24), ref large);
            var stored = Wide(U32(bytes, p + 20), ref large);
            var header = Wide(U32(bytes, p + 42), ref large);
            var key = Encoding.UTF8.GetString(bytes, p + 46, name);
            if (!records.TryAdd(key, new Record(header, stored, full, U16(bytes, p + 10), U32(bytes, p + 16)))) throw Damaged($"two records are called {key}");
            p += 46 + name + extra + comment;
        }
    }

    private long Wide(uint value, ref ReadOnlySpan<byte> large)
    {
        if (value != 0xFFFFFFFF) return value;
        if (large.Length < 8) throw Damaged("an entry of its directory is cut off");
        var wide = BinaryPrimitives.ReadInt64LittleEndian(large);
        large = large[8..];
        return wide;
    }

    /// <summary>Position, bytes and entries of the directory, from the record at the file's end.</summary>
    private (long At, long Size, long Count) End()
    {
        var tail = (int)Math.Min(source.Length, 22 + 65535);
        var bytes = source.Read(source.Length - tail, tail);
        for (var p = tail - 22; p >= 0; p--)
        {
            if (U32(bytes, p) != 0x06054B50 || p + 22 + U16(bytes, p + 20) != tail) continue;
            if (p >= 20 && U32(bytes, p - 20) == 0x07064B50) return End64(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(p - 12)));
            return (U32(bytes, p + 16), U32(bytes, p + 12), U16(bytes, p + 10));
        }
        throw source.Fail($"truncated at {source.Length} bytes: the zip directory at its end is missing");
    }

    private (long At, long Size, long Count) End64(long at)
    {
        if (at < 0 || at > source.Length - 56) throw Damaged("its directory is outside the file");
        var bytes = source.Read(at, 56);
        if (U32(bytes, 0) != 0x06064B50) throw Damaged("its directory has no end");
        return (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(48)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(32)));
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> extra, ushort id)
    {
        while (extra.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4) break;
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == id) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return [];
    }

    private InputException Damaged(string what) => source.Fail($"damaged: {what}");

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
}
