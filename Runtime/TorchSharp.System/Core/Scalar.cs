using System;
using System.Numerics;

namespace TorchSharp;

/// <summary>One number of an operator's argument, with the type it was written in.</summary>
public sealed class Scalar : IDisposable
{
    private readonly Complex complex;

    internal readonly Tag Kind;
    internal readonly long Bits;

    private Scalar(Tag kind, long bits, torch.ScalarType type) => (Kind, Bits, Type) = (kind, bits, type);

    private Scalar(double value, torch.ScalarType type) : this(Tag.Double, BitConverter.DoubleToInt64Bits(value), type)
    {
    }

    private Scalar(Complex value, torch.ScalarType type) : this(Tag.Complex, 0, type) => complex = value;

    public torch.ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => new(Tag.Int, value, torch.ScalarType.Byte);
    public static implicit operator Scalar(sbyte value) => new(Tag.Int, value, torch.ScalarType.Int8);
    public static implicit operator Scalar(short value) => new(Tag.Int, value, torch.ScalarType.Int16);
    public static implicit operator Scalar(int value) => new(Tag.Int, value, torch.ScalarType.Int32);
    public static implicit operator Scalar(long value) => new(Tag.Int, value, torch.ScalarType.Int64);
    public static implicit operator Scalar(Half value) => new((double)value, torch.ScalarType.Float16);
    public static implicit operator Scalar(float value) => new(value, torch.ScalarType.Float32);
    public static implicit operator Scalar(double value) => new(value, torch.ScalarType.Float64);
    public static implicit operator Scalar(bool value) => new(Tag.Bool, value ? 1 : 0, torch.ScalarType.Bool);
    public static implicit operator Scalar((float, float) value) =>
        new(new Complex(value.Item1, value.Item2), torch.ScalarType.ComplexFloat32);
    public static implicit operator Scalar(Complex value) => new(value, torch.ScalarType.ComplexFloat64);

    internal static Scalar From(in Value value, torch.ScalarType type) => value.Tag switch
    {
        Tag.Double => new(value.Double, type),
        Tag.Complex => new(new Complex(value.Double, value.Imaginary), type),
        _ => new(value.Tag, value.Bits, type),
    };

    internal Complex ToComplex() => Kind == Tag.Complex ? complex : new Complex(Number, 0);

    /// <summary>The value as a double; an integer beyond 2^53 is rounded.</summary>
    internal double Number => Kind switch
    {
        Tag.Double => BitConverter.Int64BitsToDouble(Bits),
        Tag.Complex => throw new InvalidCastException("a complex number is not a real one"),
        _ => Bits,
    };

    internal long Integer => Kind is Tag.Int or Tag.Bool ? Bits : (long)Number;

    public void Dispose()
    {
    }
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this (float, float) value) => value;
    public static Scalar ToScalar(this Complex value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this Half value) => value;

    public static float ToSingle(this Scalar value) => (float)value.Number;
    public static double ToDouble(this Scalar value) => value.Number;
    public static int ToInt32(this Scalar value) => (int)value.Integer;
    public static long ToInt64(this Scalar value) => value.Integer;
    public static bool ToBoolean(this Scalar value) => value.Kind == Tag.Double ? value.Number != 0 : value.Bits != 0;
}
