namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// 39 mel-frequency cepstral coefficients as librosa's <c>feature.mfcc</c> (n_mfcc 39) and so TIM-Net's features have them, neither normalised nor
/// liftered: centred frames with reflected ends, periodic Hann window, power spectrum, 128 triangles of area 1 on Slaney's scale, 10·log₁₀ floored at
/// 1e-10 and then at 80 dB below the utterance's largest, orthonormal DCT-II.
/// </summary>
/// <remarks>
/// librosa's defaults are 2048 samples every 512 at 22.05 kHz. At 16 kHz the same times are 1486 every 372 (92.9 and 23.2 ms), in a spectrum of 2048 points; the
/// triangles end at 8 kHz.
/// </remarks>
public sealed class Mfcc39 : IUpstream
{
    private const int Coefficients = 39, Bins = 128, FftSize = 2048, Window = 1486, Hop = 372;
    private const double Floor = 1e-10, Range = 80;

    private readonly RealFft fft = new(FftSize);
    private readonly double[] window = [.. Enumerable.Range(0, Window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Window))];
    private readonly (int First, float[] Weights)[] triangles = Triangles();
    private readonly double[] transform = Transform(); // coefficients × mel bins
    private readonly double[] frame = new double[FftSize], power = new double[FftSize / 2];

    public string Name => "mfcc39";
    public int Dimension => Coefficients;
    public int Layers => 1;

    /// <summary>46.5 ms, what the reflection of half a window needs: 3 frames.</summary>
    public int MinimumSamples => Window / 2 + 1;

    public float[] Extract(ReadOnlySpan<float> waveform)
    {
        var frames = 1 + waveform.Length / Hop;
        var energies = new double[frames * Bins];
        for (var t = 0; t < frames; t++)
        {
            for (var i = 0; i < Window; i++) frame[(FftSize - Window) / 2 + i] = window[i] * waveform[Reflected(t * Hop - Window / 2 + i, waveform.Length)];
            fft.Power(frame, power);
            for (var b = 0; b < Bins; b++)
            {
                var (first, weights) = triangles[b];
                var energy = 0.0;
                for (var k = 0; k < weights.Length; k++) energy += weights[k] * power[first + k];
                energies[t * Bins + b] = 10 * Math.Log10(Math.Max(energy, Floor));
            }
        }
        var lowest = energies.Max() - Range;
        var cepstra = new float[frames * Coefficients];
        for (var t = 0; t < frames; t++)
            for (var c = 0; c < Coefficients; c++)
            {
                var sum = 0.0;
                for (var b = 0; b < Bins; b++) sum += Math.Max(energies[t * Bins + b], lowest) * transform[c * Bins + b];
                cepstra[t * Coefficients + c] = (float)sum;
            }
        return cepstra;
    }

    /// <summary>Position in the signal of one that may lie outside; the first and last sample are not repeated.</summary>
    private static int Reflected(int position, int length)
    {
        var inside = position < 0 ? -position : position;
        return inside < length ? inside : 2 * (length - 1) - inside;
    }

    private static (int, float[])[] Triangles()
    {
        var all = SlaneyMel.Triangles(Bins, FftSize);
        var triangles = new (int, float[])[Bins];
        for (var b = 0; b < Bins; b++)
        {
            var row = all[(b * (FftSize / 2 + 1))..((b + 1) * (FftSize / 2 + 1))];
            var first = Array.FindIndex(row, w => w > 0);
            triangles[b] = (first, row[first..(Array.FindLastIndex(row, w => w > 0) + 1)]); // the bin at 8 kHz has weight 0
        }
        return triangles;
    }

    private static double[] Transform() =>
        [.. Enumerable.Range(0, Coefficients * Bins).Select(i => (Row: i / Bins, Column: i % Bins))
            .Select(i => Math.Cos(Math.PI * i.Row * (i.Column + 0.5) / Bins) * Math.Sqrt((i.Row == 0 ? 1.0 : 2.0) / Bins))];

    public void Dispose()
    {
    }
}
