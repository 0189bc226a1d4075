using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// A named tensor of a checkpoint. Name, type and shape are known at once; the elements are read from the file when they
/// are asked for, so the <see cref="CheckpointFile"/> it came from must still be open then.
/// </summary>
public sealed class CheckpointTensor
{
    private readonly ImmutableArray<long> strides;
    private readonly long offset;

    private CheckpointTensor(string name, ElementType type, ImmutableArray<long> shape, ImmutableArray<long> strides, long offset, TensorStorage storage)
    {
        Name = name;
        Type = type;
        Shape = shape;
        this.strides = strides;
        this.offset = offset;
        Storage = storage;
        Count = shape.Aggregate(1L, (n, d) => n * d);
    }

    /// <summary>Its key in the state dict.</summary>
    public string Name { get; }

    public ElementType Type { get; }

    /// <summary>Empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    internal TensorStorage Storage { get; }

    /// <summary>A tensor of numbers in memory, in row-major order.</summary>
    public static CheckpointTensor FromFloats(string name, IEnumerable<long> shape, float[] values) =>
        FromBytes(name, ElementType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A tensor in memory: row-major elements, the least significant byte first.</summary>
    /// <exception cref="ArgumentException">The bytes are not as many as the shape needs.</exception>
    public static CheckpointTensor FromBytes(string name, ElementType type, IEnumerable<long> shape, ReadOnlyMemory<byte> elements)
    {
        ImmutableArray<long> sizes = [.. shape];
        var tensor = new CheckpointTensor(name, type, sizes, RowMajor(sizes), 0, new MemoryStorage(elements));
        if (tensor.Count * type.Bytes() != elements.Length)
            throw new ArgumentException($"{name}: {elements.Length} bytes for shape {tensor.ShapeText} of {type.TorchName()}", nameof(elements));
        return tensor;
    }

    /// <summary>A view of a storage: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + …, all counted in elements.</summary>
    /// <returns>Null with <paramref name="fault"/> saying why where the view cannot be.</returns>
    internal static CheckpointTensor? View(string name, ElementType type, ImmutableArray<long> shape, ImmutableArray<long> strides, long offset, TensorStorage storage, out string? fault)
    {
        fault = Fault(type, shape, strides, offset, storage);
        return fault is null ? new CheckpointTensor(name, type, shape, strides, offset, storage) : null;
    }

    internal static ImmutableArray<long> RowMajor(ImmutableArray<long> shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= Math.Max(1, shape[d]);
        }
        return [.. strides];
    }

    /// <summary>The shape as <c>768x48x19</c>; <c>scalar</c> without dimensions.</summary>
    public string ShapeText => TensorSpec.Text(Shape);

    /// <summary>The same elements under another name.</summary>
    public CheckpointTensor Renamed(string name) => new(name, Type, Shape, strides, offset, Storage);

    /// <summary>The same elements with a dimension of size 1 in front.</summary>
    public CheckpointTensor Unsqueezed() => new(Name, Type, [1, .. Shape], [0, .. strides], offset, Storage);

