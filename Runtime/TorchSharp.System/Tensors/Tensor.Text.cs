namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Shape, type and device.</summary>
        public override string ToString() => IsInvalid
            ? "[invalid]"
            : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";
    }

    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;
    }

    public static FInfo finfo() => finfo(get_default_dtype());

    /// <summary>The limits of a floating-point type.</summary>
    public static FInfo finfo(ScalarType dtype)
    {
        var (bits, fraction, exponent, resolution) = dtype switch
        {
            ScalarType.Float16 => (16, 10, 15, 1e-3),
            ScalarType.BFloat16 => (16, 7, 127, 1e-2),
            ScalarType.Float32 => (32, 23, 127, 1e-6),
            ScalarType.Float64 => (64, 52, 1023, 1e-15),
            _ => throw new System.ArgumentException("finfo is for floating-point types"),
        };
        var eps = System.Math.Pow(2, -fraction);
        var max = System.Math.Pow(2, exponent) * (2 - eps);
        var tiny = System.Math.Pow(2, 1 - exponent);
        return new FInfo
        {
            bits = bits, eps = eps, max = max, min = -max, tiny = tiny, smallest_normal = tiny, resolution = resolution,
        };
    }
}
