namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// Log mel energies as Kaldi's compute-fbank-feats and torchaudio's <c>compliance.kaldi.fbank</c> define them at 16 kHz:
/// samples × 32768, frames of 25 ms every 10 ms that lie wholly in the signal, mean removed, pre-emphasis 0.97, Povey
/// window, 512-point power spectrum, 80 triangles between 20 Hz and 8 kHz on the mel scale 1127·ln(1 + f/700), natural
/// logarithm floored at the float32 epsilon. No dither, no energy column.
/// </summary>
/// <remarks>
/// The triangles are rounded to float32 step by step as torchaudio's are (their flanks carry errors of 1e-5 there); the
/// signal is processed in double, so the result is torchaudio's up to the rounding noise of its own float32.
/// </remarks>
internal sealed class KaldiMel
{
    public const int Bins = 80;
    public const int FrameLength = 400, FrameShift = 160;
    private const int FftSize = 512, SampleRate = 16_000;
    private const double Scale = 32768, PreEmphasis = 0.97, LowFrequency = 20;
    private const float Epsilon = 1.1920929e-07f;

    private readonly RealFft fft = new(FftSize);
    private readonly double[] window = Window();
    private readonly (int First, float[] Weights)[] triangles = Triangles();
    private readonly double[] frame = new double[FftSize], power = new double[FftSize / 2];

    /// <summary>Frames that lie wholly in a signal of <paramref name="samples"/> samples.</summary>
    public static int FrameCount(int samples) => samples < FrameLength ? 0 : 1 + (samples - FrameLength) / FrameShift;

    /// <summary>Log mel energies, row-major frames × 80.</summary>
    public double[] LogEnergies(ReadOnlySpan<float> waveform)
    {
        var frames = FrameCount(waveform.Length);
        var energies = new double[frames * Bins];
        for (var t = 0; t < frames; t++)
        {
            FillFrame(waveform.Slice(t * FrameShift, FrameLength));
            fft.Power(frame, power);
            for (var bin = 0; bin < Bins; bin++)
            {
                var (first, weights) = triangles[bin];
                var energy = 0.0;
                for (var k = 0; k < weights.Length; k++) energy += weights[k] * power[first + k];
                energies[t * Bins + bin] = Math.Log(Math.Max(energy, Epsilon));
            }
        }
        return energies;
    }

    private void FillFrame(ReadOnlySpan<float> samples)
    {
        var mean = 0.0;
        foreach (var sample in samples) mean += sample * Scale;
        mean /= FrameLength;
        var previous = samples[0] * Scale - mean; // the sample before the first counts as the first
        for (var i = 0; i < FrameLength; i++)
        {
            var current = samples[i] * Scale - mean;
            frame[i] = (current - PreEmphasis * previous) * window[i];
            previous = current;
        }
    }

    /// <summary>Hann window to the power 0.85, zero at both ends.</summary>
    private static double[] Window() =>
        [.. Enumerable.Range(0, FrameLength).Select(i => Math.Pow(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (FrameLength - 1)), 0.85))];

    private static (int, float[])[] Triangles()
    {
        static double Mel(double frequency) => 1127 * Math.Log(1 + frequency / 700);
        var low = (float)Mel(LowFrequency);
        var step = (float)((Mel(SampleRate / 2) - Mel(LowFrequency)) / (Bins + 1));
        float[] mel = [.. Enumerable.Range(0, FftSize / 2).Select(k => 1127f * (float)Math.Log(1f + k * ((float)SampleRate / FftSize) / 700f))];
        var triangles = new (int, float[])[Bins];
        for (var bin = 0; bin < Bins; bin++)
        {
            var (left, center, right) = (low + bin * step, low + (bin + 1f) * step, low + (bin + 2f) * step);
            float[] weights = [.. mel.Select(m => Math.Max(0, Math.Min((m - left) / (center - left), (right - m) / (right - center))))];
            var first = Array.FindIndex(weights, w => w > 0);
            var last = Array.FindLastIndex(weights, w => w > 0);
            triangles[bin] = first < 0 ? (0, []) : (first, weights[first..(last + 1)]);
        }
        return triangles;
    }
}
