using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>The utterances of a speaker or a session, or of several: what is left out as one.</summary>
/// <param name="Kind">What has the names: <c>speaker</c>, <c>session</c>.</param>
/// <param name="Names">In ordinal order.</param>
/// <param name="Positions">Manifest positions, ascending.</param>
internal sealed record NamedGroup(string Kind, ImmutableArray<string> Names, ImmutableArray<int> Positions)
{
    public string Title => Names.Length switch
    {
        1 => $"{Kind} {Names[0]}",
        <= 4 => $"{Kind}s {string.Join(", ", Names)}",
        _ => $"{Kind}s {string.Join(", ", Names[..3])} and {Names.Length - 3} more",
    };

    /// <summary>One group per name, in ordinal order (of the first names); those with a recording in common are joined, so that none is torn.</summary>
    /// <param name="kind">What has the names.</param>
    /// <param name="nameOf">The name that an utterance belongs to.</param>
    /// <param name="protocol">Who asks, for messages.</param>
    /// <exception cref="InputException">An utterance has no name.</exception>
    public static List<NamedGroup> Of(Manifest manifest, string kind, Func<Utterance, string?> nameOf, string protocol)
    {
        if (manifest.Utterances.FirstOrDefault(u => string.IsNullOrEmpty(nameOf(u))) is { } nameless)
            throw new InputException($"{manifest.Corpus}: {protocol} needs the {kind} of every utterance; '{nameless.Id}' has none");
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var groups = all.GroupBy(p => nameOf(manifest.Utterances[p])!, StringComparer.Ordinal).Select(g => new NamedGroup(kind, [g.Key], [.. g])).ToList();
        foreach (var unit in AudioUnits.Of(manifest, all).Where(u => u.Length > 1))
        {
            var names = unit.Select(p => nameOf(manifest.Utterances[p])!).ToHashSet(StringComparer.Ordinal);
            if (names.Count == 1) continue;
            var same = groups.Where(g => g.Names.Any(names.Contains)).ToArray();
            groups.RemoveAll(same.Contains);
            groups.Add(Join(same));
        }
        return [.. groups.OrderBy(g => g.Names[0], StringComparer.Ordinal)];
    }

    /// <summary>Groups of one kind as one.</summary>
    public static NamedGroup Join(IReadOnlyCollection<NamedGroup> groups) =>
        new(groups.First().Kind, [.. groups.SelectMany(g => g.Names).Order(StringComparer.Ordinal)], [.. groups.SelectMany(g => g.Positions).Order()]);
}
