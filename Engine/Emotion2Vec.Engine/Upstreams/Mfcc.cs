namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// 40 mel-frequency cepstral coefficients every 10 ms and their first deltas, normalised per utterance and channel. As
/// torchaudio's <c>compliance.kaldi.mfcc</c> (num_ceps 40, num_mel_bins 80): orthonormal DCT-II of the log mel energies,
/// liftered by 1 + 11·sin(πi/22), the zeroth coefficient kept; deltas over five frames as its <c>compute_deltas</c>:
/// d(t) = (c(t+1) − c(t−1) + 2·(c(t+2) − c(t−2))) / 10 with the first and last frame repeated.
/// </summary>
public sealed class Mfcc : IUpstream
{
    private const int Coefficients = 40;
    private const double Lifter = 22;

    private readonly KaldiMel mel = new();
    private readonly double[] transform = Transform(); // mel bins × coefficients, lifter included

    public string Name => "mfcc";
    public int Dimension => 2 * Coefficients;
    public int Layers => 1;

    /// <summary>Two frames: one alone has no standard deviation.</summary>
    public int MinimumSamples => KaldiMel.FrameLength + KaldiMel.FrameShift;

    public float[] Extract(ReadOnlySpan<float> waveform) => UtteranceNorm.Apply(Raw(waveform), Dimension);

    /// <summary>Coefficients and deltas before normalisation, row-major frames × 80.</summary>
    internal double[] Raw(ReadOnlySpan<float> waveform)
    {
        var energies = mel.LogEnergies(waveform);
        var frames = energies.Length / KaldiMel.Bins;
        var features = new double[frames * Dimension];
        for (var t = 0; t < frames; t++)
        {
            var cepstrum = features.AsSpan(t * Dimension, Coefficients);
            for (var bin = 0; bin < KaldiMel.Bins; bin++)
            {
                var energy = energies[t * KaldiMel.Bins + bin];
                var weights = transform.AsSpan(bin * Coefficients, Coefficients);
                for (var c = 0; c < cepstrum.Length; c++) cepstrum[c] += weights[c] * energy;
            }
        }
        double At(int t, int c) => features[Math.Clamp(t, 0, frames - 1) * Dimension + c];
        for (var t = 0; t < frames; t++)
            for (var c = 0; c < Coefficients; c++)
                features[t * Dimension + Coefficients + c] = (At(t + 1, c) - At(t - 1, c) + 2 * (At(t + 2, c) - At(t - 2, c))) / 10;
        return features;
    }

    /// <summary>
    /// In float32 step by step, as torchaudio computes it: its cosines of arguments up to 40π are off by some 1e-6, which
    /// the sum over 80 energies of the same sign makes visible.
    /// </summary>
    private static double[] Transform()
    {
        var transform = new double[KaldiMel.Bins * Coefficients];
        for (var c = 0; c < Coefficients; c++)
        {
            var lifter = 1f + (float)(Lifter / 2) * MathF.Sin((float)Math.PI * c / (float)Lifter);
            for (var bin = 0; bin < KaldiMel.Bins; bin++)
            {
                var cosine = MathF.Cos((float)(Math.PI / KaldiMel.Bins) * (bin + 0.5f) * c);
                transform[bin * Coefficients + c] = lifter * (c == 0 ? (float)Math.Sqrt(1.0 / KaldiMel.Bins) : cosine * (float)Math.Sqrt(2.0 / KaldiMel.Bins));
            }
        }
        return transform;
    }

    public void Dispose()
    {
    }
}
