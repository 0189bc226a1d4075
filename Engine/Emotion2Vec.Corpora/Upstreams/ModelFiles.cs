using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Where the checkpoints of the catalogue's models are looked for when nobody names a file: they are not ours to distribute.</summary>
public static class ModelFiles
{
    private static readonly ImmutableArray<string> Endings = [".pt", ".safetensors", ".bin"];

    /// <summary>The file of a model: <c>checkpoints/NAME.pt</c> (or <c>.safetensors</c>, <c>.bin</c>) under the data root.</summary>
    /// <param name="name">Name in the catalogue.</param>
    /// <param name="dataRoot">Null where the user named none.</param>
    /// <exception cref="InputException">There is none: the message says which file is missing and how to name another.</exception>
    public static string Find(string name, string? dataRoot) => Existing(name, dataRoot)
        ?? throw new InputException($"{name}: its checkpoint is missing: put it at {Expected(name, dataRoot)}{(dataRoot is null ? NoFolder : "")}, or name a file: 'models: {{{name}: {{checkpoint: PATH}}}}' in a grid, --checkpoint PATH by hand");

    /// <summary>The same of several models, so that all that are missing are said at once.</summary>
    /// <exception cref="InputException">Of one: as <see cref="Find"/>. Of several: the message is a table, one line each.</exception>
    public static void Check(IEnumerable<string> names, string? dataRoot)
    {
        string[] missing = [.. names.Distinct().Where(name => Existing(name, dataRoot) is null)];
        if (missing.Length == 1) Find(missing[0], dataRoot);
        if (missing.Length > 1) throw new InputException(Missing(missing, dataRoot));
    }

    /// <summary>A table of models whose files are missing: where each goes, and where it is published.</summary>
    public static string Missing(IReadOnlyCollection<string> names, string? dataRoot)
    {
        string[][] rows = [["model", "put it at", "published as", "at"], .. names.Select(name =>
            UpstreamCatalogue.Find(name).Weights is { } weights ? (string[])[name, Expected(name, dataRoot), weights.File, weights.Address] : [name, Expected(name, dataRoot), "", ""])];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var table = rows.Select(row => "  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        return $"{(names.Count == 1 ? "1 checkpoint is" : $"{names.Count} checkpoints are")} missing{(dataRoot is null ? NoFolder : "")}; put them where this says, or name others ('models: {{NAME: {{checkpoint: PATH}}}}'):\n{string.Join('\n', table)}";
    }

    /// <summary>The file of a model; null where there is none.</summary>
    public static string? Existing(string name, string? dataRoot) =>
        dataRoot is null ? null : Endings.Select(ending => Path.Combine(dataRoot, Folder, name + ending)).FirstOrDefault(File.Exists);

    /// <summary>Where the file of a model is put.</summary>
    public static string Expected(string name, string? dataRoot) => Path.Combine(dataRoot ?? "<data root>", Folder, name + ".pt");

    private const string Folder = "checkpoints", NoFolder = " (no data folder is named: --data or E2V_DATA)";
}
