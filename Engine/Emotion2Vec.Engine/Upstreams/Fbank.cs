namespace Emotion2Vec.Engine.Upstreams;

/// <summary>80 log mel filter-bank energies every 10 ms (<see cref="KaldiMel"/>), normalised per utterance and channel.</summary>
public sealed class Fbank : IUpstream
{
    private readonly KaldiMel mel = new();

    public string Name => "fbank";
    public int Dimension => KaldiMel.Bins;
    public int Layers => 1;

    /// <summary>Two frames: one alone has no standard deviation.</summary>
    public int MinimumSamples => KaldiMel.FrameLength + KaldiMel.FrameShift;

    public float[] Extract(ReadOnlySpan<float> waveform) => UtteranceNorm.Apply(Raw(waveform), Dimension);

    /// <summary>Before normalisation.</summary>
    internal double[] Raw(ReadOnlySpan<float> waveform) => mel.LogEnergies(waveform);

    public void Dispose()
    {
    }
}
