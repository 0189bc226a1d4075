namespace TorchSharp;

public static partial class torch
{
    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType @double = ScalarType.Float64;

    /// <summary>The libtorch underneath.</summary>
    public static unsafe string __version__ =>
        System.Runtime.InteropServices.Marshal.PtrToStringUTF8((System.IntPtr)Library.ts_version())!;

    public static int get_num_threads() => Library.ts_get_num_threads();
    public static void set_num_threads(int num) => Library.Check(Library.ts_set_num_threads(num));
    public static int get_num_interop_threads() => Library.ts_get_num_interop_threads();
    public static void set_num_interop_threads(int num) => Library.Check(Library.ts_set_num_interop_threads(num));

    public static bool is_tensor(object obj) => obj is Tensor;
}
