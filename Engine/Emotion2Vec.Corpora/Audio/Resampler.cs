using System.Runtime.InteropServices;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>
/// Sample-rate conversion by libsoxr with its SOXR_VHQ recipe: linear phase, 28 bits of precision, which its
/// double-precision engine computes on one thread, so the float32 output does not depend on load or core count.
/// </summary>
internal static partial class Resampler
{
    private const string Library = "libsoxr.so.0";
    private const uint VeryHighQuality = 6;

    /// <summary>soxr_quality_spec_t of soxr.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Quality
    {
        public double Precision;
        public double PhaseResponse;
        public double PassbandEnd;
        public double StopbandBegin;
        public nint Reserved;
        public nuint Flags;
    }

    /// <summary>Converts one channel from rate <paramref name="from"/> to rate <paramref name="to"/> (Hz); the delay of the filter is removed.</summary>
    internal static unsafe float[] Convert(ReadOnlySpan<float> samples, int from, int to)
    {
        NativeLibraries.Require(Library, "libsoxr0");
        var quality = soxr_quality_spec(VeryHighQuality, 0);
        var output = new float[(long)Math.Ceiling((double)samples.Length * to / from) + 16];
        nuint written;
        nint error;
        fixed (float* input = samples, first = output)
            error = soxr_oneshot(from, to, 1, input, (nuint)samples.Length, null, first, (nuint)output.Length, &written, null, &quality, null);
        if (error != 0) throw new InvalidOperationException($"libsoxr, {from} to {to} Hz: {Marshal.PtrToStringUTF8(error)}");
        return output[..(int)written];
    }

    [LibraryImport(Library)]
    private static partial Quality soxr_quality_spec(uint recipe, uint flags);

    [LibraryImport(Library)]
    private static unsafe partial nint soxr_oneshot(
        double inputRate, double outputRate, uint channels, float* input, nuint inputLength, nuint* inputDone,
        float* output, nuint outputLength, nuint* outputDone, void* ioSpec, Quality* quality, void* runtimeSpec);
}
