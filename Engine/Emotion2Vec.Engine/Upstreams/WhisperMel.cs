using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// Whisper's log mel energies: frames of 400 samples every 160, centred, the ends reflected; periodic Hann window, power spectrum, triangles of area 1 on
/// Slaney's mel scale up to 8 kHz; log₁₀ floored at 1e-10, then at 8 below the largest; (x + 4) / 4.
/// </summary>
internal sealed class WhisperMel
{
    internal const int Frame = 400, Hop = 160, SampleRate = 16_000;
    private const int Spectrum = Frame / 2 + 1;

    private readonly double[] basis; // (Frame, 2 × Spectrum): windowed cosines, then sines
    private readonly double[] filters; // (Spectrum, bins)
    private readonly int bins;

    internal WhisperMel(int bins)
    {
        this.bins = bins;
        basis = new double[Frame * 2 * Spectrum];
        for (var i = 0; i < Frame; i++)
        {
            var window = 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Frame);
            for (var k = 0; k < Spectrum; k++)
            {
                var angle = 2 * Math.PI * (i * k % Frame) / Frame;
                (basis[i * 2 * Spectrum + k], basis[(i * 2 + 1) * Spectrum + k]) = (window * Math.Cos(angle), window * Math.Sin(angle));
            }
        }
        filters = new double[Spectrum * bins];
        var triangles = Triangles(bins);
        for (var k = 0; k < Spectrum; k++)
            for (var b = 0; b < bins; b++) filters[k * bins + b] = triangles[b * Spectrum + k];
    }

    /// <summary>Triangles between points equally spaced in mel, each divided by half its width in Hz: (bins, 201), rounded to float32 as published.</summary>
    internal static float[] Triangles(int bins)
    {
        var highest = Mel(SampleRate / 2);
        double[] edges = [.. Enumerable.Range(0, bins + 2).Select(i => Frequency(highest * i / (bins + 1)))];
        var triangles = new float[bins * Spectrum];
        for (var b = 0; b < bins; b++)
            for (var k = 0; k < Spectrum; k++)
            {
                var hertz = (double)k * SampleRate / Frame;
                var height = Math.Min((hertz - edges[b]) / (edges[b + 1] - edges[b]), (edges[b + 2] - hertz) / (edges[b + 2] - edges[b + 1]));
                triangles[b * Spectrum + k] = (float)(Math.Max(0, height) * 2 / (edges[b + 2] - edges[b]));
            }
        return triangles;
    }

    /// <summary>Log mel energies of a whole number of frames: (1, samples / 160, bins).</summary>
    /// <param name="waveform">(1, samples), padded already.</param>
    internal Tensor LogEnergies(Tensor waveform)
    {
        using var scope = NewDisposeScope();
        var device = waveform.device;
        var padded = nn.functional.pad(waveform.to(ScalarType.Float64).unsqueeze(0), (Frame / 2, Frame / 2), TorchSharp.PaddingModes.Reflect).view(-1);
        var frames = padded.unfold(0, Frame, Hop);
        frames = frames.narrow(0, 0, waveform.shape[1] / Hop); // the last one, which begins where the signal ends, is dropped
        var parts = frames.matmul(tensor(basis, [Frame, 2 * Spectrum], device: device)).pow(2);
        var power = parts.narrow(1, 0, Spectrum) + parts.narrow(1, Spectrum, Spectrum);
        var log = power.matmul(tensor(filters, [Spectrum, bins], device: device)).clamp_min(1e-10).log10();
        return ((log.maximum(log.max() - 8) + 4) / 4).to(waveform.dtype).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Slaney's scale: linear to 1 kHz, 3 mel per 200 Hz, then 27 mel for each factor of 6.4.</summary>
    private static double Mel(double hertz) => hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * Math.Log(hertz / 1000) / Math.Log(6.4);

    private static double Frequency(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27);
}
