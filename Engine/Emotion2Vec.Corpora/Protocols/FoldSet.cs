using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>The folds of one corpus under one protocol. Positions mean nothing without the manifest whose hash is here.</summary>
/// <param name="Protocol">Protocol name.</param>
/// <param name="Version">Protocol version.</param>
/// <param name="Corpus">Corpus name.</param>
/// <param name="Manifest">Hash of the manifest that positions refer to.</param>
/// <param name="Folds">The splits.</param>
/// <param name="Badges">What every number under these folds has to carry, e.g. <c>speaker-dependent</c>.</param>
public sealed record FoldSet(
    string Protocol, int Version, string Corpus, string Manifest, ImmutableArray<Fold> Folds, ImmutableArray<string> Badges)
{
    /// <summary>
    /// SHA-256 over protocol, version, manifest hash and the three parts of every fold: what a result depends on.
    /// Names, warnings and badges may be worded anew without making other folds of these. Computed at every call.
    /// </summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Hash => CanonicalJson.Hash(CanonicalJson.Write(new
    {
        Protocol, Version, Manifest, Folds = Folds.Select(f => new { f.Train, f.Validation, f.Test }),
    }));

    /// <summary>All warnings, each with the name of its fold unless every fold has it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ImmutableArray<string> Warnings =>
        [.. Folds.SelectMany(f => f.Warnings.Select(warning => (warning, f.Name))).GroupBy(w => w.warning, StringComparer.Ordinal)
            .Select(g => g.Count() == Folds.Length ? g.Key : $"{string.Join("; ", g.Select(w => w.Name))}: {g.Key}")];

    /// <summary>Writes the folds to <see cref="HomeFolder.Folds"/>, whole or not at all.</summary>
    public void Save(HomeFolder home) =>
        AtomicFile.Write(home.Folds(Hash), stream => stream.Write(Encoding.UTF8.GetBytes(CanonicalJson.Write(this))));

    /// <summary>Reads folds back.</summary>
    /// <exception cref="InputException">There is no such file, or its content does not have this hash.</exception>
    public static FoldSet Load(HomeFolder home, string hash)
    {
        var path = home.Folds(hash);
        if (!File.Exists(path)) throw new InputException($"{path}: no such fold file; submit the grid again to make it");
        FoldSet folds;
        try
        {
            folds = CanonicalJson.Read<FoldSet>(File.ReadAllText(path));
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
        return folds.Hash == hash ? folds : throw Damaged(null);

        InputException Damaged(Exception? why) => new($"{path}: damaged fold file; submit the grid again to make it anew", why);
    }
}
