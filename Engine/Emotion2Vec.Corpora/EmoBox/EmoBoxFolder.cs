using System.Globalization;
using Emotion2Vec.Corpora.Corpora;

namespace Emotion2Vec.Corpora.EmoBox;

/// <summary>Where EmoBox's data lie: <c>emobox/DATASET</c> under the data root.</summary>
public static class EmoBoxFolder
{
    /// <summary>
    /// The folder of a corpus: its name or, where there is no such folder, its name without its last <c>-part</c>
    /// (ravdess-speech → ravdess); of a manifest file, its name without extension.
    /// </summary>
    /// <exception cref="InputException">There is none.</exception>
    public static string Find(string corpus, string dataRoot)
    {
        var emobox = Path.Combine(dataRoot, "emobox");
        if (!Directory.Exists(emobox)) throw new InputException($"{emobox}: no such folder; EmoBox's data folder belongs there");
        for (var name = CorpusCatalogue.IsManifest(corpus) ? Path.GetFileNameWithoutExtension(corpus) : corpus; ; name = name[..name.LastIndexOf('-')])
        {
            if (name.Length > 0 && Directory.Exists(Path.Combine(emobox, name))) return Path.Combine(emobox, name);
            if (!name.Contains('-'))
            {
                var known = Directory.EnumerateDirectories(emobox).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal).ToArray();
                throw new InputException($"{emobox}: EmoBox has no folds for '{corpus}'{Nearest.Hint(corpus, known)}; there are {string.Join(", ", known)}");
            }
        }
    }

    /// <summary>The folds in a corpus's folder: the <c>K</c> of every <c>fold_K</c>, ascending.</summary>
    public static int[] FoldNumbers(string folder) => [.. Directory.EnumerateDirectories(folder, "fold_*")
        .Select(d => int.TryParse(Path.GetFileName(d)["fold_".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k : 0)
        .Where(k => k > 0).Order()];

    /// <summary>EmoBox's list of a whole corpus; null where it has none, or it is not in the data root.</summary>
    public static IReadOnlyList<EmoBoxEntry>? List(CorpusCard card, string dataRoot)
    {
        if (card.EmoBox is null) return null;
        var file = Path.Combine(dataRoot, "emobox", card.EmoBox.Dataset, card.EmoBox.Dataset + ".jsonl");
        return File.Exists(file) ? EmoBoxFile.Read(file) : null;
    }
}
