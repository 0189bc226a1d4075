using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Where the checkpoints of the catalogue's models, and features that are made elsewhere, are looked for when nobody names a file: they are not ours to distribute.</summary>
public static class ModelFiles
{
    private static readonly ImmutableArray<string> Endings = [".pt", ".safetensors", ".bin"];

    /// <summary>The file of a model: <c>checkpoints/NAME.pt</c> (or <c>.safetensors</c>, <c>.bin</c>) under the data root, else there under the name that it is published with.</summary>
    /// <param name="name">Name in the catalogue.</param>
    /// <param name="dataRoot">Null where the user named none.</param>
    /// <exception cref="InputException">There is none: the message says which file is missing and how to name another.</exception>
    public static string Find(string name, string? dataRoot) => Existing(name, dataRoot)
        ?? throw new InputException($"{name}: its checkpoint is missing: put it at {Expected(name, dataRoot)}{(dataRoot is null ? NoFolder : "")}, or name a file: 'models: {{{name}: {{checkpoint: PATH}}}}' in a grid, --checkpoint PATH by hand");

    /// <summary>The same of several models and of features that are read from files, so that all that is missing is said at once.</summary>
    /// <param name="models">Names in the catalogue.</param>
    /// <param name="imported">Features of the catalogue, and a corpus that needs them.</param>
    /// <exception cref="InputException">Of one model: as <see cref="Find"/>. Else the message is a table, one line each.</exception>
    public static void Check(IEnumerable<string> models, IEnumerable<(string Name, string Corpus)> imported, string? dataRoot)
    {
        string[] missing = [.. models.Distinct().Where(name => Existing(name, dataRoot) is null)];
        (string Name, string Corpus)[] features = [.. imported.Where(i => !File.Exists(ImportedFeatures.Place(Folder(i.Name, dataRoot), i.Corpus)))];
        if (missing.Length == 1 && features.Length == 0) Find(missing[0], dataRoot);
        if (missing.Length + features.Length > 0) throw new InputException(Missing(missing, features, dataRoot));
    }

    /// <summary>A table of models and features whose files are missing: where each goes, and where it is published.</summary>
    public static string Missing(IReadOnlyCollection<string> models, IReadOnlyCollection<(string Name, string Corpus)> imported, string? dataRoot)
    {
        string[][] rows =
        [
            [imported.Count == 0 ? "model" : "upstream", "put it at", "published as", "at"],
            .. models.Select(name => UpstreamCatalogue.Find(name).Weights is { } weights ? (string[])[name, Expected(name, dataRoot), weights.File, weights.Address] : [name, Expected(name, dataRoot), "", ""]),
            .. imported.Select(i => (string[])[$"{i.Name} of {i.Corpus}", ImportedFeatures.Place(Folder(i.Name, dataRoot), i.Corpus), "(yours: .npy, .emo, .lengths)", "docs/TASKS.md"]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var table = rows.Select(row => "  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        var (count, what) = (models.Count + imported.Count, imported.Count == 0 ? "checkpoint" : models.Count == 0 ? "features file" : "file");
        var others = string.Join(" or ", new[] { models.Count > 0 ? "{checkpoint: PATH}" : "", imported.Count > 0 ? "{features: FOLDER}" : "" }.Where(o => o.Length > 0).Select(o => $"'models: {{NAME: {o}}}'"));
        return $"{count} {what}{(count == 1 ? " is" : "s are")} missing{(dataRoot is null ? NoFolder : "")}; put them where this says, or name others ({others}):\n{string.Join('\n', table)}";
    }

    /// <summary>Where features of the catalogue that are read from files lie, corpus by corpus (<see cref="ImportedFeatures"/>).</summary>
    public static string Folder(string name, string? dataRoot) => Path.Combine(dataRoot ?? "<data root>", "features", name);

    /// <summary>The file of a model; null where there is none.</summary>
    public static string? Existing(string name, string? dataRoot) =>
        dataRoot is null ? null : Names(name).Select(file => Path.Combine(dataRoot, Checkpoints, file)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Names(string model) =>
        [.. Endings.Select(ending => model + ending), .. UpstreamCatalogue.All.FirstOrDefault(u => u.Name == model)?.Weights is { } published ? (string[])[published.File] : []];

    /// <summary>Where the file of a model is put.</summary>
    public static string Expected(string name, string? dataRoot) => Path.Combine(dataRoot ?? "<data root>", Checkpoints, name + ".pt");

    private const string Checkpoints = "checkpoints", NoFolder = " (no data folder is named: --data or E2V_DATA)";
}
