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
        var triangles = SlaneyMel.Triangles(bins, Frame);
        for (var k = 0; k < Spectrum; k++)
            for (var b = 0; b < bins; b++) filters[k * bins + b] = triangles[b * Spectrum + k];
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
}
