using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.EmoBox;

/// <summary>
/// Writes a corpus as EmoBox keeps one: <c>DATASET/DATASET.jsonl</c>, <c>label_map.json</c> and
/// <c>fold_K/DATASET_{train,valid,test}_fold_K.jsonl</c>. A line has EmoBox's members; a stretch of a file has
/// <c>start_time</c> and <c>end_time</c> in seconds besides. Utterances without label are left out.
/// </summary>
public static class EmoBoxExport
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the files; replaces those of the same name.</summary>
    /// <param name="manifest">The corpus.</param>
    /// <param name="folds">Folds to write with it; null for none.</param>
    /// <param name="audio">What the index knows of the utterances' audio, in manifest order.</param>
    /// <param name="dataRoot">Paths of audio are written relative to it where they lie below it; null writes them whole.</param>
    /// <param name="target">The folder in which DATASET is made.</param>
    /// <returns>The folder that was written.</returns>
    /// <exception cref="InputException">No labels; or folds that could not be read back as the same: they validate on the test part, or there are more in the folder.</exception>
    public static string Write(Manifest manifest, FoldSet? folds, IReadOnlyList<AudioInfo> audio, string? dataRoot, string target)
    {
        if (manifest.Classes.IsEmpty) throw new InputException($"{manifest.Corpus}: no utterance has a label; EmoBox's format is for labelled ones");
        var dataset = DatasetOf(manifest.Corpus);
        var folder = Path.Combine(Path.GetFullPath(target), dataset);
        if (folds is not null) CheckFolds(manifest, folds, folder);
        var lines = manifest.Utterances.Select((u, i) => Line(dataset, u, audio[i], dataRoot)).ToArray();
        var all = Enumerable.Range(0, lines.Length).Where(p => manifest.LabelIndices[p] >= 0);
        WriteLines(Path.Combine(folder, dataset + ".jsonl"), all);
        WriteText(Path.Combine(folder, "label_map.json"), JsonSerializer.Serialize(manifest.Classes.ToDictionary(c => c, Title), new JsonSerializerOptions(Json) { WriteIndented = true }) + "\n");
        for (var k = 1; k <= (folds?.Folds.Length ?? 0); k++)
        {
            var fold = folds!.Folds[k - 1];
            foreach (var (part, positions) in new[] { ("train", fold.Train), ("valid", fold.Validation), ("test", fold.Test) })
                WriteLines(Path.Combine(folder, $"fold_{k}", $"{dataset}_{part}_fold_{k}.jsonl"), positions);
        }
        return folder;

        void WriteLines(string path, IEnumerable<int> positions) => WriteText(path, string.Concat(positions.Select(p => lines[p] + "\n")));
    }

    private static void CheckFolds(Manifest manifest, FoldSet folds, string folder)
    {
        if (folds.Badges.Contains(Badges.Optimistic))
            throw new InputException($"{manifest.Corpus}: {folds.Protocol} validates on the test part; in EmoBox's format the parts of a fold have no utterance in common");
        // They may be EmoBox's own, so they are not ours to delete.
        if (Directory.Exists(folder) && EmoBoxFolder.FoldNumbers(folder).Where(k => k > folds.Folds.Length).ToArray() is [var first, .. var more])
            throw new InputException($"{folder}: holds fold_{first}{(more.Length > 0 ? " and more" : "")}, which would be read together with the {folds.Folds.Length} of {folds.Protocol}; remove them or name another folder");
    }

    /// <summary>EmoBox's name of a corpus.</summary>
    private static string DatasetOf(string corpus) => CorpusCatalogue.IsManifest(corpus)
        ? Path.GetFileNameWithoutExtension(corpus)
        : CorpusCatalogue.Find(corpus).Card.EmoBox?.Dataset ?? corpus;

    private static string Line(string dataset, Utterance utterance, AudioInfo audio, string? dataRoot)
    {
        var path = dataRoot is null ? utterance.Path : Path.GetRelativePath(dataRoot, utterance.Path);
        var members = new Dictionary<string, object>
        {
            ["key"] = $"{dataset}-{utterance.Id}", ["dataset"] = dataset, ["wav"] = path.StartsWith("..", StringComparison.Ordinal) ? utterance.Path : path.Replace('\\', '/'),
            ["type"] = "raw", ["sample_rate"] = audio.Rate, ["num_frame"] = audio.Frames, ["task"] = "category", ["length"] = audio.Seconds,
            ["emo"] = utterance.Label, ["channel"] = audio.Channels,
        };
        if (utterance.Start is not null || utterance.End is not null)
        {
            var start = utterance.Start ?? 0;
            (members["start_time"], members["end_time"]) = (start, utterance.End ?? start + audio.Seconds);
        }
        return JsonSerializer.Serialize(members, Json);
    }

    // EmoBox writes class names with a capital.
    private static string Title(string label) => char.ToUpper(label[0], CultureInfo.InvariantCulture) + label[1..];

    private static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
