using System.Text.Json;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.EmoBox;

public sealed class EmoBoxExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Manifest Toy(string name = "toy.csv") => new(name, ["happy", "sad"], Enumerable.Range(0, 40).Select(i => new Utterance(
        $"u{i:D2}", $"/data/wav/u{i:D2}.flac", i % 5 == 0 ? "" : i % 2 == 0 ? "happy" : "sad", $"s{i % 4}", Start: i == 1 ? 0.5 : null, Audio: $"a{i}", Seconds: 2)));

    private static AudioInfo[] AudioOf(Manifest manifest) => [.. manifest.Utterances.Select(u => new AudioInfo(u.Audio, 44100, 2, 88200))];

    private static string Parts(FoldSet set) => string.Join('\n', set.Folds.Select(f => $"{string.Join(' ', f.Train)} / {string.Join(' ', f.Validation)} / {string.Join(' ', f.Test)}"));

    [Fact]
    public void A_line_has_the_members_of_EmoBox()
    {
        var manifest = Toy();
        Assert.Equal(folder.File("toy"), EmoBoxExport.Write(manifest, null, AudioOf(manifest), "/data", folder.Path));
        var lines = File.ReadAllLines(folder.File("toy/toy.jsonl"));
        Assert.Equal(32, lines.Length); // the eight without label are left out
        Assert.Equal("""{"key":"toy-u01","dataset":"toy","wav":"wav/u01.flac","type":"raw","sample_rate":44100,"num_frame":88200,"task":"category","length":2,"emo":"sad","channel":2,"start_time":0.5,"end_time":2.5}""", lines[0]);
        Assert.Equal("""{"key":"toy-u02","dataset":"toy","wav":"wav/u02.flac","type":"raw","sample_rate":44100,"num_frame":88200,"task":"category","length":2,"emo":"happy","channel":2}""", lines[1]);
        Assert.Equal("{\n  \"happy\": \"Happy\",\n  \"sad\": \"Sad\"\n}\n", File.ReadAllText(folder.File("toy/label_map.json")));
        Assert.Equal(["toy/label_map.json", "toy/toy.jsonl"], Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.Path, f)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("random10")]
    [InlineData("leave-one-speaker-out")]
    [InlineData("holdout")]
    public void Exported_folds_are_read_back(string protocol)
    {
        var manifest = Toy();
        var folds = ProtocolCatalogue.Find(protocol).Split(manifest, null);
        EmoBoxExport.Write(manifest, folds, AudioOf(manifest), null, folder.File("emobox"));
        var back = ProtocolCatalogue.Find("emobox").Split(manifest, folder.Path);
        Assert.Equal(Parts(folds), Parts(back));
    }

    /// <summary>Ten folds of one protocol and one of another would be read back as ten.</summary>
    [Fact]
    public void Folds_are_not_written_among_more_of_others()
    {
        var manifest = Toy();
        FoldSet Export(string protocol)
        {
            var folds = ProtocolCatalogue.Find(protocol).Split(manifest, null);
            EmoBoxExport.Write(manifest, folds, AudioOf(manifest), null, folder.File("emobox"));
            return folds;
        }
        var random = Export("random10");
        var written = Content();
        Assert.Equal($"{folder.File("emobox/toy")}: holds fold_2 and more, which would be read together with the 1 of holdout; remove them or name another folder",
            Assert.Throws<InputException>(() => Export("holdout")).Message);
        Assert.Equal(written, Content());
        EmoBoxExport.Write(manifest, null, AudioOf(manifest), null, folder.File("emobox")); // without folds: those that are there stay
        Assert.Equal(written, Content());
        for (var k = 2; k <= 10; k++) Directory.Delete(folder.File($"emobox/toy/fold_{k}"), recursive: true);
        Assert.Equal(Parts(Export("holdout")), Parts(ProtocolCatalogue.Find("emobox").Split(manifest, folder.Path)));
        Assert.Equal(Parts(Export("random10")), Parts(random)); // more take the place of fewer
        Assert.Equal(written, Content());

        string[] Content() => [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => $"{f}\n{File.ReadAllText(f)}")];
    }

    [Fact]
    public void Folds_that_validate_on_the_test_part_are_refused()
    {
        var manifest = Toy();
        var folds = ProtocolCatalogue.Find("random10-optimistic").Split(manifest, null);
        Assert.Equal("toy.csv: random10-optimistic validates on the test part; in EmoBox's format the parts of a fold have no utterance in common",
            Assert.Throws<InputException>(() => EmoBoxExport.Write(manifest, folds, AudioOf(manifest), null, folder.Path)).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_corpus_without_labels_is_refused()
    {
        var manifest = new Manifest("toy.csv", [], [new Utterance("u", "/u.wav", "")]);
        Assert.Equal("toy.csv: no utterance has a label; EmoBox's format is for labelled ones",
            Assert.Throws<InputException>(() => EmoBoxExport.Write(manifest, null, AudioOf(manifest), null, folder.Path)).Message);
    }

    /// <summary>What we write of a corpus has EmoBox's keys, frames and (through both label maps) classes.</summary>
    [SkippableTheory]
    [InlineData("emodb", "emodb")]
    [InlineData("urdu", "urdu")]
    [InlineData("ravdess-speech", "ravdess")]
    public void Real_corpora_are_written_as_EmoBox_has_them(string corpus, string dataset)
    {
        var data = TestData.Shared;
        TestData.NeedShared("emobox");
        Skip.If(CorpusCatalogue.Find(corpus).Find(data!) is null, $"{corpus} is not in {data}");
        var index = new AudioIndex();
        var manifest = CorpusCatalogue.Scan(corpus, data, index);
        var written = EmoBoxExport.Write(manifest, null, index.Describe([.. manifest.Utterances.Select(u => new AudioStretch(u.Path))]), data, folder.Path);
        var (ours, theirs) = (Lines(written, dataset), Lines(Path.Combine(data!, "emobox", dataset), dataset));
        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), ours.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, line) in theirs)
        {
            Assert.Equal(line.Class, ours[key].Class);
            Assert.Equal(line.Seconds, ours[key].Seconds, 1.0 / 16000); // a frame: one was resampled
            Assert.True(File.Exists(Path.Combine(data!, ours[key].Wav)));
        }

        static Dictionary<string, (string Class, double Seconds, string Wav)> Lines(string folder, string dataset)
        {
            var map = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(folder, "label_map.json")))!
                .ToDictionary(l => l.Key.ToLowerInvariant(), l => l.Value);
            return File.ReadLines(Path.Combine(folder, dataset + ".jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(
                e => e.GetProperty("key").GetString()!,
                e => (map[e.GetProperty("emo").GetString()!.ToLowerInvariant()], e.GetProperty("length").GetDouble(), e.GetProperty("wav").GetString()!));
        }
    }
}
