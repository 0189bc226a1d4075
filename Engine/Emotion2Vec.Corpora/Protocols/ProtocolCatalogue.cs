using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>The protocols a grid can name.</summary>
public static class ProtocolCatalogue
{
    /// <summary>All protocols, in the order of the documentation.</summary>
    public static ImmutableArray<Protocol> All { get; } =
        [.. RandomFolds.All, .. LeaveOneSessionOut.All, .. LeaveOneSpeakerOut.All, new HoldOut(), new FixedSplit(), new EmoBoxFolds()];

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <exception cref="InputException">No protocol has this name.</exception>
    public static Protocol Find(string name) => All.FirstOrDefault(p => p.Name == name)
        ?? throw new InputException($"unknown protocol '{name}'{Nearest.Hint(name, Names)}; there are {string.Join(", ", Names)}");
}
