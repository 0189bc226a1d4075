using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// Opinion videos with a sentiment from −3 to 3 per clip, in the table <c>label.csv</c> (video_id, clip_id, label, mode)
/// that MMSA made and passes on with the clips (https://github.com/thuiar/MMSA). The paper removes neutral clips (0) and asks for the sign: they are
/// here without label, so that pre-training hears them and no fold has them.
/// </summary>
public abstract class SentimentCorpus : AnnotatedCorpus
{
    private const string Table = "label.csv";

    private static readonly Dictionary<string, string> Splits = new()
    {
        ["train"] = "train", ["valid"] = "valid", ["val"] = "valid", ["validation"] = "valid", ["dev"] = "valid", ["test"] = "test",
    };

    protected sealed override ImmutableArray<string> Markers => [Table];

    // Several corpora have such a table: whose it is only a folder's name tells.
    protected sealed override bool TellsItself => false;

    /// <summary>Clips are <c>VIDEO/CLIP.mp4</c>, or <c>VIDEO_CLIP.wav</c> among the raw data of the publishers.</summary>
    protected sealed override string AudioKey(string file)
    {
        var name = base.AudioKey(file);
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var clip) ? $"{Path.GetFileName(Path.GetDirectoryName(file))}_{clip}" : name;
    }

    protected sealed override IEnumerable<Annotation> Annotations(string folder)
    {
        foreach (var (origin, field) in CsvTable.ReadNamed(Need(folder, Table), "video_id", "clip_id", "label", "mode"))
        {
            if (!double.TryParse(field("label"), NumberStyles.Float, CultureInfo.InvariantCulture, out var sentiment) || sentiment is not (>= -3 and <= 3))
                throw new InputException($"{origin}: the label is '{field("label")}', not a number from -3 to 3");
            if (!int.TryParse(field("clip_id"), NumberStyles.None, CultureInfo.InvariantCulture, out var clip))
                throw new InputException($"{origin}: clip_id is '{field("clip_id")}', not a number");
            if (!Splits.TryGetValue(field("mode"), out var split))
                throw new InputException($"{origin}: the mode is '{field("mode")}'{Nearest.Hint(field("mode"), Splits.Keys)}; there are train, valid, test");
            var label = sentiment switch { > 0 => "positive", < 0 => "negative", _ => "" };
            var id = $"{field("video_id")}_{clip}";
            yield return new Annotation(new Utterance(id, "", label, Split: split, Dialogue: field("video_id"), Turn: clip), id, origin);
        }
    }
}
