using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Makes upstreams by their catalogue name.</summary>
public static class UpstreamFactory
{
    private static readonly SortedDictionary<string, Func<string, string, IUpstream>> Makers = new(StringComparer.Ordinal)
    {
        ["fbank"] = (layers, _) => OneLayer("fbank", layers, new Fbank()),
        ["mfcc"] = (layers, _) => OneLayer("mfcc", layers, new Mfcc()),
    };

    /// <summary>Names that <see cref="Create"/> accepts, sorted.</summary>
    public static IReadOnlyCollection<string> Names => Makers.Keys;

    /// <param name="name">Name in the catalogue.</param>
    /// <param name="layers">Layer rule: <c>last</c> or <c>all</c>; the same for an upstream of one layer.</param>
    /// <param name="device">Where a model runs: <c>cpu</c>, <c>cuda:0</c>, … Signal processing always runs on the processor.</param>
    /// <exception cref="InputException">No such upstream or layer rule.</exception>
    public static IUpstream Create(string name, string layers, string device) =>
        Makers.TryGetValue(name, out var make)
            ? make(layers, device)
            : throw new InputException($"unknown upstream '{name}'{Nearest.Hint(name, Names)}; known: {string.Join(", ", Names)}");

    private static IUpstream OneLayer(string name, string layers, IUpstream upstream) =>
        layers is "last" or "all" ? upstream : throw new InputException($"{name}: unknown layer rule '{layers}'; known: all, last");
}
