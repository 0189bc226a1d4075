namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// Power spectrum of a real signal of N = 2^k samples: a complex transform of N/2 points over the even and odd samples
/// (radix 2, decimation in time), then one pass that separates them. Double precision, twiddle factors computed once.
/// </summary>
internal sealed class RealFft
{
    private readonly int half;
    private readonly int[] reversed;
    private readonly double[] cos, sin; // of 2πk/N, k < N/2
    private readonly double[] re, im;

    public RealFft(int size)
    {
        half = size / 2;
        (re, im, reversed) = (new double[half], new double[half], new int[half]);
        var bits = int.Log2(half);
        for (var i = 0; i < half; i++)
            for (var b = 0; b < bits; b++)
                reversed[i] |= (i >> b & 1) << bits - 1 - b;
        cos = [.. Enumerable.Range(0, half).Select(k => Math.Cos(2 * Math.PI * k / size))];
        sin = [.. Enumerable.Range(0, half).Select(k => Math.Sin(2 * Math.PI * k / size))];
    }

    /// <summary>|X(k)|² of <paramref name="signal"/> (N samples) for k = 0 … N/2 − 1; the bin at half the rate is not needed here.</summary>
    public void Power(ReadOnlySpan<double> signal, Span<double> power)
    {
        for (var i = 0; i < half; i++)
        {
            re[reversed[i]] = signal[2 * i];
            im[reversed[i]] = signal[2 * i + 1];
        }
        for (var span = 1; span < half; span *= 2)
        {
            var step = half / span; // twiddle e^(−πij/span) = entry j·step of a table of period N
            for (var start = 0; start < half; start += 2 * span)
            {
                for (int j = 0, a = start, b = start + span; j < span; j++, a++, b++)
                {
                    var (c, s) = (cos[j * step], sin[j * step]);
                    var (tr, ti) = (re[b] * c + im[b] * s, im[b] * c - re[b] * s);
                    (re[b], im[b]) = (re[a] - tr, im[a] - ti);
                    (re[a], im[a]) = (re[a] + tr, im[a] + ti);
                }
            }
        }
        // X(k) = E(k) + e^(−2πik/N)·O(k) with E, O the transforms of the even and odd samples: Z = E + iO.
        for (var k = 0; k < half; k++)
        {
            var m = k == 0 ? 0 : half - k;
            var (er, ei) = ((re[k] + re[m]) / 2, (im[k] - im[m]) / 2);
            var (or, oi) = ((im[k] + im[m]) / 2, (re[m] - re[k]) / 2);
            var xr = er + or * cos[k] + oi * sin[k];
            var xi = ei + oi * cos[k] - or * sin[k];
            power[k] = xr * xr + xi * xi;
        }
    }
}
