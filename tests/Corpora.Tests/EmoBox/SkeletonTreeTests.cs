using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.EmoBox;

/// <summary>Corpora whose file names carry the labels, as trees of empty files made from EmoBox's lists: every label and speaker.</summary>
public sealed class SkeletonTreeTests
{
    [SkippableTheory]
    [InlineData("aesdd", "aesdd", @"\((?:0*)(\d+)\)", "complete")]
    [InlineData("cafe", "cafe", @"/(\d\d)-", "complete")]
    [InlineData("emodb", "emodb", @"/(\d\d)", "complete")]
    [InlineData("emovo", "emovo", @"-([fm]\d)-", "complete")]
    [InlineData("ravdess-speech", "ravdess", @"-(\d\d)\.wav", "complete")]
    [InlineData("resd", "resd", null, "complete")]
    [InlineData("savee", "savee", @"/([A-Z]{2})_", "complete")]
    [InlineData("shemo", "shemo", @"/([FM]\d\d)[A-Z]", "partial 2838/3000")]
    [InlineData("subesco", "subesco", @"/([FM]_\d\d)_", "complete")]
    [InlineData("urdu", "urdu", @"/(S[FM]\d+)_", "complete")]
    public void Every_label_and_speaker_is_reproduced(string name, string dataset, string? speaker, string state)
    {
        var shared = TestData.NeedShared("emobox");
        using var folder = new TemporaryFolder();
        var corpus = (FolderCorpus)CorpusCatalogue.Find(name);
        var entries = EmoBoxFolder.List(corpus.Card, Path.GetDirectoryName(shared)!)!;
        foreach (var entry in entries) File.WriteAllText(folder.File(Placed(name, entry)), "");

        Assert.Equal(state, corpus.Survey(folder.Path).Text);
        var utterances = corpus.List(folder.Path);
        Assert.Equal(entries.Count, utterances.Length);
        Assert.Equal(corpus.Card.EmoBox!.Utterances, entries.Count);
        var byPath = utterances.ToDictionary(u => Path.GetRelativePath(folder.Path, u.Path));
        var labels = Labels(Path.Combine(shared, dataset));
        var keys = new EmoBoxKeys(new Manifest(name, utterances.Select(u => u.Label).Distinct(), utterances), dataset);
        foreach (var entry in entries)
        {
            var utterance = byPath[Placed(name, entry)];
            Assert.Equal(labels[entry.Label!.ToLowerInvariant()], utterance.Label);
            Assert.Equal(speaker is null ? null : Regex.Match(entry.File!, speaker).Groups[1].Value, utterance.Speaker);
            Assert.NotNull(keys.Find(entry));
        }
        Assert.Equal(corpus.Card.Speakers, utterances.Select(u => u.Speaker).OfType<string>().Distinct().Count());
    }

    private static string Placed(string corpus, EmoBoxEntry entry) => Path.Combine(corpus, string.Join('/', entry.File!.Split('/')[2..]));

    /// <summary>EmoBox's label map, its class names in our spelling.</summary>
    private static Dictionary<string, string> Labels(string folder) =>
        System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Directory.GetFiles(folder, "label*.json").Single()))!
            .ToDictionary(l => l.Key.ToLowerInvariant(), l => l.Value.ToLowerInvariant());
}
