using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The inner loops of <see cref="VectorPooling"/>. Each keeps 16 vectors of sums in registers, so that the multiplier and
/// not the memory limits it.
/// </summary>
internal static unsafe class PoolingKernels
{
    /// <summary>Floats in a vector.</summary>
    public const int Lanes = 16;

    /// <summary>Hidden units of one pass over the frames.</summary>
    public const int Panel = 4 * Lanes;

    /// <summary>relu and its sums of 64 units over all frames of an utterance, four frames at a time; one bit per activation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(
        float* x, int count, int stride, int inputs, float* weights, float* bias, ushort* bits, int bitStride, float* pooled, float* counts)
    {
        Vector512<float> b0 = Load(bias), b1 = Load(bias + 16), b2 = Load(bias + 32), b3 = Load(bias + 48);
        Vector512<float> p0 = default, p1 = default, p2 = default, p3 = default, n0 = default, n1 = default, n2 = default, n3 = default;
        for (var t = 0; t < count; t += 4)
        {
            // Rows behind the last frame repeat it and are dropped below.
            float* x0 = x + t * stride, x1 = x + Math.Min(t + 1, count - 1) * stride;
            float* x2 = x + Math.Min(t + 2, count - 1) * stride, x3 = x + Math.Min(t + 3, count - 1) * stride;
            Vector512<float> a0 = b0, a1 = b1, a2 = b2, a3 = b3, c0 = b0, c1 = b1, c2 = b2, c3 = b3;
            Vector512<float> d0 = b0, d1 = b1, d2 = b2, d3 = b3, e0 = b0, e1 = b1, e2 = b2, e3 = b3;
            var w = weights;
            for (var k = 0; k < inputs; k++, w += Panel)
            {
                Vector512<float> w0 = Load(w), w1 = Load(w + 16), w2 = Load(w + 32), w3 = Load(w + 48);
                var v = Create(x0[k]);
                (a0, a1, a2, a3) = (FusedMultiplyAdd(v, w0, a0), FusedMultiplyAdd(v, w1, a1), FusedMultiplyAdd(v, w2, a2), FusedMultiplyAdd(v, w3, a3));
                v = Create(x1[k]);
                (c0, c1, c2, c3) = (FusedMultiplyAdd(v, w0, c0), FusedMultiplyAdd(v, w1, c1), FusedMultiplyAdd(v, w2, c2), FusedMultiplyAdd(v, w3, c3));
                v = Create(x2[k]);
                (d0, d1, d2, d3) = (FusedMultiplyAdd(v, w0, d0), FusedMultiplyAdd(v, w1, d1), FusedMultiplyAdd(v, w2, d2), FusedMultiplyAdd(v, w3, d3));
                v = Create(x3[k]);
                (e0, e1, e2, e3) = (FusedMultiplyAdd(v, w0, e0), FusedMultiplyAdd(v, w1, e1), FusedMultiplyAdd(v, w2, e2), FusedMultiplyAdd(v, w3, e3));
            }
            var o = bits + t * bitStride;
            Count(o, a0, a1, a2, a3, ref p0, ref p1, ref p2, ref p3, ref n0, ref n1, ref n2, ref n3);
            if (t + 1 < count) Count(o + bitStride, c0, c1, c2, c3, ref p0, ref p1, ref p2, ref p3, ref n0, ref n1, ref n2, ref n3);
            if (t + 2 < count) Count(o + 2 * bitStride, d0, d1, d2, d3, ref p0, ref p1, ref p2, ref p3, ref n0, ref n1, ref n2, ref n3);
            if (t + 3 < count) Count(o + 3 * bitStride, e0, e1, e2, e3, ref p0, ref p1, ref p2, ref p3, ref n0, ref n1, ref n2, ref n3);
        }
        p0.Store(pooled);
        p1.Store(pooled + 16);
        p2.Store(pooled + 32);
        p3.Store(pooled + 48);
        n0.Store(counts);
        n1.Store(counts + 16);
        n2.Store(counts + 32);
        n3.Store(counts + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(
        ushort* bits, Vector512<float> z0, Vector512<float> z1, Vector512<float> z2, Vector512<float> z3,
        ref Vector512<float> p0, ref Vector512<float> p1, ref Vector512<float> p2, ref Vector512<float> p3,
        ref Vector512<float> n0, ref Vector512<float> n1, ref Vector512<float> n2, ref Vector512<float> n3)
    {
        var one = Vector512<float>.One;
        Vector512<float> m0 = GreaterThan(z0, default), m1 = GreaterThan(z1, default), m2 = GreaterThan(z2, default), m3 = GreaterThan(z3, default);
        (p0, p1, p2, p3) = (p0 + (m0 & z0), p1 + (m1 & z1), p2 + (m2 & z2), p3 + (m3 & z3));
        (n0, n1, n2, n3) = (n0 + (m0 & one), n1 + (m1 & one), n2 + (m2 & one), n3 + (m3 & one));
        bits[0] = (ushort)m0.ExtractMostSignificantBits();
        bits[1] = (ushort)m1.ExtractMostSignificantBits();
        bits[2] = (ushort)m2.ExtractMostSignificantBits();
        bits[3] = (ushort)m3.ExtractMostSignificantBits();
    }

    /// <summary>slope where a unit is active, else 0, for 16 units: frames × 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Spread(ushort* bits, int stride, int count, float* slope, float* factors)
    {
        var (units, s) = (Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768), Load(slope));
        for (var t = 0; t < count; t++)
            (Vector512.Equals(Create((int)bits[t * stride]) & units, units).AsSingle() & s).Store(factors + t * Lanes);
    }

    /// <summary>Adds Σ_t factors(t)ᵀ x(t) to the 16 × 16 values at <paramref name="sums"/> (rows <paramref name="stride"/> apart).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProducts(float* x, int stride, float* factors, int count, float* sums)
    {
        Vector512<float> s0 = Load(sums), s1 = Load(sums + stride), s2 = Load(sums + 2 * stride), s3 = Load(sums + 3 * stride);
        Vector512<float> s4 = Load(sums + 4 * stride), s5 = Load(sums + 5 * stride), s6 = Load(sums + 6 * stride), s7 = Load(sums + 7 * stride);
        Vector512<float> s8 = Load(sums + 8 * stride), s9 = Load(sums + 9 * stride), sa = Load(sums + 10 * stride), sb = Load(sums + 11 * stride);
        Vector512<float> sc = Load(sums + 12 * stride), sd = Load(sums + 13 * stride), se = Load(sums + 14 * stride), sf = Load(sums + 15 * stride);
        for (var t = 0; t < count; t++, x += stride, factors += Lanes)
        {
            var v = Load(x);
            s0 = FusedMultiplyAdd(Create(factors[0]), v, s0);
            s1 = FusedMultiplyAdd(Create(factors[1]), v, s1);
            s2 = FusedMultiplyAdd(Create(factors[2]), v, s2);
            s3 = FusedMultiplyAdd(Create(factors[3]), v, s3);
            s4 = FusedMultiplyAdd(Create(factors[4]), v, s4);
            s5 = FusedMultiplyAdd(Create(factors[5]), v, s5);
            s6 = FusedMultiplyAdd(Create(factors[6]), v, s6);
            s7 = FusedMultiplyAdd(Create(factors[7]), v, s7);
            s8 = FusedMultiplyAdd(Create(factors[8]), v, s8);
            s9 = FusedMultiplyAdd(Create(factors[9]), v, s9);
            sa = FusedMultiplyAdd(Create(factors[10]), v, sa);
            sb = FusedMultiplyAdd(Create(factors[11]), v, sb);
            sc = FusedMultiplyAdd(Create(factors[12]), v, sc);
            sd = FusedMultiplyAdd(Create(factors[13]), v, sd);
            se = FusedMultiplyAdd(Create(factors[14]), v, se);
            sf = FusedMultiplyAdd(Create(factors[15]), v, sf);
        }
        s0.Store(sums);
        s1.Store(sums + stride);
        s2.Store(sums + 2 * stride);
        s3.Store(sums + 3 * stride);
        s4.Store(sums + 4 * stride);
        s5.Store(sums + 5 * stride);
        s6.Store(sums + 6 * stride);
        s7.Store(sums + 7 * stride);
        s8.Store(sums + 8 * stride);
        s9.Store(sums + 9 * stride);
        sa.Store(sums + 10 * stride);
        sb.Store(sums + 11 * stride);
        sc.Store(sums + 12 * stride);
        sd.Store(sums + 13 * stride);
        se.Store(sums + 14 * stride);
        sf.Store(sums + 15 * stride);
    }
}
