using System;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The entries of native/torchsharp_system.cpp. Those that return an int return 0, or 1 with <see cref="ts_error"/>.</summary>
internal static unsafe partial class Library
{
    private const string Name = "torchsharp_system";

    static Library() => NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);

    private static readonly Lazy<IntPtr> Loaded = new(Load);

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Name ? Loaded.Value : IntPtr.Zero;

    private static IntPtr Load()
    {
        // Debian's libtorch asks for libblas.so.3 and takes whatever library of that name is loaded already. The
        // alternatives system may name the slow reference BLAS, or an OpenBLAS that ignores torch's thread count.
        if (OperatingSystem.IsLinux())
            foreach (var library in new[] { "libblas.so.3", "liblapack.so.3" })
                if (FindOpenBlas(library) is { } file)
                    NativeLibrary.TryLoad(file, out _);

        var folder = Path.GetDirectoryName(typeof(Library).Assembly.Location);
        var own = Path.Combine(string.IsNullOrEmpty(folder) ? AppContext.BaseDirectory : folder, "libtorchsharp_system.so");
        var handle = NativeLibrary.Load(own);
        var set = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, "ts_set_num_threads");
        set(1);
        return handle;
    }

    private static string? FindOpenBlas(string library)
    {
        const string root = "/usr/lib";
        if (!Directory.Exists(root)) return null;
        var triple = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x86_64-linux-gnu",
            Architecture.Arm64 => "aarch64-linux-gnu",
            _ => "",
        };
        var file = Path.Combine(root, triple, "openblas-openmp", library);
        return File.Exists(file) ? file : null;
    }

    /// <summary>Throws what torch said when <paramref name="status"/> is not 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int status)
    {
        if (status != 0) Throw();
    }

    private static void Throw()
    {
        var text = Marshal.PtrToStringUTF8((IntPtr)ts_error());
        throw new ExternalException(string.IsNullOrEmpty(text) ? "libtorch failed without a message" : text);
    }

    [LibraryImport(Name)] internal static partial byte* ts_error();
    [LibraryImport(Name)] internal static partial void ts_free(void* memory);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_find(string name, string overload, void** op);
    [LibraryImport(Name)]
    internal static partial int ts_call(void* op, Value* arguments, int count, Value* results, int capacity, int* returned);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ts_gelu(IntPtr input, string approximate, IntPtr* result);

    [LibraryImport(Name)] internal static partial void ts_delete(IntPtr tensor);
    [LibraryImport(Name)] internal static partial IntPtr ts_alias(IntPtr tensor);
    [LibraryImport(Name)] internal static partial int ts_info(IntPtr tensor, Info* info);
    [LibraryImport(Name)] internal static partial int ts_data(IntPtr tensor, void** data);
    [LibraryImport(Name)] internal static partial int ts_item(IntPtr tensor, Value* result);
    [LibraryImport(Name)]
    internal static partial int ts_from_blob(void* data, long* sizes, int dim, int dtype,
        delegate* unmanaged<void*, void> released, void* context, IntPtr* result);
    [LibraryImport(Name)]
    internal static partial int ts_from_copy(void* data, long* sizes, int dim, int dtype, IntPtr* result);

    [LibraryImport(Name)] internal static partial int ts_set_requires_grad(IntPtr tensor, int requires_grad);
    [LibraryImport(Name)] internal static partial int ts_retain_grad(IntPtr tensor);
    [LibraryImport(Name)] internal static partial int ts_grad(IntPtr tensor, IntPtr* gradient);
    [LibraryImport(Name)] internal static partial int ts_set_grad(IntPtr tensor, IntPtr gradient);
    [LibraryImport(Name)]
    internal static partial int ts_backward(IntPtr* tensors, int count, IntPtr* gradients, int gradient_count,
        int retain_graph, int create_graph, IntPtr* inputs, int input_count);
    [LibraryImport(Name)]
    internal static partial int ts_autograd_grad(IntPtr* outputs, int count, IntPtr* inputs, int input_count,
        IntPtr* gradients, int gradient_count, int retain_graph, int create_graph, int allow_unused, IntPtr* results);
    [LibraryImport(Name)] internal static partial int ts_grad_mode();
    [LibraryImport(Name)] internal static partial void ts_set_grad_mode(int enabled);
    [LibraryImport(Name)] internal static partial int ts_inference_mode();
    [LibraryImport(Name)] internal static partial int ts_begin_inference_mode(int enabled, void** guard);
    [LibraryImport(Name)] internal static partial void ts_end_inference_mode(void* guard);
    [LibraryImport(Name)] internal static partial int ts_anomaly_mode();
    [LibraryImport(Name)] internal static partial int ts_anomaly_checks_nan();
    [LibraryImport(Name)] internal static partial void ts_set_anomaly_mode(int enabled, int check_nan);

    [LibraryImport(Name)] internal static partial int ts_generator(ulong seed, int device_type, int device_index, IntPtr* generator);
    [LibraryImport(Name)] internal static partial int ts_default_generator(IntPtr* generator);
    [LibraryImport(Name)] internal static partial void ts_delete_generator(IntPtr generator);
    [LibraryImport(Name)] internal static partial int ts_generator_seed(IntPtr generator, ulong seed);
    [LibraryImport(Name)] internal static partial int ts_generator_new_seed(IntPtr generator, ulong* seed);
    [LibraryImport(Name)] internal static partial int ts_generator_current_seed(IntPtr generator, ulong* seed);
    [LibraryImport(Name)] internal static partial int ts_generator_state(IntPtr generator, IntPtr* state);
    [LibraryImport(Name)] internal static partial int ts_set_generator_state(IntPtr generator, IntPtr state);
    [LibraryImport(Name)] internal static partial int ts_manual_seed(ulong seed);

    [LibraryImport(Name)] internal static partial byte* ts_version();
    [LibraryImport(Name)] internal static partial int ts_set_num_threads(int count);
    [LibraryImport(Name)] internal static partial int ts_get_num_threads();
    [LibraryImport(Name)] internal static partial int ts_set_num_interop_threads(int count);
    [LibraryImport(Name)] internal static partial int ts_get_num_interop_threads();
    [LibraryImport(Name)] internal static partial int ts_cuda_device_count(int* count);
}
