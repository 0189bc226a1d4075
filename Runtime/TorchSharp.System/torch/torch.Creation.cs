using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.Aten;

namespace TorchSharp;

/// <summary>Tensors from managed memory, sequences, windows and random numbers.</summary>
public static partial class torch
{
    /// <summary>Copies managed numbers into a tensor, then converts and moves it where that was asked.</summary>
    private static unsafe Tensor Copy<T>(ReadOnlySpan<T> data, long[] shape, ScalarType own, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
        where T : unmanaged
    {
        Unnamed(names);
        if (shape.Aggregate(1L, (product, extent) => product * extent) != data.Length)
            throw new ArgumentException($"mismatched total size creating a tensor: {data.Length} elements for the shape [{string.Join(", ", shape)}]");
        IntPtr handle;
        fixed (T* source = data)
        fixed (long* sizes = shape)
            Library.Check(Library.ts_from_copy(source, sizes, shape.Length, (int)own, &handle));
        return Leaf(Placed(new Tensor(handle), dtype ?? own, device ?? default_device), requires_grad);
    }

    private static Tensor Placed(Tensor made, ScalarType dtype, Device device)
    {
        if (made.dtype == dtype && made.device.Same(device)) return made;
        using (made) return made.to(dtype, device);
    }

    private static ReadOnlySpan<T> Span<T>(IList<T> list) => list switch
    {
        T[] array => array,
        List<T> items => CollectionsMarshal.AsSpan(items),
        _ => list.ToArray(),
    };

    private static ReadOnlySpan<T> Span<T>(Array array) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var shape = Enumerable.Range(0, rawArray.Rank).Select(rawArray.GetLongLength).ToArray();
        return rawArray.GetType().GetElementType() switch
        {
            var t when t == typeof(bool) => Copy<bool>(Span<bool>(rawArray), shape, ScalarType.Bool, dtype, device, requires_grad, names),
            var t when t == typeof(byte) => Copy<byte>(Span<byte>(rawArray), shape, ScalarType.Byte, dtype, device, requires_grad, names),
            var t when t == typeof(sbyte) => Copy<sbyte>(Span<sbyte>(rawArray), shape, ScalarType.Int8, dtype, device, requires_grad, names),
            var t when t == typeof(short) => Copy<short>(Span<short>(rawArray), shape, ScalarType.Int16, dtype, device, requires_grad, names),
            var t when t == typeof(int) => Copy<int>(Span<int>(rawArray), shape, ScalarType.Int32, dtype, device, requires_grad, names),
            var t when t == typeof(long) => Copy<long>(Span<long>(rawArray), shape, ScalarType.Int64, dtype, device, requires_grad, names),
            var t when t == typeof(float) => Copy<float>(Span<float>(rawArray), shape, ScalarType.Float32, dtype, device, requires_grad, names),
            var t when t == typeof(double) => Copy<double>(Span<double>(rawArray), shape, ScalarType.Float64, dtype, device, requires_grad, names),
            var t => throw new NotSupportedException($"an array of {t?.Name} cannot become a tensor"),
        };
    }

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        data.to(dtype ?? data.dtype, device ?? data.device);
    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) =>
        from_array(data, dtype, device);

    /// <summary>A tensor over the memory of an array, from its element <paramref name="offset"/>: a change of one is seen in the other.</summary>
    public static unsafe Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        var size = rawArray.GetType().GetElementType() is { IsPrimitive: true } type
            ? type == typeof(bool) ? 1 : Marshal.SizeOf(type)
            : throw new ArgumentException("frombuffer takes an array of numbers");
        using var probe = empty(0, dtype);
        if (probe.ElementSize != size) throw new ArgumentException($"an array of {size}-byte elements cannot be seen as {dtype}");
        if (count < 0) count = rawArray.LongLength - offset;
        if (offset < 0 || count < 0 || offset + count > rawArray.LongLength)
            throw new ArgumentException($"{count} elements from {offset} do not fit an array of {rawArray.LongLength}");

        var pin = GCHandle.Alloc(rawArray, GCHandleType.Pinned);
        IntPtr handle;
        var status = Library.ts_from_blob((byte*)pin.AddrOfPinnedObject() + offset * size, &count, 1, (int)dtype, &Release,
            (void*)GCHandle.ToIntPtr(pin), &handle);
        if (status != 0) pin.Free();
        Library.Check(status);
        return Leaf(new Tensor(handle), requires_grad);

        [UnmanagedCallersOnly]
        static void Release(void* context) => GCHandle.FromIntPtr((IntPtr)context).Free();
    }

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.empty_like(dtype, device, Unnamed(names) && requires_grad);
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.zeros_like(dtype, device, Unnamed(names) && requires_grad);
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.ones_like(dtype, device, Unnamed(names) && requires_grad);
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.full_like(value, dtype, device, Unnamed(names) && requires_grad);
    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Leaf(Op("empty_strided", size, strides, dtype ?? default_dtype, Arg.None, device ?? default_device), Unnamed(names) && requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var integers = start.Kind == Tag.Int && stop.Kind == Tag.Int && step.Kind == Tag.Int;
        return Leaf(Op("arange.start_step", start, stop, step, dtype ?? (integers ? ScalarType.Int64 : default_dtype),
            Arg.None, device ?? default_device), requires_grad);
    }
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Op("linspace", start, end, steps, dtype ?? default_dtype, Arg.None, device ?? default_device), requires_grad);
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Leaf(Op("eye.m", rows, columns < 0 ? rows : columns, dtype ?? default_dtype, Arg.None, device ?? default_device), Unnamed(names) && requires_grad);
    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Op("tril_indices", row, col, offset, dtype, Arg.None, device ?? default_device);
    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Op("triu_indices", row, col, offset, dtype, Arg.None, device ?? default_device);
    public static Tensor hann_window(long len, bool periodic = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Op("hann_window.periodic", len, periodic, dtype ?? default_dtype, Arg.None, device ?? default_device), requires_grad);
    public static Tensor hamming_window(long len, bool periodic = true, float alpha = 0.54f, float beta = 0.46f, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Op("hamming_window.periodic_alpha_beta", len, periodic, (double)alpha, (double)beta, dtype ?? default_dtype, Arg.None, device ?? default_device), requires_grad);
    public static Tensor complex(Tensor real, Tensor imag) => Op("complex", real, imag);
    public static Tensor polar(Tensor abs, Tensor angle) => Op("polar", abs, angle);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Leaf(Op("randint.low_generator", low, high, size, generator, dtype ?? ScalarType.Int64, Arg.None, device ?? default_device), Unnamed(names) && requires_grad);
    public static Tensor randint(long low, long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, size.Shape, dtype, device, requires_grad, generator, names);
    public static Tensor randint(long high, Size size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size.Shape, dtype, device, requires_grad, generator, names);
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);
    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, Array.ConvertAll(size, x => (long)x), dtype, device, requires_grad, generator, names);
    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Leaf(Op("randperm.generator", n, generator, dtype ?? ScalarType.Int64, Arg.None, device ?? default_device), requires_grad);
    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) =>
        Op("normal.Tensor_Tensor", mean, std, generator);
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var made = empty(size, dtype, device, false, names);
        Run("normal_", made, mean, std, generator);
        return Leaf(made, requires_grad);
    }
}
