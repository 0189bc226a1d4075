using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>MSP-Podcast: turns of podcasts. The paper pre-trains on version 1.8. Turns without agreement, or with another emotion, have no label.</summary>
public sealed partial class MspPodcast : AnnotatedCorpus
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["A"] = "angry", ["C"] = "contempt", ["D"] = "disgust", ["F"] = "fear", ["H"] = "happy", ["N"] = "neutral", ["S"] = "sad", ["U"] = "surprise",
        ["O"] = "", ["X"] = "", [""] = "",
    };

    private static readonly Dictionary<string, string> Splits = new()
    {
        ["Train"] = "train", ["Validation"] = "valid", ["Development"] = "valid", ["Test1"] = "test", ["Test2"] = "test", ["Test3"] = "test",
    };

    public override string Name => "msp-podcast";

    public override CorpusCard Card { get; } = new()
    {
        Title = "MSP-Podcast 1.8 (Lotfian and Busso, 2019)",
        Language = "English", Source = "podcasts",
        Licence = "academic or commercial licence, on request", Request = "https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html",
        Layout = "Labels/labels_concensus.csv (labels_consensus.csv in later versions), Audios/MSP-PODCAST_0001_0008.wav",
        Published = [("angry", null), ("contempt", null), ("disgust", null), ("fear", null), ("happy", null), ("neutral", null), ("sad", null), ("surprise", null)],
        Paper = new(72969, 10000, 8, 113.5),
        InEmo262 = true,
        Protocols = ["fixed"],
        Notes = ["for pre-training; EmoBox lists 73042 turns of 1273 speakers, other versions of the corpus have other numbers", "turns of unknown speakers have none"],
    };

    protected override ImmutableArray<string> Folders => ["MSP-PODCAST-Publish-1.8"];

    protected override ImmutableArray<string> Markers => ["labels_concensus.csv", "labels_consensus.csv"];

    protected override IEnumerable<Annotation> Annotations(string folder)
    {
        foreach (var (origin, field) in CsvTable.ReadNamed(Need(folder, [.. Markers]), "FileName", "EmoClass", "SpkrID", "Split_Set"))
        {
            if (!Labels.TryGetValue(field("EmoClass"), out var label)) throw new InputException($"{origin}: EmoClass is '{field("EmoClass")}'; there are A, C, D, F, H, N, S, U, O, X");
            if (!Splits.TryGetValue(field("Split_Set"), out var split))
                throw new InputException($"{origin}: Split_Set is '{field("Split_Set")}'{Nearest.Hint(field("Split_Set"), Splits.Keys)}; there are {string.Join(", ", Splits.Keys)}");
            var id = Path.GetFileNameWithoutExtension(field("FileName"));
            var turn = Turn().Match(id);
            yield return new Annotation(
                new Utterance(id, "", label, field("SpkrID") is "Unknown" or "" ? null : field("SpkrID"), Split: split,
                    Dialogue: turn.Success ? turn.Groups["podcast"].Value : null,
                    Turn: turn.Success ? int.Parse(turn.Groups["turn"].Value, CultureInfo.InvariantCulture) : null), id, origin);
        }
    }

    [GeneratedRegex("_(?<podcast>[0-9]+)_(?<turn>[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Turn();
}
