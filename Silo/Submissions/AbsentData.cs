using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>
/// Stands in for known corpora and published checkpoints that are not on this machine, so that a dry run can count jobs and time as they
/// were published. Nothing of it is ever stored or run.
/// </summary>
internal sealed class AbsentData(string? data)
{
    private readonly Dictionary<string, CorpusCard> cards = new(StringComparer.Ordinal);
    private readonly HashSet<string> checkpoints = new(StringComparer.Ordinal);
    private readonly List<string> missing = [];
    private readonly List<(string Name, string Corpus)> missingFeatures = [];

    /// <summary>What is planned with, one line each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>A corpus as long as the published one; null where it is on disk, or is no known corpus.</summary>
    public Manifest? Corpus(string name)
    {
        if (CorpusCatalogue.IsManifest(name) || CorpusCatalogue.Find(name) is not { } corpus || data is not null && corpus.Find(data) is not null) return null;
        var hours = corpus.Card.Hours ?? 0;
        string[] classes = corpus.Classes.IsEmpty ? [""] : [.. corpus.Classes];
        var manifest = new Manifest(name, corpus.Classes, classes.Select((c, i) =>
            new Utterance("as published, " + c, "", c, Speaker: "as published", Dialogue: "as published", Turn: i, Seconds: hours * 3600 / classes.Length)));
        cards[manifest.Hash] = corpus.Card;
        var utterances = corpus.Card.Utterances ?? corpus.Card.Paper?.Utterances;
        Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is not {(data is null ? "here (no data folder is named: --data or E2V_DATA)" : $"under {data}")}: planned as published, {utterances:N0} utterances, {hours} h"));
        return manifest;
    }

    /// <summary>Whether a manifest stands for a corpus that is not here.</summary>
    public bool StandsIn(Manifest manifest) => cards.ContainsKey(manifest.Hash);

    /// <summary>As many folds as were published; null where the corpus is here.</summary>
    /// <exception cref="InputException">Only the data tell how many there are.</exception>
    public FoldSet? Folds(Manifest manifest, Protocol protocol) => !cards.TryGetValue(manifest.Hash, out var card) ? null
        : protocol.PublishedFolds(card) is { } count
            ? new FoldSet(protocol.Name, protocol.Version, manifest.Corpus, manifest.Hash, [.. Enumerable.Range(1, count).Select(i => new Fold($"fold {i}", [], [], [], []))], [])
            : throw new InputException($"{manifest.Corpus}: how many folds {protocol.Name} has is known only with the data");

    /// <summary>A published model's file, or where it would be.</summary>
    public string Checkpoint(string name)
    {
        if (ModelFiles.Existing(name, data) is { } path) return path;
        missing.Add(name);
        path = Path.GetFullPath(Path.Combine(data ?? "", "checkpoints", name + ".pt"));
        checkpoints.Add(path);
        return path;
    }

    /// <summary>What stands for the content of imported features that are not here.</summary>
    /// <param name="path">Where they would be.</param>
    public string Features(string name, string corpus, string path)
    {
        missingFeatures.Add((name, corpus));
        return CanonicalJson.Hash("absent " + path);
    }

    /// <summary>Which checkpoints and features are not here and where they go: nothing, or one note.</summary>
    public IEnumerable<string> MissingFiles => missing.Count + missingFeatures.Count == 0 ? []
        : [$"planned without {(missing.Count == 0 ? "features" : "weights")}: {ModelFiles.Missing(missing, missingFeatures, data)}"];

    /// <summary>What stands for the content of a checkpoint that is not here; null where it is.</summary>
    public string? Hash(string path) => checkpoints.Contains(path) ? CanonicalJson.Hash("absent " + path) : null;

    /// <summary>Whether a model's checkpoint is not here.</summary>
    public bool Lacks(GridModel model) => model is CheckpointModel file && checkpoints.Contains(file.Checkpoint);
}
