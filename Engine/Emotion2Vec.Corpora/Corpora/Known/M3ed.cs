using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>M3ED: dialogues of 56 Chinese TV series; the published split keeps series apart.</summary>
public sealed class M3ed : AnnotatedCorpus
{
    private const string Table = "annotation.json";
    private static readonly (string Split, string File)[] Parts = [("train", "movie_list_train.txt"), ("valid", "movie_list_val.txt"), ("test", "movie_list_test.txt")];

    private static readonly Dictionary<string, string> Labels = new()
    {
        ["Anger"] = "angry", ["Disgust"] = "disgust", ["Fear"] = "fear", ["Happy"] = "happy", ["Neutral"] = "neutral", ["Sad"] = "sad", ["Surprise"] = "surprise",
    };

    public override string Name => "m3ed";

    public override CorpusCard Card { get; } = new()
    {
        Title = "M3ED (Zhao et al., 2022)",
        Language = "Mandarin", Source = "TV series",
        Licence = "none stated; the repository has the annotations and a link to the audio", Request = "https://github.com/AIM3-RUC/RUCM3ED",
        Layout = "annotation.json, splitInfo/movie_list_{train,val,test}.txt, modality_speech/A_anjia_1_1.wav",
        Published = [("angry", 5231), ("disgust", 1497), ("fear", 395), ("happy", 2286), ("neutral", 10021), ("sad", 3957), ("surprise", 1050)],
        Speakers = 626,
        Paper = new(24449, 626, 7, 9.8),
        EmoBox = new("m3ed", 24437, 1),
        Protocols = ["fixed", "leave-one-speaker-out", "emobox"],
        Notes = ["24449 utterances are annotated; 12 published files hold no samples and are left out, as in EmoBox"],
    };

    protected override ImmutableArray<string> Folders => ["RUCM3ED", "RUCM3ED-master"];

    protected override ImmutableArray<string> Markers => [Table];

    protected override IEnumerable<Annotation> Annotations(string folder)
    {
        var file = Need(folder, Table);
        var splitOf = Parts.SelectMany(part => File.ReadLines(Need(folder, part.File)).Select(line => (Series: line.Trim(), part.Split)))
            .Where(s => s.Series.Length > 0).DistinctBy(s => s.Series).ToDictionary(s => s.Series, s => s.Split, StringComparer.Ordinal);
        using var json = Parse(file);
        foreach (var series in json.RootElement.EnumerateObject())
        {
            if (!splitOf.TryGetValue(series.Name, out var split)) throw new InputException($"{file}: the series '{series.Name}' is in no movie list");
            foreach (var dialogue in series.Value.EnumerateObject())
            {
                foreach (var turn in Member(dialogue.Value, "Dialog", dialogue.Name).EnumerateObject())
                {
                    string Text(JsonElement element, string name) => Member(element, name, turn.Name).GetString()!;
                    var letter = Text(turn.Value, "Speaker");
                    var name = Text(Member(Member(dialogue.Value, "SpeakerInfo", dialogue.Name), letter, turn.Name), "Name");
                    var emotion = Text(Member(turn.Value, "EmoAnnotation", turn.Name), "final_main_emo");
                    if (!Labels.TryGetValue(emotion, out var label)) throw new InputException($"{file}: '{turn.Name}' has the emotion '{emotion}'{Nearest.Hint(emotion, Labels.Keys)}");
                    if (!int.TryParse(turn.Name[(turn.Name.LastIndexOf('_') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                        throw new InputException($"{file}: '{turn.Name}' does not end in a number");
                    yield return new Annotation(
                        new Utterance(turn.Name, "", label, $"{series.Name} {name}", Split: split, Dialogue: dialogue.Name, Turn: number), $"{letter}_{turn.Name}", $"{file}, {dialogue.Name}");
                }
            }
        }

        JsonElement Member(JsonElement element, string name, string of) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member)
            ? member : throw new InputException($"{file}: '{of}' has no '{name}'");
    }

    private static JsonDocument Parse(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var json = JsonDocument.Parse(stream);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
            json.Dispose();
        }
        catch (JsonException e)
        {
            throw new InputException($"{file}:{1 + e.LineNumber}: not JSON", e);
        }
        throw new InputException($"{file}: not a JSON object");
    }
}
