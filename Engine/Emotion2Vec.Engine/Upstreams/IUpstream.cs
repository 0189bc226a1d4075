namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// Turns speech into frames. An instance is made for one layer rule and one device, holds what is constant (filter banks,
/// weights) and is used by one thread at a time.
/// </summary>
public interface IUpstream : IDisposable
{
    /// <summary>Name in the catalogue of upstreams.</summary>
    string Name { get; }

    /// <summary>Values per frame and layer.</summary>
    int Dimension { get; }

    /// <summary>Layers per frame; 1 unless the layer rule asks for several.</summary>
    int Layers { get; }

    /// <summary>Fewest samples that give frames; <see cref="Extract"/> is not called with fewer.</summary>
    int MinimumSamples { get; }

    /// <summary>The features of one utterance, always extracted alone: padding would change them in some models.</summary>
    /// <param name="waveform">16 kHz mono, nominally −1 … 1, at least <see cref="MinimumSamples"/> long.</param>
    /// <returns>Row-major frames × (layers × dimension).</returns>
    float[] Extract(ReadOnlySpan<float> waveform);
}