    /// <summary>All elements as numbers, in row-major order.</summary>
    /// <exception cref="InputException">The file is damaged or gone, or there are over 2^31 bytes of elements.</exception>
    public float[] ToFloats()
    {
        var bytes = ReadBytes();
        var values = new float[Count];
        if (Type == ElementType.Float32 && BitConverter.IsLittleEndian)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4)),
                ElementType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(i * 8)),
                ElementType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(i * 2)),
                ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i * 2)) << 16),
                ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * 8)),
                ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * 4)),
                ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(i * 2)),
                ElementType.Int8 => (sbyte)bytes[i],
                ElementType.UInt8 => bytes[i],
                ElementType.Bool => bytes[i] == 0 ? 0 : 1,
                _ => throw new InvalidOperationException($"no reading of {Type}"),
            };
        }
        return values;
    }

    /// <summary>All elements as they are stored, in row-major order, the least significant byte first.</summary>
    /// <exception cref="InputException">The file is damaged or gone, or there are over 2^31 bytes of elements.</exception>
    public byte[] ReadBytes()
    {
        var size = Type.Bytes();
        if (Count > Array.MaxLength / size) throw new InputException($"tensor {Name} of shape {ShapeText} is too large to be read at once");
        var target = new byte[Count * size];
        if (Count == 0) return target;
        if (IsRowMajor) Storage.Read(offset * size, target);
        else Gather(target, size);
        if (Storage.BigEndian && size > 1)
        {
            for (var i = 0; i < target.Length; i += size) target.AsSpan(i, size).Reverse();
        }
        return target;
    }

    /// <summary>The elements as <paramref name="type"/>, converted when they are read; numbers are rounded to nearest even. Integers stay as they are.</summary>
    public CheckpointTensor As(ElementType type) =>
        type == Type || !Type.IsFloat() || !type.IsFloat() ? this : new CheckpointTensor(Name, type, Shape, RowMajor(Shape), 0, new ConvertedStorage(this, type));

    internal byte[] Convert(ElementType type)
    {
        var values = ToFloats();
        var size = type.Bytes();
        if (Count > Array.MaxLength / size) throw new InputException($"tensor {Name} of shape {ShapeText} is too large to be read at once");
        var bytes = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            var at = bytes.AsSpan(i * size);
            switch (type)
            {
                case ElementType.Float32: BinaryPrimitives.WriteSingleLittleEndian(at, values[i]); break;
                case ElementType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(at, values[i]); break;
                case ElementType.Float16: BinaryPrimitives.WriteHalfLittleEndian(at, (Half)values[i]); break;
                case ElementType.BFloat16: BinaryPrimitives.WriteUInt16LittleEndian(at, BFloat16(values[i])); break;
                default: throw new InvalidOperationException($"no conversion to {type}");
            }
        }
        return bytes;
    }

    private bool IsRowMajor
    {
        get
        {
            var rows = RowMajor(Shape);
            // The stride of a dimension of size 1 is never used; torch stores anything there.
            return !Shape.Where((size, d) => size != 1 && strides[d] != rows[d]).Any();
        }
    }

    private static ushort BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)(bits >> 16 | 0x40);
        return (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    private void Gather(byte[] target, int size)
    {
        var extent = Shape.Select((n, d) => (n - 1) * strides[d]).Sum() + 1;
        if (extent > Array.MaxLength / size) throw new InputException($"tensor {Name} spans too large a storage to be read at once");
        var source = new byte[extent * size];
        Storage.Read(offset * size, source);
        var index = new long[Shape.Length];
        var from = 0L;
        for (var to = 0; to < target.Length; to += size)
        {
            source.AsSpan((int)(from * size), size).CopyTo(target.AsSpan(to));
            for (var d = index.Length - 1; d >= 0; d--)
            {
                from += strides[d];
                if (++index[d] < Shape[d]) break;
                from -= index[d] * strides[d];
                index[d] = 0;
            }
        }
    }

    private static string? Fault(ElementType type, ImmutableArray<long> shape, ImmutableArray<long> strides, long offset, TensorStorage storage)
    {
        if (shape.Length > 32) return $"has {shape.Length} dimensions";
        if (shape.Length != strides.Length) return $"has {shape.Length} dimensions and {strides.Length} strides";
        if (offset < 0 || shape.Any(d => d < 0) || strides.Any(s => s < 0)) return "has a negative offset, size or stride";
        Int128 count = 1, last = offset;
        for (var d = 0; d < shape.Length; d++)
        {
            count *= shape[d];
            last += (Int128)Math.Max(0, shape[d] - 1) * strides[d];
            if (count > long.MaxValue || last > long.MaxValue) return $"has the impossible shape {TensorSpec.Text(shape)}";
        }
        var held = storage.Length / type.Bytes();
        if (count > 0 && last >= held) return $"needs {last + 1} elements, {held} are stored";
        // One stored element can be expanded to any shape: what is far larger than its storage is not a weight.
        if (count > Math.Max(held, 1 << 24)) return $"expands {held} stored elements to {count}";
        return null;
    }
}

/// <summary>The name and shape a tensor should have.</summary>
public sealed record TensorSpec(string Name, ImmutableArray<long> Shape)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (n, d) => n * d);

    internal static string Text(ImmutableArray<long> shape) => shape.Length == 0 ? "scalar" : string.Join('x', shape);
}
