using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Manifests of the home, by hash, and what folds share; the last few stay in memory.</summary>
internal sealed partial class Manifests(HomeFolder home)
{
    private const int Kept = 12;
    private readonly ConcurrentDictionary<string, (DateTime Written, Manifest Manifest)> manifests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (FoldSet Folds, ImmutableArray<FoldOverlap> Overlaps)> overlaps = new(StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">The home has none with this hash.</exception>
    public Manifest Find(string hash)
    {
        // An address never becomes a path: it is a hash, or nothing.
        if (!Hash().IsMatch(hash) || !File.Exists(home.Manifest(hash))) throw new KeyNotFoundException($"there is no corpus {hash} in this home");
        // The same corpus in another folder has the same hash, and its manifest is written anew.
        var written = File.GetLastWriteTimeUtc(home.Manifest(hash));
        if (manifests.TryGetValue(hash, out var known) && known.Written == written) return known.Manifest;
        if (manifests.Count >= Kept) manifests.Clear();
        var manifest = ManifestFile.Load(home.Manifest(hash));
        manifests[hash] = (written, manifest);
        return manifest;
    }

    /// <summary>Folds of a manifest with what their test parts share with training; null where their file is gone.</summary>
    public (FoldSet Folds, ImmutableArray<FoldOverlap> Overlaps)? Folds(string hash)
    {
        if (overlaps.TryGetValue(hash, out var known)) return known;
        if (!Hash().IsMatch(hash) || !File.Exists(home.Folds(hash))) return null;
        if (overlaps.Count >= Kept) overlaps.Clear();
        return overlaps.GetOrAdd(hash, h =>
        {
            var folds = FoldSet.Load(home, h);
            var manifest = Find(folds.Manifest);
            return (folds, [.. folds.Folds.Select(f => FoldOverlap.Of(manifest, f))]);
        });
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Hash();
}
