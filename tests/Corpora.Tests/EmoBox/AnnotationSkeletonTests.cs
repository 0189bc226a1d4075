using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.EmoBox;

/// <summary>
/// IEMOCAP, MELD and M3ED as trees of empty files with annotations in the published format, both written from EmoBox's
/// lists: the parsers give back every key, label, count and part.
/// </summary>
public sealed class AnnotationSkeletonTests
{
    // Without the few bytes that make it more than a header an audio file counts as one without samples.
    private static readonly byte[] Audio = new byte[64];

    [SkippableFact]
    public void Iemocap()
    {
        var (root, entries) = Need("iemocap");
        using var folder = new TemporaryFolder();
        foreach (var dialogue in entries.GroupBy(e => e.Key["iemocap-".Length..e.Key.LastIndexOf('_')]))
        {
            var text = new StringBuilder("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n");
            foreach (var (entry, i) in dialogue.Select((e, i) => (e, i)))
            {
                text.Append(CultureInfo.InvariantCulture, $"[{i}.0000 - {i}.9000]\t{entry.Key["iemocap-".Length..]}\t{entry.Label}\t[2.5000, 2.5000, 2.5000]\nC-E1:\tNeutral;\t()\n\n");
                File.WriteAllBytes(folder.File(entry.File!.Replace("downloads/", "")), Audio);
            }
            File.WriteAllText(folder.File($"iemocap/Session{dialogue.Key[4]}/dialog/EmoEvaluation/{dialogue.Key}.txt"), text.ToString());
        }
        var manifest = Compare("iemocap", folder.Path, entries, "angry 1103, happy 1636, neutral 1708, sad 1084");
        Assert.Equal([1085, 1023, 1151, 1031, 1241], manifest.Utterances.CountBy(u => u.Session!).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value));
        Assert.Equal(10, manifest.Utterances.Select(u => u.Speaker).Distinct().Count());

