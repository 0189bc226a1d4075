using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static System.Runtime.Intrinsics.Vector512;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The inner loops of <see cref="VectorStreams"/>. Products keep 18 vectors of sums in registers, so that the multiplier and not the memory limits them; the
/// others make one or two passes over an utterance, which lies in the first-level cache by then. Rows are frames, <c>stride</c> floats apart.
/// </summary>
internal static unsafe class StreamKernels
{
    public const int Lanes = 16;

    /// <summary>Columns and rows of one tile of sums.</summary>
    public const int Panel = 3 * Lanes, Tile = 6;

    /// <summary>y(t) = initial(t) + x(t)·w + other(t)·wOther for 48 columns of y; <paramref name="other"/> may be null.</summary>
    /// <param name="w">inputs × 48.</param>
    /// <param name="initialStride">0 where all rows begin alike.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Products(
        float* x, float* other, int stride, int rows, int inputs, float* w, float* wOther, float* initial, int initialStride, float* y, int yStride)
    {
        var last = rows - 1;
        for (var t = 0; t < rows; t += Tile)
        {
            // Rows behind the last repeat it and are not stored.
            int t1 = Math.Min(t + 1, last), t2 = Math.Min(t + 2, last), t3 = Math.Min(t + 3, last), t4 = Math.Min(t + 4, last), t5 = Math.Min(t + 5, last);
            float* i0 = initial + t * initialStride, i1 = initial + t1 * initialStride, i2 = initial + t2 * initialStride;
            float* i3 = initial + t3 * initialStride, i4 = initial + t4 * initialStride, i5 = initial + t5 * initialStride;
            Vector512<float> a0 = Load(i0), a1 = Load(i0 + 16), a2 = Load(i0 + 32), b0 = Load(i1), b1 = Load(i1 + 16), b2 = Load(i1 + 32);
            Vector512<float> c0 = Load(i2), c1 = Load(i2 + 16), c2 = Load(i2 + 32), d0 = Load(i3), d1 = Load(i3 + 16), d2 = Load(i3 + 32);
            Vector512<float> e0 = Load(i4), e1 = Load(i4 + 16), e2 = Load(i4 + 32), f0 = Load(i5), f1 = Load(i5 + 16), f2 = Load(i5 + 32);
            for (var pass = other == null ? 1 : 0; pass < 2; pass++)
            {
                float* rowsOf = pass == 0 ? other : x, p = pass == 0 ? wOther : w;
                float* x0 = rowsOf + t * stride, x1 = rowsOf + t1 * stride, x2 = rowsOf + t2 * stride;
                float* x3 = rowsOf + t3 * stride, x4 = rowsOf + t4 * stride, x5 = rowsOf + t5 * stride;
                for (var k = 0; k < inputs; k++, p += Panel)
                {
                    Vector512<float> w0 = Load(p), w1 = Load(p + 16), w2 = Load(p + 32);
                    var v = Create(x0[k]);
                    a0 = FusedMultiplyAdd(v, w0, a0);
                    a1 = FusedMultiplyAdd(v, w1, a1);
                    a2 = FusedMultiplyAdd(v, w2, a2);
                    v = Create(x1[k]);
                    b0 = FusedMultiplyAdd(v, w0, b0);
                    b1 = FusedMultiplyAdd(v, w1, b1);
                    b2 = FusedMultiplyAdd(v, w2, b2);
                    v = Create(x2[k]);
                    c0 = FusedMultiplyAdd(v, w0, c0);
                    c1 = FusedMultiplyAdd(v, w1, c1);
                    c2 = FusedMultiplyAdd(v, w2, c2);
                    v = Create(x3[k]);
                    d0 = FusedMultiplyAdd(v, w0, d0);
                    d1 = FusedMultiplyAdd(v, w1, d1);
                    d2 = FusedMultiplyAdd(v, w2, d2);
                    v = Create(x4[k]);
                    e0 = FusedMultiplyAdd(v, w0, e0);
                    e1 = FusedMultiplyAdd(v, w1, e1);
                    e2 = FusedMultiplyAdd(v, w2, e2);
                    v = Create(x5[k]);
                    f0 = FusedMultiplyAdd(v, w0, f0);
                    f1 = FusedMultiplyAdd(v, w1, f1);
                    f2 = FusedMultiplyAdd(v, w2, f2);
                }
            }
            var o = y + t * yStride;
            Store(o, a0, a1, a2);
            if (t + 1 < rows) Store(o + yStride, b0, b1, b2);
            if (t + 2 < rows) Store(o + 2 * yStride, c0, c1, c2);
            if (t + 3 < rows) Store(o + 3 * yStride, d0, d1, d2);
            if (t + 4 < rows) Store(o + 4 * yStride, e0, e1, e2);
            if (t + 5 < rows) Store(o + 5 * yStride, f0, f1, f2);
        }
    }

    /// <summary>Adds Σ_t x(t)ᵀ d(t) of 6 columns of x and 48 of d to the 6 × 48 values at <paramref name="sums"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProducts(float* x, int stride, float* d, int dStride, int rows, float* sums, int sumsStride)
    {
        float* r0 = sums, r1 = sums + sumsStride, r2 = sums + 2 * sumsStride, r3 = sums + 3 * sumsStride, r4 = sums + 4 * sumsStride, r5 = sums + 5 * sumsStride;
        Vector512<float> a0 = Load(r0), a1 = Load(r0 + 16), a2 = Load(r0 + 32), b0 = Load(r1), b1 = Load(r1 + 16), b2 = Load(r1 + 32);
        Vector512<float> c0 = Load(r2), c1 = Load(r2 + 16), c2 = Load(r2 + 32), d0 = Load(r3), d1 = Load(r3 + 16), d2 = Load(r3 + 32);
        Vector512<float> e0 = Load(r4), e1 = Load(r4 + 16), e2 = Load(r4 + 32), f0 = Load(r5), f1 = Load(r5 + 16), f2 = Load(r5 + 32);
        for (var t = 0; t < rows; t++, x += stride, d += dStride)
        {
            Vector512<float> w0 = Load(d), w1 = Load(d + 16), w2 = Load(d + 32);
            var v = Create(x[0]);
            a0 = FusedMultiplyAdd(v, w0, a0);
            a1 = FusedMultiplyAdd(v, w1, a1);
            a2 = FusedMultiplyAdd(v, w2, a2);
            v = Create(x[1]);
            b0 = FusedMultiplyAdd(v, w0, b0);
            b1 = FusedMultiplyAdd(v, w1, b1);
            b2 = FusedMultiplyAdd(v, w2, b2);
            v = Create(x[2]);
            c0 = FusedMultiplyAdd(v, w0, c0);
            c1 = FusedMultiplyAdd(v, w1, c1);
            c2 = FusedMultiplyAdd(v, w2, c2);
            v = Create(x[3]);
            d0 = FusedMultiplyAdd(v, w0, d0);
            d1 = FusedMultiplyAdd(v, w1, d1);
            d2 = FusedMultiplyAdd(v, w2, d2);
            v = Create(x[4]);
            e0 = FusedMultiplyAdd(v, w0, e0);
            e1 = FusedMultiplyAdd(v, w1, e1);
            e2 = FusedMultiplyAdd(v, w2, e2);
            v = Create(x[5]);
            f0 = FusedMultiplyAdd(v, w0, f0);
            f1 = FusedMultiplyAdd(v, w1, f1);
            f2 = FusedMultiplyAdd(v, w2, f2);
        }
        Store(r0, a0, a1, a2);
        Store(r1, b0, b1, b2);
        Store(r2, c0, c1, c2);
        Store(r3, d0, d1, d2);
        Store(r4, e0, e1, e2);
        Store(r5, f0, f1, f2);
    }

    /// <summary>Mean over the rows and sum of squared distances from it, per column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(float* y, int rows, int stride, float* mean, float* squares)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> sum = default, square = default;
            for (var t = 0; t < rows; t++) sum += Load(y + t * stride + c);
            var middle = sum / Create((float)rows);
            for (var t = 0; t < rows; t++)
            {
                var distance = Load(y + t * stride + c) - middle;
                square = FusedMultiplyAdd(distance, distance, square);
            }
            middle.Store(mean + c);
            square.Store(squares + c);
        }
    }

    /// <summary>h = relu(y · scale + shift) · mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(float* y, int rows, int stride, float* scale, float* shift, float* mask, float* h)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> a = Load(scale + c), b = Load(shift + c), m = Load(mask + c);
            for (var t = 0; t < rows; t++) (Max(FusedMultiplyAdd(Load(y + t * stride + c), a, b), default) * m).Store(h + t * stride + c);
        }
    }

    /// <summary>f = x · σ(relu(y · scale + shift) · mask), and its sum over the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gate(float* x, float* y, int rows, int stride, float* scale, float* shift, float* mask, float* f, float* sums)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> a = Load(scale + c), b = Load(shift + c), m = Load(mask + c), sum = default;
            for (var t = 0; t < rows; t++)
            {
                var value = Load(x + t * stride + c) * Sigmoid(Max(FusedMultiplyAdd(Load(y + t * stride + c), a, b), default) * m);
                value.Store(f + t * stride + c);
                sum += value;
            }
            sum.Store(sums + c);
        }
    }

    /// <summary>
    /// Of <see cref="Gate"/>: d, ∂L/∂f but for the same <paramref name="mean"/> of every row, becomes ∂L/∂x; n = ∂L/∂(y · scale + shift); Σ n and Σ n (y − middle).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GateBack(
        float* x, float* y, int rows, int stride, float* scale, float* shift, float* mask, float* middle, float* mean, float* d, float* n, float* sums, float* products)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> a = Load(scale + c), b = Load(shift + c), m = Load(mask + c), g = Load(mean + c), center = Load(middle + c);
            Vector512<float> sum = default, product = default;
            for (var t = 0; t < rows; t++)
            {
                var at = t * stride + c;
                var value = Load(y + at);
                var normed = FusedMultiplyAdd(value, a, b);
                var open = Sigmoid(Max(normed, default) * m);
                var slope = Load(d + at) + g;
                (slope * open).Store(d + at);
                var inner = GreaterThan(normed, default) & (slope * Load(x + at) * open * (Vector512<float>.One - open) * m);
                inner.Store(n + at);
                sum += inner;
                product = FusedMultiplyAdd(inner, value - center, product);
            }
            sum.Store(sums + c);
            product.Store(products + c);
        }
    }

    /// <summary>Of <see cref="Activate"/>: from d, ∂L/∂h, n, ∂L/∂(y · scale + shift); Σ n and Σ n (y − middle).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ActivateBack(
        float* y, int rows, int stride, float* scale, float* shift, float* mask, float* middle, float* d, float* n, float* sums, float* products)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> a = Load(scale + c), b = Load(shift + c), m = Load(mask + c), center = Load(middle + c), sum = default, product = default;
            for (var t = 0; t < rows; t++)
            {
                var at = t * stride + c;
                var value = Load(y + at);
                var inner = GreaterThan(FusedMultiplyAdd(value, a, b), default) & (Load(d + at) * m);
                inner.Store(n + at);
                sum += inner;
                product = FusedMultiplyAdd(inner, value - center, product);
            }
            sum.Store(sums + c);
            product.Store(products + c);
        }
    }

    /// <summary>Of the batch norm: n becomes scale · n + tilt · (y − middle) + level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void NormBack(float* y, int rows, int stride, float* scale, float* middle, float* tilt, float* level, float* n)
    {
        for (var c = 0; c < stride; c += Lanes)
        {
            Vector512<float> a = Load(scale + c), center = Load(middle + c), q = Load(tilt + c), r = Load(level + c);
            for (var t = 0; t < rows; t++)
            {
                var at = t * stride + c;
                FusedMultiplyAdd(a, Load(n + at), FusedMultiplyAdd(q, Load(y + at) - center, r)).Store(n + at);
            }
        }
    }

    /// <summary>
    /// 1 / (1 + e^−x) for x ≥ 0, to a few units in the last place: e^−x = 2^n · e^r with n whole and |r| ≤ ln 2 / 2, e^r by its series to the sixth power. The framework's Exp goes
    /// through double precision and takes as long as a quarter of a training step.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var power = -Min(x, Create(87f)); // e^−87 is the smallest normal number
        var n = Round(power * Create(1.44269504f)); // log2 e
        var r = FusedMultiplyAdd(n, Create(-0.693359375f), power);
        r = FusedMultiplyAdd(n, Create(2.12194440e-4f), r); // ln 2 in two parts, the first exact
        var series = FusedMultiplyAdd(r, Create(1f / 720), Create(1f / 120));
        series = FusedMultiplyAdd(r, series, Create(1f / 24));
        series = FusedMultiplyAdd(r, series, Create(1f / 6));
        series = FusedMultiplyAdd(r, series, Create(0.5f));
        series = FusedMultiplyAdd(r, series, Vector512<float>.One);
        series = FusedMultiplyAdd(r, series, Vector512<float>.One);
        var exponential = (series.AsInt32() + ShiftLeft(ConvertToInt32(n), 23)).AsSingle(); // times 2^n
        return Vector512<float>.One / (Vector512<float>.One + exponential);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* at, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2)
    {
        v0.Store(at);
        v1.Store(at + 16);
        v2.Store(at + 32);
    }
}
