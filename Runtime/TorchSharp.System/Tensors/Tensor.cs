using System;
using System.Runtime.CompilerServices;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. It belongs to the innermost dispose scope at its creation; without one it lives until
    /// <see cref="Dispose()"/> or its finalizer.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private IntPtr handle;

        internal DisposeScope? OwningScope;

        /// <summary>Takes over one reference to a native tensor.</summary>
        internal Tensor(IntPtr handle)
        {
            this.handle = handle;
            OwningScope = DisposeScopeManager.Current.Created(this);
        }

        /// <summary>Takes over the native tensor of another one, and its place in a scope.</summary>
        private protected Tensor(Tensor source)
        {
            handle = source.Handle;
            source.handle = 0;
            GC.SuppressFinalize(source);
            if (source.OwningScope is { } scope)
            {
                scope.Items.Remove(source);
                scope.Items.Add(this);
                source.OwningScope = null;
                OwningScope = scope;
            }
        }

        ~Tensor() => Dispose(false);

        public bool IsInvalid => handle == 0;

        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (handle == 0) Throw();
                return handle;
            }
        }

        private static void Throw() =>
            throw new ObjectDisposedException(nameof(Tensor), "Tensor invalid -- empty handle.");

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var last = System.Threading.Interlocked.Exchange(ref handle, 0);
            if (last == 0) return;
            if (disposing)
            {
                DisposeScopeManager.Current.Disposed(this, OwningScope);
                OwningScope = null;
            }
            Library.ts_delete(last);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningScope is { } owner) owner.MoveToOther(other, this);
            else if (other is not null) DisposeScope.Give(this, other);
            return this;
        }

        /// <summary>Lets go of the native tensor without releasing it: its reference is the caller's from now on.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            var last = Handle;
            DisposeScope.Give(this, null);
            handle = 0;
            GC.SuppressFinalize(this);
            return last;
        }

        /// <summary>Puts another native tensor in the place of this one's, as <c>.data = …</c> does in Python.</summary>
        internal void Replace(Tensor source)
        {
            Library.ts_delete(System.Threading.Interlocked.Exchange(ref handle, Library.ts_alias(source.Handle)));
            GC.KeepAlive(source);
        }

        private unsafe Info Info
        {
            get
            {
                Info info;
                Library.Check(Library.ts_info(Handle, &info));
                return info;
            }
        }

        // Shape, strides and types are read while this object is alive; the copies outlive it.
        private unsafe T Read<T>(delegate*<in Info, T> read)
        {
            var info = Info;
            var result = read(in info);
            GC.KeepAlive(this);
            return result;
        }

        private const int RequiresGrad = 1, IsLeaf = 2, IsContiguous = 4, IsInference = 8, IsSparse = 16;

        private unsafe bool Has(int flag)
        {
            var flags = Read(&Flags);
            return (flags & flag) != 0;
            static int Flags(in Info info) => info.Flags;
        }

        public unsafe long Dimensions
        {
            get
            {
                return Read(&Get);
                static long Get(in Info info) => info.Dim;
            }
        }

        public long ndim => Dimensions;
        public long dim() => Dimensions;

        public unsafe long NumberOfElements
        {
            get
            {
                return Read(&Get);
                static long Get(in Info info) => info.Numel;
            }
        }

        public long numel() => NumberOfElements;

        public unsafe long ElementSize
        {
            get
            {
                return Read(&Get);
                static long Get(in Info info) => info.ItemSize;
            }
        }

        public long element_size() => ElementSize;

        public unsafe long[] shape
        {
            get
            {
                return Read(&Get);
                static long[] Get(in Info info) => new ReadOnlySpan<long>(info.Sizes, (int)info.Dim).ToArray();
            }
        }

        public long[] size() => shape;

        public long size(int dim)
        {
            var sizes = shape;
            return sizes[Wrap(dim, sizes.Length)];
        }

        public unsafe long[] stride()
        {
            return Read(&Get);
            static long[] Get(in Info info) => info.Strides == null
                ? throw new System.Runtime.InteropServices.ExternalException("a sparse tensor has no strides")
                : new ReadOnlySpan<long>(info.Strides, (int)info.Dim).ToArray();
        }

        public long stride(int dim)
        {
            var strides = stride();
            return strides[Wrap(dim, strides.Length)];
        }

        private static int Wrap(long dim, int dimensions) =>
            dim >= -dimensions && dim < dimensions
                ? (int)(dim < 0 ? dim + dimensions : dim)
                : throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-dimensions}, {dimensions - 1}], but got {dim})");

        public unsafe ScalarType dtype
        {
            get
            {
                return Read(&Get);
                static ScalarType Get(in Info info) => (ScalarType)info.DType;
            }
        }

        public unsafe Device device
        {
            get
            {
                return Read(&Get);
                static Device Get(in Info info) => info.DeviceType == 0
                    ? CPU
                    : new Device((DeviceType)info.DeviceType, info.DeviceIndex);
            }
        }

        public unsafe DeviceType device_type
        {
            get
            {
                return Read(&Get);
                static DeviceType Get(in Info info) => (DeviceType)info.DeviceType;
            }
        }

        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_sparse => Has(IsSparse);
        public bool is_leaf => Has(IsLeaf);
        public bool is_contiguous() => Has(IsContiguous);

        internal bool IsFloatingPoint => IsFloating(dtype);

        public Tensor cpu() => to(CPU);
        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Op("to.dtype", this, type, non_blocking, copy), disposeAfter);
        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(type, copy, disposeAfter, non_blocking);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Op("to.device", this, device, type, non_blocking, copy), disposeAfter);
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);
        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);
        public Tensor to(Tensor other, bool non_blocking = false) =>
            Op("to.other", this, other, non_blocking);
        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);
        public Tensor type(ScalarType dtype) => to(dtype);

        private Tensor After(Tensor result, bool dispose)
        {
            if (dispose) Dispose();
            return result;
        }

        public Tensor clone() => Op("clone", this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Op("copy_", this, source, nonBlocking);
        public Tensor contiguous() => Op("contiguous", this);
        public Tensor pin_memory() => Op("pin_memory", this);
        public Tensor set_(Tensor source) => Op("set_.source_Tensor", this, source);
        public Tensor alias() => Op("alias", this);
        public Tensor detach() => Op("detach", this);
        public Tensor detach_() => Op("detach_", this);
    }
}
