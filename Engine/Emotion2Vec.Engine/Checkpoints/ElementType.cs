using System.Collections.Immutable;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>What one element of a stored tensor is.</summary>
public enum ElementType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>One row per element type: its size and its names in torch and in safetensors.</summary>
public static class ElementTypes
{
    /// <summary>The torch dtype's name, the class of its torch storage, its name in safetensors and its bytes.</summary>
    internal static readonly ImmutableArray<(ElementType Type, string Torch, string Storage, string Safetensors, int Bytes)> All =
    [
        (ElementType.Float32, "float32", "FloatStorage", "F32", 4),
        (ElementType.Float64, "float64", "DoubleStorage", "F64", 8),
        (ElementType.Float16, "float16", "HalfStorage", "F16", 2),
        (ElementType.BFloat16, "bfloat16", "BFloat16Storage", "BF16", 2),
        (ElementType.Int64, "int64", "LongStorage", "I64", 8),
        (ElementType.Int32, "int32", "IntStorage", "I32", 4),
        (ElementType.Int16, "int16", "ShortStorage", "I16", 2),
        (ElementType.Int8, "int8", "CharStorage", "I8", 1),
        (ElementType.UInt8, "uint8", "ByteStorage", "U8", 1),
        (ElementType.Bool, "bool", "BoolStorage", "BOOL", 1),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this ElementType type) => All[(int)type].Bytes;

    /// <summary>The dtype's name in torch, such as <c>float32</c>.</summary>
    public static string TorchName(this ElementType type) => All[(int)type].Torch;

    /// <summary>Whether the elements are real numbers; only such tensors count as parameters.</summary>
    public static bool IsFloat(this ElementType type) => type <= ElementType.BFloat16;
}