        // EmoBox's five folds leave the same sessions out.
        var ours = ProtocolCatalogue.Find("leave-one-session-out").Split(manifest, null);
        var theirs = ProtocolCatalogue.Find("emobox").Split(manifest, root);
        Assert.Equal(ours.Folds.Select(f => string.Join(' ', f.Test)), theirs.Folds.Select(f => string.Join(' ', f.Test)));
        Assert.Equal(["speaker-independent", "text-dependent"], ours.Badges.AsEnumerable());
    }

    [SkippableFact]
    public void Meld()
    {
        var (root, entries) = Need("meld");
        using var folder = new TemporaryFolder();
        var name = new Regex("^meld-dia([0-9]+)_utt([0-9]+)-(train|dev|test)$");
        foreach (var part in entries.GroupBy(e => name.Match(e.Key).Groups[3].Value))
        {
            var text = new StringBuilder("Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n");
            foreach (var entry in part)
            {
                var (dialogue, turn) = (name.Match(entry.Key).Groups[1].Value, name.Match(entry.Key).Groups[2].Value);
                text.Append(CultureInfo.InvariantCulture, $"1,\"Well, \"\"no\"\".\",Speaker {dialogue},{entry.Label},neutral,{dialogue},{turn},1,1,\"00:00:01,000\",\"00:00:02,000\"\n");
                File.WriteAllBytes(folder.File(entry.File!.Replace("downloads/", "")), Audio);
            }
            File.WriteAllText(folder.File($"meld/{part.Key}_sent_emo.csv"), text.ToString());
        }
        var manifest = Compare("meld", folder.Path, entries, "angry 1607, disgust 361, fear 358, happy 2308, neutral 6434, sad 1002, surprise 1636");
        SamePartsAsEmoBox(manifest, root, (9988, 1108, 2610));
    }

    [SkippableFact]
    public void M3ed()
    {
        var root = Path.GetDirectoryName(TestData.NeedShared("emobox"))!;
        var parts = new[] { ("train", "train", ".json"), ("valid", "val", ".jsonl"), ("test", "test", ".jsonl") };
        using var folder = new TemporaryFolder();
        var series = new Dictionary<string, Dictionary<string, Dictionary<string, object>>>();
        var entries = new List<EmoBoxEntry>();
        foreach (var (part, list, extension) in parts)
        {
            var listed = EmoBoxFile.Read(Path.Combine(root, "emobox", "m3ed", "fold_1", $"m3ed_{part}_fold_1{extension}"));
            entries.AddRange(listed);
            var names = listed.Select(e => Regex.Match(e.Key, "^m3ed-(.+)_([0-9]+)_[0-9]+$")).ToArray();
            File.WriteAllLines(folder.File($"m3ed/splitInfo/movie_list_{list}.txt"), names.Select(m => m.Groups[1].Value).Distinct());
            foreach (var (entry, match) in listed.Zip(names))
            {
                var film = series.TryGetValue(match.Groups[1].Value, out var known) ? known : series[match.Groups[1].Value] = [];
                var dialogue = $"{match.Groups[1].Value}_{match.Groups[2].Value}";
                var turns = film.TryGetValue(dialogue, out var before) ? before : film[dialogue] = [];
                turns[entry.Key["m3ed-".Length..]] = new { Speaker = Path.GetFileName(entry.File!)[..1], EmoAnnotation = new { final_main_emo = entry.Label } };
                File.WriteAllBytes(folder.File(entry.File!.Replace("downloads/", "")), Audio);
            }
        }
        var speakers = new { A = new { Name = "甲" }, B = new { Name = "乙" } };
        File.WriteAllText(folder.File("m3ed/annotation.json"), JsonSerializer.Serialize(series.ToDictionary(s => s.Key, s => s.Value.ToDictionary(d => d.Key, d => new { SpeakerInfo = speakers, Dialog = d.Value }))));
        var manifest = Compare("m3ed", folder.Path, entries, "angry 5231, disgust 1497, fear 395, happy 2286, neutral 10021, sad 3957, surprise 1050");
        SamePartsAsEmoBox(manifest, root, (17420, 2819, 4198));
    }

    private static (string Root, IReadOnlyList<EmoBoxEntry> Entries) Need(string name)
    {
        var root = Path.GetDirectoryName(TestData.NeedShared("emobox"))!;
        return (root, EmoBoxFolder.List(CorpusCatalogue.Find(name).Card, root)!);
    }

    private static Manifest Compare(string name, string folder, IReadOnlyList<EmoBoxEntry> entries, string counts)
    {
        var corpus = (KnownCorpus)CorpusCatalogue.Find(name);
        var utterances = corpus.List(folder);
        Assert.Equal(entries.Select(e => e.Key).Order(StringComparer.Ordinal), utterances.Select(u => $"{name}-{u.Id}").Order(StringComparer.Ordinal));
        Assert.Equal(counts, string.Join(", ", utterances.CountBy(u => u.Label).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value}")));
        Assert.Equal(counts, string.Join(", ", corpus.Card.Published.Select(c => $"{c.Label} {c.Utterances}")));
        Assert.Equal(corpus.Card.EmoBox!.Utterances, utterances.Length);
        var manifest = new Manifest(name, corpus.Classes, utterances);
        var keys = new EmoBoxKeys(manifest, name);
        Assert.All(entries, e => Assert.Equal(Path.GetFileName(e.File), Path.GetFileName(manifest.Utterances[keys.Find(e)!.Value].Path)));
        return manifest;
    }

    private static void SamePartsAsEmoBox(Manifest manifest, string root, (int Train, int Validation, int Test) sizes)
    {
        var ours = Assert.Single(ProtocolCatalogue.Find("fixed").Split(manifest, null).Folds);
        var theirs = Assert.Single(ProtocolCatalogue.Find("emobox").Split(manifest, root).Folds);
        Assert.Equal(sizes, (ours.Train.Length, ours.Validation.Length, ours.Test.Length));
        Assert.Equal(theirs.Train.AsEnumerable(), ours.Train);
        Assert.Equal(theirs.Validation.AsEnumerable(), ours.Validation);
        Assert.Equal(theirs.Test.AsEnumerable(), ours.Test);
    }
}
