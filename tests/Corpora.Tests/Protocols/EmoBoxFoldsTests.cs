using System.Text.Json;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.EmoBox;
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
    public void AMissingFoldIsRefused()
    {
        foreach (var k in (int[])[1, 2, 4, 5])
        {
            foreach (var dataset in (string[])["toy", "emodb"])
            {
                Write(dataset, k, "train", Lines(dataset, 0..14));
                Write(dataset, k, "test", Lines(dataset, 14..20));
            }
        }
        Refused("toy", $"{Path.Combine(_root, "emobox", "toy")}: fold_3 is missing; there are 1, 2, 4, 5");
        Refused("emodb", $"{Path.Combine(_root, "emobox", "emodb")}: fold_3 is missing; there are 1, 2, 4, 5 of 5");
        foreach (var dataset in (string[])["toy", "emodb"])
            foreach (var k in (int[])[4, 5]) Directory.Delete(Path.Combine(_root, "emobox", dataset, $"fold_{k}"), recursive: true);
        Assert.Equal(2, EmoBox.Split(Corpus("toy"), _root).Folds.Length);
        Refused("emodb", $"{Path.Combine(_root, "emobox", "emodb")}: folds 1 to 2, where EmoBox has 5 of emodb");
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
    /// EmoBox's own folds on manifests made from its file lists, speakers from our naming schemes: how many speakers of the
    /// test part training or validation has heard (most over folds), out of how many.
    /// </summary>
    [SkippableTheory]
    [InlineData("emodb", 5, "10 of 10")]
    [InlineData("urdu", 1, "18 of 19")]
    [InlineData("shemo", 1, "83 of 83")]
    [InlineData("aesdd", 1, "6 of 6")]
    [InlineData("ravdess-speech", 6, "0 of 4")]
    [InlineData("savee", 4, "0 of 1")]
    [InlineData("emovo", 6, "0 of 1")]
    [InlineData("cafe", 3, "0 of 4")]
    [InlineData("subesco", 5, "0 of 4")]
    public void SpeakersAreSharedAsKnown(string corpus, int folds, string shared)
    {
        var manifest = FromEmoBox(corpus, TestData.NeedShared("emobox"));
        var set = EmoBox.Split(manifest, TestData.Shared!);
        var most = set.Folds.Select(f => FoldOverlap.Of(manifest, f)).MaxBy(o => (o.SharedSpeakers.Length, o.TestSpeakers.Length))!;
        Assert.Equal(folds, set.Folds.Length);
        Assert.Equal(shared, $"{most.SharedSpeakers.Length} of {most.TestSpeakers.Length}");
        Assert.Equal(shared.StartsWith('0') ? "speaker-independent" : "speaker-dependent", set.Badges[0]);
        Assert.All(set.Folds, f => Assert.Equal(manifest.Utterances.Length, f.Train.Length + f.Validation.Length + f.Test.Length));
    }

    /// <summary>RESD tells no speakers, but every one of its dialogues is on both sides.</summary>
    [SkippableFact]
    public void RESD_shares_its_dialogues()
    {
        var manifest = FromEmoBox("resd", TestData.NeedShared("emobox"));
        var set = EmoBox.Split(manifest, TestData.Shared!);
        var fold = Assert.Single(set.Folds);
        Assert.Equal((1116, 280), (fold.Train.Length + fold.Validation.Length, fold.Test.Length));
        Assert.Equal(["speakers unknown"], set.Badges.AsEnumerable());
        Assert.Equal(["50 of 50 dialogues of the test part are also in training or validation"], set.Warnings.AsEnumerable());
        var published = Assert.Single(ProtocolCatalogue.Find("fixed").Split(manifest, null).Folds);
        Assert.Equal(fold.Test.AsEnumerable(), published.Test);
        Assert.Equal((1005, 111), (published.Train.Length, published.Validation.Length));
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

    /// <summary>A manifest without audio from EmoBox's list of a corpus, read by the corpus's own naming scheme.</summary>
    private static Manifest FromEmoBox(string name, string emobox)
    {
        var corpus = (FolderCorpus)CorpusCatalogue.Find(name);
        var utterances = EmoBoxFolder.List(corpus.Card, Path.GetDirectoryName(emobox)!)!.Select(entry =>
        {
            Assert.True(corpus.TryParse(Path.ChangeExtension(entry.File!, null), out var utterance));
            return utterance! with { Path = "/" + entry.File };
        });
        return new Manifest(name, corpus.Classes, utterances);
    }
}
