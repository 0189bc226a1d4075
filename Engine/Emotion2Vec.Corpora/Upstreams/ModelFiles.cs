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
    public static string Find(string name, string? dataRoot)
    {
        var expected = Path.Combine(dataRoot ?? "<data root>", "checkpoints", name);
        return (dataRoot is null ? null : Endings.Select(ending => expected + ending).FirstOrDefault(File.Exists))
            ?? throw new InputException($"{name}: its checkpoint is missing: put it at {expected}.pt{(dataRoot is null ? " (no data folder is named: --data or E2V_DATA)" : "")}, or name a file: 'models: {{{name}: {{checkpoint: PATH}}}}' in a grid, --checkpoint PATH by hand");
    }
}
