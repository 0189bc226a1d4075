using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.EmoBox;

/// <summary>
/// From EmoBox's keys to manifest positions: a key names the utterance whose id it is, with or without the prefix
/// <c>DATASET-</c>; else the one whose file has the name of <c>wav</c>, extensions aside.
/// </summary>
public sealed class EmoBoxKeys(Manifest manifest, string dataset)
{
    private readonly Dictionary<string, int> ids = manifest.Utterances.Select((u, i) => (u.Id, i)).ToDictionary(u => u.Id, u => u.i, StringComparer.Ordinal);

    // A file name that occurs twice, or a file that holds several utterances, names none of them.
    private readonly Dictionary<string, int> files = manifest.Utterances.Select((u, i) => (Name: Path.GetFileNameWithoutExtension(u.Path), i))
        .GroupBy(u => u.Name, StringComparer.Ordinal).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single().i, StringComparer.Ordinal);

    /// <returns>Null where the manifest has no such utterance.</returns>
    public int? Find(EmoBoxEntry entry)
    {
        if (ids.TryGetValue(entry.Key, out var position)) return position;
        if (entry.Key.StartsWith(dataset + "-", StringComparison.Ordinal) && ids.TryGetValue(entry.Key[(dataset.Length + 1)..], out position)) return position;
        return entry.File is not null && files.TryGetValue(Path.GetFileNameWithoutExtension(entry.File), out position) ? position : null;
    }
}
