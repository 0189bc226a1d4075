using System;
using System.Collections;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Utils;

namespace TorchSharp
{
    public static partial class torch
    {
        public partial class Tensor
        {
            /// <summary>The elements, in place; a tensor on another device than the CPU is copied first.</summary>
            public TensorAccessor<T> data<T>() where T : unmanaged
            {
                CheckType<T>();
                if (device_type == DeviceType.CPU) return new TensorAccessor<T>(this);
                using var copy = cpu();
                return new TensorAccessor<T>(copy);
            }

            /// <summary>The memory of a contiguous tensor on the CPU.</summary>
            public unsafe Span<byte> bytes
            {
                get
                {
                    if (!is_contiguous()) throw new InvalidOperationException("Cannot read the bytes of a tensor that is not contiguous.");
                    if (device_type != DeviceType.CPU) throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                    return new Span<byte>(Data(), checked((int)(NumberOfElements * ElementSize)));
                }
                set
                {
                    if (value.Length != NumberOfElements * ElementSize)
                        throw new ArgumentException("Mismatched data sizes in bytes");
                    value.CopyTo(bytes);
                }
            }

            /// <summary>The one element of a tensor of one element, whose type must be <typeparamref name="T"/>.</summary>
            public unsafe T item<T>() where T : unmanaged
            {
                CheckType<T>();
                if (NumberOfElements != 1) throw new InvalidOperationException("The tensor must have exactly one element.");
                if (device_type == DeviceType.CPU)
                {
                    var value = Unsafe.ReadUnaligned<T>(Data());
                    GC.KeepAlive(this);
                    return value;
                }
                using var copy = cpu();
                return copy.item<T>();
            }

            internal unsafe void* Data()
            {
                void* data;
                Library.Check(Library.ts_data(Handle, &data));
                return data;
            }

            internal unsafe Scalar ToScalarValue()
            {
                Value value;
                Library.Check(Library.ts_item(Handle, &value));
                GC.KeepAlive(this);
                return Scalar.From(in value, dtype);
            }

            private void CheckType<T>()
            {
                var type = dtype;
                var fits = type switch
                {
                    ScalarType.Byte => typeof(T) == typeof(byte),
                    ScalarType.Int8 => typeof(T) == typeof(sbyte),
                    ScalarType.Int16 => typeof(T) == typeof(short),
                    ScalarType.Int32 => typeof(T) == typeof(int),
                    ScalarType.Int64 => typeof(T) == typeof(long),
                    ScalarType.Float16 => typeof(T) == typeof(Half),
                    ScalarType.Float32 => typeof(T) == typeof(float),
                    ScalarType.Float64 => typeof(T) == typeof(double),
                    ScalarType.Bool => typeof(T) == typeof(bool),
                    ScalarType.ComplexFloat32 => typeof(T) == typeof((float, float)),
                    ScalarType.ComplexFloat64 => typeof(T) == typeof(Complex),
                    _ => false,
                };
                if (!fits) throw new ArgumentException($"{typeof(T).Name} is not compatible with {type}");
            }
        }
    }

    public static partial class TensorExtensionMethods
    {
        public static float ToSingle(this torch.Tensor value) => (float)value.ToScalarValue().Number;
        public static double ToDouble(this torch.Tensor value) => value.ToScalarValue().Number;
        public static sbyte ToSByte(this torch.Tensor value) => (sbyte)value.ToScalarValue().Integer;
        public static byte ToByte(this torch.Tensor value) => (byte)value.ToScalarValue().Integer;
        public static short ToInt16(this torch.Tensor value) => (short)value.ToScalarValue().Integer;
        public static int ToInt32(this torch.Tensor value) => (int)value.ToScalarValue().Integer;
        public static long ToInt64(this torch.Tensor value) => value.ToScalarValue().Integer;
        public static bool ToBoolean(this torch.Tensor value) => value.ToScalarValue().ToBoolean();
    }
}

namespace TorchSharp.Utils
{
    /// <summary>The elements of a tensor in row-major order, whatever its strides.</summary>
    public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
    {
        private readonly T* data;
        private readonly long[] shape;
        private readonly long[] strides;
        private readonly bool contiguous;
        private IntPtr reference;

        internal TensorAccessor(torch.Tensor tensor)
        {
            shape = tensor.shape;
            strides = tensor.stride();
            contiguous = tensor.is_contiguous();
            Count = tensor.NumberOfElements;
            reference = Library.ts_alias(tensor.Handle);
            data = Count == 0 ? null : (T*)tensor.Data();
            GC.KeepAlive(tensor);
        }

        ~TensorAccessor() => Release();

        public long Count { get; }

        public T this[params long[] indices]
        {
            get
            {
                var value = *At(indices);
                GC.KeepAlive(this);
                return value;
            }
            set
            {
                *At(indices) = value;
                GC.KeepAlive(this);
            }
        }

        public T[] ToArray()
        {
            var array = new T[Count];
            CopyTo(array.AsSpan());
            return array;
        }

        public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
            CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

        public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
        {
            var target = array[arrayIndex..];
            var count = Math.Min(target.Length, Count - tensorIndex);
            if (contiguous && count > 0)
                new ReadOnlySpan<T>(Memory + tensorIndex, (int)count).CopyTo(target);
            else
                for (var i = 0; i < count; i++) target[i] = Memory[Offset(tensorIndex + i)];
            GC.KeepAlive(this);
        }

        public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
            CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

        public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
        {
            var source = array[arrayIndex..];
            var count = Math.Min(source.Length, Count - tensorIndex);
            if (contiguous && count > 0)
                source[..(int)count].CopyTo(new Span<T>(Memory + tensorIndex, (int)count));
            else
                for (var i = 0; i < count; i++) Memory[Offset(tensorIndex + i)] = source[i];
            GC.KeepAlive(this);
        }

        public IEnumerator<T> GetEnumerator()
        {
            for (long i = 0; i < Count; i++) yield return Element(i);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private T* Memory => reference != 0 ? data : throw new ObjectDisposedException(nameof(TensorAccessor<T>));

        private T Element(long index)
        {
            var value = Memory[Offset(index)];
            GC.KeepAlive(this);
            return value;
        }

        private T* At(long[] indices)
        {
            if (indices.Length != shape.Length && !(indices.Length == 1 && shape.Length == 0))
                throw new ArgumentException($"{indices.Length} indices for a tensor of {shape.Length} dimensions");
            long offset = 0;
            for (var i = 0; i < shape.Length; i++)
            {
                if (indices[i] < 0 || indices[i] >= shape[i])
                    throw new IndexOutOfRangeException($"index {indices[i]} is out of range for a dimension of {shape[i]}");
                offset += indices[i] * strides[i];
            }
            return Memory + offset;
        }

        private long Offset(long index)
        {
            if (contiguous) return index;
            long offset = 0;
            for (var i = shape.Length - 1; i >= 0; i--)
            {
                offset += index % shape[i] * strides[i];
                index /= shape[i];
            }
            return offset;
        }

        private void Release()
        {
            var last = System.Threading.Interlocked.Exchange(ref reference, 0);
            if (last != 0) Library.ts_delete(last);
        }
    }
}
