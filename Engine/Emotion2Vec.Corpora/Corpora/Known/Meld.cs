using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>MELD: dialogues of the series Friends, audio in video clips, a published split.</summary>
public sealed partial class Meld : AnnotatedCorpus
{
    // Part of the published split, its table, and the folder of its clips.
    private static readonly (string Part, string Split, string Table)[] Parts =
        [("train", "train", "train_sent_emo.csv"), ("dev", "valid", "dev_sent_emo.csv"), ("test", "test", "test_sent_emo.csv")];

    private static readonly Dictionary<string, string> Labels = new()
    {
        ["anger"] = "angry", ["disgust"] = "disgust", ["fear"] = "fear", ["joy"] = "happy", ["neutral"] = "neutral", ["sadness"] = "sad", ["surprise"] = "surprise",
    };

    public override string Name => "meld";

    public override CorpusCard Card { get; } = new()
    {
        Title = "MELD (Poria et al., 2019)",
        Language = "English", Source = "TV series",
        Licence = "annotations GPL-3.0; the clips belong to their makers", Request = "https://affective-meld.github.io",
        Layout = "MELD.Raw.tar.gz and the three archives in it, unpacked: train_sent_emo.csv, dev_sent_emo.csv, test_sent_emo.csv, train_splits/dia0_utt0.mp4, dev_splits_complete/…, output_repeated_splits_test/…",
        Published = [("angry", 1607), ("disgust", 361), ("fear", 358), ("happy", 2308), ("neutral", 6434), ("sad", 1002), ("surprise", 1636)],
        Speakers = 304,
        Paper = new(13847, 407, 7, 12.2),
        InEmo262 = true,
        EmoBox = new("meld", 13706, 1),
        Unusable = ["dia125_utt3-train", "dia110_utt7-dev"],
        Protocols = ["fixed", "leave-one-speaker-out", "emobox"],
        Notes =
        [
            "13708 utterances are annotated (9989, 1109 and 2610); one clip was never published and one is damaged, in every copy",
            "407 speakers are the sum over the three parts (260, 47, 100); 304 names are different, and the main characters are in all parts",
        ],
    };

    protected override ImmutableArray<string> Folders => ["MELD.Raw"];

    protected override ImmutableArray<string> Markers => [.. Parts.Select(p => p.Table)];

    /// <summary>Clips of one name are in all three parts.</summary>
    protected override string AudioKey(string file)
    {
        var name = base.AudioKey(file);
        var folder = Path.GetFileName(Path.GetDirectoryName(file) ?? "");
        var part = Parts.FirstOrDefault(p => folder.Contains(p.Part, StringComparison.OrdinalIgnoreCase)).Part;
        return part is null || !Clip().IsMatch(name) ? file : $"{name}-{part}";
    }

    protected override IEnumerable<Annotation> Annotations(string folder)
    {
        foreach (var (part, split, table) in Parts)
        {
            foreach (var (origin, field) in CsvTable.ReadNamed(Need(folder, table), "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"))
            {
                if (!Labels.TryGetValue(field("Emotion"), out var label))
                    throw new InputException($"{origin}: '{field("Emotion")}' is no emotion of {Name}{Nearest.Hint(field("Emotion"), Labels.Keys)}");
                if (!int.TryParse(field("Utterance_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out var turn))
                    throw new InputException($"{origin}: Utterance_ID is '{field("Utterance_ID")}', not a number");
                var id = $"dia{field("Dialogue_ID")}_utt{turn}-{part}";
                yield return new Annotation(
                    new Utterance(id, "", label, field("Speaker"), Split: split, Dialogue: $"{part} {field("Dialogue_ID")}", Turn: turn), id, origin);
            }
        }
    }

    [GeneratedRegex("^dia[0-9]+_utt[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Clip();
}
