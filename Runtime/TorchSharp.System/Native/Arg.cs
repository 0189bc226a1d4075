using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>What a <see cref="Value"/> holds; the order is that of native/torchsharp_system.cpp.</summary>
internal enum Tag
{
    None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Device, Generator,
    Complex, BoolList,
}

/// <summary>One argument or result of an operator as the native side reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Value
{
    internal Tag Tag;
    internal int Count;
    internal long Bits;
    internal double Imaginary;

    internal readonly double Double => BitConverter.Int64BitsToDouble(Bits);
    internal readonly IntPtr Pointer => (IntPtr)Bits;
}

/// <summary>Shape, type and place of a tensor; the pointers live as long as the tensor keeps its shape.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Info
{
    internal long* Sizes;
    internal long* Strides;
    internal long Dim;
    internal long Numel;
    internal int DType;
    internal int ItemSize;
    internal int DeviceType;
    internal int DeviceIndex;
    internal int Flags;
}

/// <summary>
/// One argument of an operator as managed code writes it: every kind of argument converts implicitly, so that a call
/// reads like the operator's schema.
/// </summary>
internal readonly struct Arg
{
    internal readonly Tag Tag;
    internal readonly int Count;
    internal readonly long Bits;
    internal readonly object? Reference;

    private Arg(Tag tag, long bits = 0, object? reference = null, int count = 0) =>
        (Tag, Bits, Reference, Count) = (tag, bits, reference, count);

    internal static Arg None => default;

    /// <summary>64-bit words that the argument needs outside of its <see cref="Value"/>.</summary>
    internal int Words => Tag switch
    {
        Tag.IntList or Tag.DoubleList or Tag.BoolList or Tag.TensorList or Tag.OptionalTensorList => Count,
        Tag.String => (Count + 7) / 8,
        _ => 0,
    };

    public static implicit operator Arg(torch.Tensor? tensor) => tensor is null ? None : new(Tag.Tensor, reference: tensor);
    public static implicit operator Arg(long value) => new(Tag.Int, value);
    public static implicit operator Arg(long? value) => value is { } v ? new(Tag.Int, v) : None;
    public static implicit operator Arg(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } v ? v : None;
    public static implicit operator Arg(bool value) => new(Tag.Bool, value ? 1 : 0);
    public static implicit operator Arg(bool? value) => value is { } v ? v : None;
    public static implicit operator Arg(Complex value) => new(Tag.Complex, reference: value);
    public static implicit operator Arg(torch.ScalarType type) => new(Tag.Int, (long)type);
    public static implicit operator Arg(torch.ScalarType? type) => type is { } t ? t : None;
    public static implicit operator Arg(torch.Device? device) =>
        device is null ? None : new(Tag.Device, (long)device.type, count: device.index);
    public static implicit operator Arg(torch.Generator? generator) =>
        generator is null ? None : new(Tag.Generator, reference: generator);
    public static implicit operator Arg(string? text) =>
        text is null ? None : new(Tag.String, reference: text, count: text.Length);
    public static implicit operator Arg(long[]? list) =>
        list is null ? None : new(Tag.IntList, reference: list, count: list.Length);
    public static implicit operator Arg(ReadOnlySpan<long> list) => list.ToArray();
    public static implicit operator Arg(double[] list) => new(Tag.DoubleList, reference: list, count: list.Length);
    public static implicit operator Arg(bool[] list) => new(Tag.BoolList, reference: list, count: list.Length);
    public static implicit operator Arg(torch.Tensor[] list) => new(Tag.TensorList, reference: list, count: list.Length);
    public static implicit operator Arg(ReadOnlySpan<torch.Tensor> list) => list.ToArray();

    public static implicit operator Arg(Scalar? scalar) => scalar is null ? None : scalar.Kind switch
    {
        Tag.Complex => new(Tag.Complex, reference: scalar.ToComplex()),
        var kind => new(kind, scalar.Bits),
    };

    /// <summary>A list of tensors in which an element may be null (the indices of <c>index</c>).</summary>
    internal static Arg Optional(torch.Tensor?[] list) => new(Tag.OptionalTensorList, reference: list, count: list.Length);

    internal static Arg List(IEnumerable<torch.Tensor> tensors) => tensors as torch.Tensor[] ?? tensors.ToArray();
}
