using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>A run of bytes that one or several tensors look at.</summary>
internal abstract class TensorStorage
{
    /// <summary>Bytes it holds.</summary>
    public abstract long Length { get; }

    /// <summary>True where the most significant byte of an element comes first.</summary>
    public virtual bool BigEndian => false;

    /// <summary>Fills <paramref name="target"/> from byte <paramref name="offset"/>.</summary>
    public abstract void Read(long offset, Span<byte> target);

    /// <summary>Compares the whole with the checksum the file holds, where it holds one.</summary>
    public virtual void Check()
    {
    }
}

/// <summary>A part of a checkpoint file.</summary>
/// <param name="crc">Its CRC-32; null where the format has none.</param>
internal sealed class FileStorage(CheckpointSource source, long start, long length, bool bigEndian = false, uint? crc = null) : TensorStorage
{
    private bool right = crc is null;

    public override long Length => length;

    public override bool BigEndian => bigEndian;

    public override void Read(long offset, Span<byte> target)
    {
        source.Read(start + offset, target);
        if (!right && offset == 0 && target.Length == length) Compare(Crc32.Of(target));
    }

    public override void Check()
    {
        if (right) return;
        var state = Crc32.Start;
        var buffer = new byte[(int)Math.Min(length, 1 << 20)];
        for (var at = 0L; at < length; at += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at));
            source.Read(start + at, part);
            state = Crc32.Add(state, part);
        }
        Compare(Crc32.End(state));
    }

    private void Compare(uint found)
    {
        if (found != crc) throw source.Fail($"is damaged: the {length} bytes of tensor data at {start} have checksum {found:x8}, not {crc:x8}");
        right = true;
    }
}

/// <summary>Bytes in memory, the least significant byte of an element first.</summary>
internal sealed class MemoryStorage(ReadOnlyMemory<byte> bytes) : TensorStorage
{
    public override long Length => bytes.Length;

    public override void Read(long offset, Span<byte> target) => bytes.Span.Slice((int)offset, target.Length).CopyTo(target);
}

/// <summary>Another tensor's elements in another type, made when they are read, so that converting a file holds one tensor at a time.</summary>
internal sealed class ConvertedStorage(CheckpointTensor tensor, ElementType type) : TensorStorage
{
    public override long Length => tensor.Count * type.Bytes();

    public override void Read(long offset, Span<byte> target) => tensor.Convert(type).AsSpan((int)offset, target.Length).CopyTo(target);

    public override void Check() => tensor.Storage.Check();
}

/// <summary>CRC-32 of zip records (polynomial 0xEDB88320, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    public const uint Start = 0xFFFFFFFF;
    private static readonly uint[] Table = Tables();

    public static uint Of(ReadOnlySpan<byte> bytes) => End(Add(Start, bytes));

    public static uint End(uint state) => ~state;

    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        var t = Table;
        while (bytes.Length >= 8)
        {
            var low = state ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = t[0x700 + (low & 0xFF)] ^ t[0x600 + (low >> 8 & 0xFF)] ^ t[0x500 + (low >> 16 & 0xFF)] ^ t[0x400 + (low >> 24)]
                ^ t[0x300 + (high & 0xFF)] ^ t[0x200 + (high >> 8 & 0xFF)] ^ t[0x100 + (high >> 16 & 0xFF)] ^ t[high >> 24];
            bytes = bytes[8..];
        }
        foreach (var b in bytes) state = t[(state ^ b) & 0xFF] ^ state >> 8;
        return state;
    }

    private static uint[] Tables()
    {
        var t = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var c = i;
            for (var bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320 ^ c >> 1 : c >> 1;
            t[i] = c;
        }
        for (var i = 256; i < t.Length; i++) t[i] = t[t[i - 256] & 0xFF] ^ t[i - 256] >> 8;
        return t;
    }
}
