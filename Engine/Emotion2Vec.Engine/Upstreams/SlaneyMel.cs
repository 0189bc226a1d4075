namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Slaney's mel scale and the filters of area 1 on it, as librosa's <c>filters.mel</c> makes them by default, of 16 kHz speech.</summary>
internal static class SlaneyMel
{
    private const int SampleRate = 16_000;

    /// <summary>
    /// Triangles between points equally spaced in mel from 0 to 8 kHz, each divided by half its width in Hz: bins × (<paramref name="fft"/> / 2 + 1),
    /// rounded to float32 as published.
    /// </summary>
    internal static float[] Triangles(int bins, int fft)
    {
        var spectrum = fft / 2 + 1;
        var highest = Mel(SampleRate / 2);
        double[] edges = [.. Enumerable.Range(0, bins + 2).Select(i => Frequency(highest * i / (bins + 1)))];
        var triangles = new float[bins * spectrum];
        for (var b = 0; b < bins; b++)
            for (var k = 0; k < spectrum; k++)
            {
                var hertz = (double)k * SampleRate / fft;
                var height = Math.Min((hertz - edges[b]) / (edges[b + 1] - edges[b]), (edges[b + 2] - hertz) / (edges[b + 2] - edges[b + 1]));
                triangles[b * spectrum + k] = (float)(Math.Max(0, height) * 2 / (edges[b + 2] - edges[b]));
            }
        return triangles;
    }

    /// <summary>Linear to 1 kHz, 3 mel per 200 Hz, then 27 mel for each factor of 6.4.</summary>
    private static double Mel(double hertz) => hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * Math.Log(hertz / 1000) / Math.Log(6.4);

    private static double Frequency(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27);
}
