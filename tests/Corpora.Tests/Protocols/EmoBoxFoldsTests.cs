using System.Text.Json;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Protocols;

public sealed class EmoBoxFoldsTests : IDisposable
{
    private static readonly Protocol EmoBox = ProtocolCatalogue.Find("emobox");
    private readonly string _root = Directory.CreateTempSubdirectory("e2v-emobox-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void ReadsItsFiles()
    {
        Write("toy", 1, "train", Lines("toy", 0..10));
        Write("toy", 1, "valid", Lines("toy", 10..12));
        Write("toy", 1, "test", Lines("toy", 12..20));
        var set = EmoBox.Split(Corpus("toy"), _root);
        var fold = Assert.Single(set.Folds);
        Assert.Equal("fold 1", fold.Name);
        Assert.Equal(Enumerable.Range(0, 10), fold.Train);
        Assert.Equal(Enumerable.Range(10, 2), fold.Validation);
        Assert.Equal(Enumerable.Range(12, 8), fold.Test);
        Assert.Empty(set.Warnings);
    }

    [Fact]
    public void AFifthOfTrainingValidatesWhereThereIsNoValidationFile()
    {
        Write("toy", 1, "train", Lines("toy", 0..14));
        Write("toy", 1, "test", Lines("toy", 14..20));
        var fold = Assert.Single(EmoBox.Split(Corpus("toy-part"), _root).Folds);
        Assert.Equal(2, fold.Validation.Length); // 14 / 5, rounded down
        Assert.Equal(Enumerable.Range(0, 14), fold.Train.Concat(fold.Validation).Order());
    }

    [Fact]
    public void ReadsTheDictionaryForm()
    {
        var path = Write("toy", 1, "train", []);
        File.Delete(path);
        File.WriteAllText(Path.ChangeExtension(path, ".json"), JsonSerializer.Serialize(Enumerable.Range(0, 10).ToDictionary(i => $"toy-u{i:D2}", i => new { wav = $"x/u{i:D2}.wav" })));
        Write("toy", 1, "test", Lines("toy", 10..20));
        Assert.Equal(20, EmoBox.Split(Corpus("toy"), _root).Folds.Single() is var f ? f.Train.Length + f.Validation.Length + f.Test.Length : 0);
    }

    [Fact]
    public void FallsBackToTheFileName()
    {
        // The key writes the file name in another way than the id.
        Write("toy", 1, "train", [.. Enumerable.Range(0, 10).Select(i => $$"""{"key": "toy-{{i}}", "wav": "downloads/u{{i:D2}}.wav"}""")]);
        Write("toy", 1, "test", Lines("toy", 10..20));
        Assert.Equal(8, EmoBox.Split(Corpus("toy"), _root).Folds.Single().Train.Length);
    }

    [Fact]
    public void LeftOverFilesOfAnotherVariantAreNotRead()
    {
        Write("toy", 1, "train", Lines("toy", 0..14));
        Write("toy", 1, "test", Lines("toy", 14..20));
        File.WriteAllText(Path.Combine(_root, "emobox", "toy", "fold_1", "toy_train_fold1.jsonl"), "nonsense");
        Assert.Equal(6, EmoBox.Split(Corpus("toy"), _root).Folds.Single().Test.Length);
    }

    [Fact]
    public void UtterancesInNoPartAreAWarning()
    {
        Write("toy", 1, "train", Lines("toy", 0..14));
        Write("toy", 1, "test", Lines("toy", 14..17));
        Assert.Equal(["3 of 20 utterances are in no part"], EmoBox.Split(Corpus("toy"), _root).Warnings.AsEnumerable());
    }

    [Fact]
    public void WrongFilesAreNamedInOneLine()
    {
        Refused("toy", $"{Path.Combine(_root, "emobox")}: no such folder; EmoBox's data folder belongs there");

        var train = Write("toy", 1, "train", Lines("toy", 0..14));
        Refused("toy", $"{In("test")}: no such file");
        Refused("tpy", $"{Path.Combine(_root, "emobox")}: EmoBox has no folds for 'tpy' (did you mean 'toy'?); there are toy");

        Write("toy", 1, "test", Lines("toy", 13..20));
        Refused("toy", $"{In("test")}:1: utterance 'u13' is in train and in test");

        Write("toy", 1, "test", [.. Lines("toy", 14..20), .. Lines("toy", 15..16)]);
        Refused("toy", $"{In("test")}:7: utterance 'u15' is twice in test");

        Write("toy", 1, "test", [.. Lines("toy", 14..20), .. Lines("toy", 20..23)]);
        Refused("toy", $"{In("test")}:7: 'toy-u20' is no utterance of toy, nor are 2 more keys of 9");

        Write("toy", 1, "test", ["", "{\"wav\": \"x\"}"]);
        Refused("toy", $"{In("test")}:2: no member 'key' with a text");

        Write("toy", 1, "test", ["{\"key\": "]);
        Refused("toy", $"{In("test")}:1: not JSON");

        Write("toy", 1, "test", []);
        Refused("toy", $"{In("test")}: no utterance in it");

        string In(string part) => Path.Combine(_root, "emobox", "toy", "fold_1", $"toy_{part}_fold_1.jsonl");
    }

    /// <summary>
    /// EmoBox's own folds, on manifests made from its file lists: number of folds, and speakers that the test parts share
    /// with training (largest over folds) out of those in the test part.
    /// </summary>
    [SkippableTheory]
    [InlineData("emodb", 5, 10, 10)]
    [InlineData("urdu", 1, 18, 19)]
    [InlineData("shemo", 1, 83, null)]
    [InlineData("iemocap", 5, 0, null)]
    [InlineData("ravdess", 6, 0, 4)]
    [InlineData("savee", 4, 0, 1)]
    [InlineData("emovo", 6, 0, 1)]
    [InlineData("cafe", 3, 0, null)]
    [InlineData("subesco", 5, 0, null)]
    public void SpeakersAreSharedAsKnown(string dataset, int folds, int shared, int? tested)
    {
        var manifest = FromEmoBox(dataset, TestData.NeedShared("emobox"));
        var set = EmoBox.Split(manifest, TestData.Shared!);
        Assert.Equal(folds, set.Folds.Length);
        Assert.Equal([shared == 0 ? "speaker-independent" : "speaker-dependent"], set.Badges.AsEnumerable());
        var overlaps = set.Folds.Select(fold =>
        {
            var test = Speakers(fold.Test);
            return (Shared: test.Intersect(Speakers(fold.Train.Concat(fold.Validation))).Count(), Tested: test.Count);
        }).ToArray();
        Assert.Equal(shared, overlaps.Max(o => o.Shared));
        if (tested is not null) Assert.Equal(tested, overlaps.Max(o => o.Tested));
        Assert.All(set.Folds, f => Assert.Equal(manifest.Utterances.Length, f.Train.Length + f.Validation.Length + f.Test.Length));

        HashSet<string> Speakers(IEnumerable<int> positions) => [.. positions.Select(p => manifest.Utterances[p].Speaker!)];
    }

    /// <summary>Corpora with published validation parts, or without known speakers: everything is read, nothing is on both sides.</summary>
    [SkippableTheory]
    [InlineData("aesdd", 604)]
    [InlineData("resd", 1396)]
    [InlineData("meld", 13706)]
    public void ReadsAllOfTheOthers(string dataset, int utterances)
    {
        var manifest = FromEmoBox(dataset, TestData.NeedShared("emobox"));
        var fold = Assert.Single(EmoBox.Split(manifest, TestData.Shared!).Folds);
        Assert.Equal(utterances, fold.Train.Length + fold.Validation.Length + fold.Test.Length);
        if (dataset == "meld") Assert.Equal(1108, fold.Validation.Length);
    }

    /// <summary>M3ED has no list of the whole corpus, and its training part is a dictionary.</summary>
    [SkippableFact]
    public void ReadsM3ed()
    {
        var folder = Path.Combine(TestData.NeedShared("emobox"), "m3ed", "fold_1");
        using var train = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "m3ed_train_fold_1.json")));
        var keys = train.RootElement.EnumerateObject().Select(m => m.Name).Concat(new[] { "valid", "test" }.SelectMany(part => File.ReadLines(Path.Combine(folder, $"m3ed_{part}_fold_1.jsonl")).Select(Key)));
        var manifest = new Manifest("m3ed", ["x"], keys.Select(key => new Utterance(key["m3ed-".Length..], "/" + key, "x")));
        var fold = Assert.Single(EmoBox.Split(manifest, TestData.Shared!).Folds);
        Assert.Equal((17420, 2819, 4198), (fold.Train.Length, fold.Validation.Length, fold.Test.Length));

        static string Key(string line)
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("key").GetString()!;
        }
    }

    private void Refused(string corpus, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => EmoBox.Split(Corpus(corpus), _root)).Message);

    private string Write(string dataset, int fold, string part, string[] lines)
    {
        var path = Path.Combine(_root, "emobox", dataset, $"fold_{fold}", $"{dataset}_{part}_fold_{fold}.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }

    private static string[] Lines(string dataset, Range range) =>
        [.. Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value).Select(i => $$"""{"key": "{{dataset}}-u{{i:D2}}", "wav": "downloads/u{{i:D2}}.wav", "emo": "x"}""")];

    private static Manifest Corpus(string name) =>
        new(name, ["x"], Enumerable.Range(0, 20).Select(i => new Utterance($"u{i:D2}", $"/audio/u{i:D2}.flac", "x", $"s{i % 4}")));

    /// <summary>A manifest without audio from EmoBox's list of a corpus; the speaker is read off the key.</summary>
    private static Manifest FromEmoBox(string dataset, string emobox)
    {
        var utterances = File.ReadLines(Path.Combine(emobox, dataset, dataset + ".jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            var id = json.RootElement.GetProperty("key").GetString()![(dataset.Length + 1)..];
            var label = json.RootElement.GetProperty("emo").GetString()!;
            return new Utterance(id, "/" + json.RootElement.GetProperty("wav").GetString(), label, SpeakerOf(dataset, id));
        }).ToArray();
        return new Manifest(dataset, utterances.Select(u => u.Label).Distinct().Order(StringComparer.Ordinal), utterances);
    }

    private static string? SpeakerOf(string dataset, string id) => dataset switch
    {
        "emodb" or "savee" or "cafe" => id[..2],
        "urdu" => id.Split('_')[0],
        "shemo" => id[..3],
        "iemocap" => id[..5] + id.Split('_')[^1][0], // session and gender of the turn
        "ravdess" => id.Split('-')[^1],
        "emovo" => id.Split('-')[1],
        "subesco" => id[..4],
        _ => null,
    };
}
