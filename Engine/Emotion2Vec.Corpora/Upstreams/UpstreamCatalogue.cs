using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Where an upstream's numbers come from.</summary>
public enum UpstreamKind
{
    /// <summary>Signal processing alone: nothing learned, no checkpoint.</summary>
    Signal,

    /// <summary>A pre-trained encoder, read from a checkpoint.</summary>
    Model,
}

/// <summary>What is known of an upstream before anything is computed.</summary>
/// <param name="Name">Name in grids and tables.</param>
/// <param name="Kind">Signal processing or model.</param>
/// <param name="Dimension">Values per frame.</param>
/// <param name="FrameRate">Frames per second of 16 kHz speech, up to edge effects.</param>
/// <param name="Layers">Layers whose output can be read; 1 for signal processing.</param>
/// <param name="Parameters">Learned parameters; 0 for signal processing.</param>
/// <param name="Paper">Where it is described.</param>
public sealed record Upstream(string Name, UpstreamKind Kind, int Dimension, double FrameRate, int Layers, long Parameters, string Paper);

/// <summary>The upstreams a grid can name, as data; the engine computes them.</summary>
public static class UpstreamCatalogue
{
    private const string MelCepstra = "Davis and Mermelstein, 1980";

    /// <summary>All upstreams, in the order of tables.</summary>
    public static ImmutableArray<Upstream> All { get; } =
    [
        new("fbank", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
        new("mfcc", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
    ];

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(u => u.Name)];

    /// <exception cref="InputException">No upstream has this name.</exception>
    public static Upstream Find(string name) => All.FirstOrDefault(u => u.Name == name)
        ?? throw new InputException($"unknown upstream '{name}'{Nearest.Hint(name, Names)}; there are {string.Join(", ", Names)}");
}
