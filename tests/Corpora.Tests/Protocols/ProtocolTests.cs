using System.Security.Cryptography;
using System.Text;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Protocols;

public sealed class ProtocolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("e2v-protocols-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Folds of a version never change: these are the test parts of 23 utterances, worked out once.</summary>
    [Fact]
    public void Random10GivesTheFoldsOfItsVersion()
    {
        var folds = ProtocolCatalogue.Find("random10").Split(Corpus(23), "");
        Assert.Equal(1, folds.Version);
        Assert.Equal("0 3 9 / 4 8 | 14 19 20 / 6 9 | 5 8 10 / 9 20 | 6 17 / 0 12 | 12 16 / 3 15 | 4 22 / 9 16 | 1 11 / 16 18 | 2 21 / 9 18 | 7 13 / 12 14 | 15 18 / 2 5", string.Join(" | ", folds.Folds.Select(f => string.Join(' ', f.Test) + " / " + string.Join(' ', f.Validation))));
    }

    [Fact]
    public void UnknownProtocolSuggestsTheNearest()
    {
        var e = Assert.Throws<InputException>(() => ProtocolCatalogue.Find("random-10"));
        Assert.Equal("unknown protocol 'random-10' (did you mean 'random10'?); there are random10, random10-optimistic, random5, leave-one-session-out, leave-one-session-out-optimistic, leave-one-session-out-10, leave-one-speaker-out, leave-one-speaker-out-optimistic, holdout, fixed, emobox", e.Message);
    }

    [Fact]
    public void TooSmallCorporaAreRefused()
    {
        Refused("random10", Corpus(9), "c: random10 needs at least 10 utterances with different audio; there are 9");
        Refused("leave-one-speaker-out", Corpus(20, i => $"s{i % 2}"), "c: leave-one-speaker-out needs at least 3 speakers (test, validation, training); there are 2");
    }

    [Fact]
    public void AnUtteranceWithoutSpeakerIsNamed() =>
        Refused("leave-one-speaker-out", Corpus(20, i => i == 7 ? null : $"s{i % 4}"), "c: leave-one-speaker-out needs the speaker of every utterance; 'u07' has none");

    [Fact]
    public void SpeakersWithOneRecordingCountAsOne()
    {
        // a and b share a recording, b and c another: only {a, b, c}, d and e can be told apart.
        string[] speakers = ["a", "b", "c", "d", "e"];
        var manifest = new Manifest("c", ["x"], Enumerable.Range(0, 20).Select(i => new Utterance(
            $"u{i:D2}", "/p", "x", speakers[i % 5], Audio: i switch { 0 or 1 => "one", 6 or 7 => "two", _ => $"a{i}" })));
        Assert.Equal(["speakers a, b, c", "speaker d", "speaker e"], ProtocolCatalogue.Find("leave-one-speaker-out").Split(manifest, "").Folds.Select(f => f.Name));
    }

    [Fact]
    public void BadgesTellSpeakersOnBothSides()
    {
        var random10 = ProtocolCatalogue.Find("random10");
        Assert.Equal(["speaker-dependent"], random10.Split(Corpus(40, i => $"s{i % 4}"), "").Badges.AsEnumerable());
        Assert.Equal(["speaker-independent"], random10.Split(Corpus(40, i => $"s{i}"), "").Badges.AsEnumerable());
        Assert.Equal(["speakers unknown"], random10.Split(Corpus(40), "").Badges.AsEnumerable());
    }

    [Fact]
    public void FixedTakesThePublishedParts()
    {
        var fold = Assert.Single(ProtocolCatalogue.Find("fixed").Split(Split(i => i < 12 ? "train" : i < 15 ? "valid" : "test"), "").Folds);
        Assert.Equal(Enumerable.Range(0, 12), fold.Train.AsEnumerable());
        Assert.Equal([12, 13, 14], fold.Validation.AsEnumerable());
        Assert.Equal([15, 16, 17, 18, 19], fold.Test.AsEnumerable());
    }

    [Fact]
    public void FixedDrawsATenthOfTrainingWhereNothingValidates()
    {
        var manifest = Split(i => i < 15 ? "train" : "test");
        var fold = Assert.Single(ProtocolCatalogue.Find("fixed").Split(manifest, "").Folds);
        Assert.Single(fold.Validation);
        Assert.Equal(Enumerable.Range(0, 15), fold.Train.Concat(fold.Validation).Order());
        Assert.Equal([15, 16, 17, 18, 19], fold.Test.AsEnumerable());
    }

    [Fact]
    public void FixedNamesWhatIsWrong()
    {
        Refused("fixed", Split(i => i == 3 ? null : "train"), "c: the protocol 'fixed' needs the split of every utterance; 'u03' has none");
        Refused("fixed", Split(i => i == 3 ? "tets" : "train"), "c: utterance 'u03' has the split 'tets' (did you mean 'test'?); there are train, valid, test");
        Refused("fixed", Split(_ => "train"), "c: no utterance has the split 'test'");
        Refused("fixed", Split(_ => "test"), "c: no utterance has the split 'train'");
    }

    [Fact]
    public void IdenticalAudioOfAPublishedSplitIsAWarning()
    {
        var manifest = new Manifest("c", ["x"], Enumerable.Range(0, 20).Select(i => new Utterance(
            $"u{i:D2}", "/p", "x", "s", Split: i < 12 ? "train" : i < 15 ? "valid" : "test", Audio: i is 2 or 16 or 17 ? "same" : $"a{i}")));
        Assert.Equal(["identical audio in test and in training or validation: 'u16' and 'u02' and 1 more"], ProtocolCatalogue.Find("fixed").Split(manifest, "").Warnings.AsEnumerable());
    }

    [Fact]
    public void AClassAbsentFromTrainingIsAWarning()
    {
        var manifest = new Manifest("c", ["x", "y"], Enumerable.Range(0, 20).Select(i => new Utterance(
            $"u{i:D2}", "/p", i is 4 or 5 ? "y" : "x", $"s{i % 5}", Split: i is 4 or 5 ? "test" : i < 9 ? "valid" : i < 18 ? "train" : "test")));
        Assert.Equal(["class 'y' is absent from training (2 in test)"], ProtocolCatalogue.Find("fixed").Split(manifest, "").Warnings.AsEnumerable());
    }

    [Fact]
    public void WarningsNameTheirFolds()
    {
        Fold Named(string name, params string[] warnings) => new(name, [0], [1], [2], [.. warnings]);
        var set = new FoldSet("p", 1, "c", "m", [Named("fold 1", "a", "b"), Named("fold 2", "b"), Named("fold 3", "a", "b")], []);
        Assert.Equal(["fold 1; fold 3: a", "b"], set.Warnings.AsEnumerable());
    }

    [Fact]
    public void FoldSetsSurviveTheDisk()
    {
        var home = new HomeFolder(_folder).Create();
        var folds = ProtocolCatalogue.Find("random10").Split(Corpus(23, i => $"s{i % 3}"), "");
        folds.Save(home);
        folds.Save(home);
        var loaded = FoldSet.Load(home, folds.Hash);
        Assert.Equal(folds.Hash, loaded.Hash);
        Assert.Equal(folds.Badges.AsEnumerable(), loaded.Badges.AsEnumerable());
        Assert.Equal(folds.Folds.SelectMany(f => f.Test), loaded.Folds.SelectMany(f => f.Test));
        Assert.Equal([Path.GetFileName(home.Folds(folds.Hash))], Directory.GetFiles(Path.Combine(_folder, "folds")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("\"test\":[", "\"test\":[1,")]
    [InlineData("{", "")]
    [InlineData("\"version\":1", "\"version\":2")]
    [InlineData("\"folds\"", "\"folz\"")]
    public void DamagedFoldFilesAreRefused(string from, string to)
    {
        var home = new HomeFolder(_folder).Create();
        var folds = ProtocolCatalogue.Find("random10").Split(Corpus(23), "");
        folds.Save(home);
        var path = home.Folds(folds.Hash);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..]);
        var e = Assert.Throws<InputException>(() => FoldSet.Load(home, folds.Hash));
        Assert.Contains("damaged fold file", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void AMissingFoldFileIsNamed() =>
        Assert.Contains("no such fold file", Assert.Throws<InputException>(() => FoldSet.Load(new HomeFolder(_folder), "abc")).Message, StringComparison.Ordinal);

    private void Refused(string protocol, Manifest manifest, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => ProtocolCatalogue.Find(protocol).Split(manifest, _folder)).Message);

    private static Manifest Corpus(int n, Func<int, string?>? speaker = null) =>
        new("c", ["x"], Enumerable.Range(0, n).Select(i => new Utterance($"u{i:D2}", "/p", "x", speaker?.Invoke(i))));

    private static Manifest Split(Func<int, string?> split) =>
        new("c", ["x"], Enumerable.Range(0, 20).Select(i => new Utterance($"u{i:D2}", "/p", "x", Split: split(i))));
}
