using System.Diagnostics;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Tests;
using Xunit.Abstractions;

namespace Emotion2Vec.Corpora.Tests.Corpora;

/// <summary>The published corpora themselves, where they are on this machine.</summary>
public sealed class PublishedCorporaTests(ITestOutputHelper output)
{
    [SkippableTheory]
    [InlineData("emodb", 535, 10, "angry 127, boredom 81, disgust 46, fear 69, happy 71, neutral 79, sad 62")]
    [InlineData("urdu", 400, 29, "angry 100, happy 100, neutral 100, sad 100")]
    [InlineData("ravdess-speech", 1440, 24, "angry 192, calm 192, disgust 192, fear 192, happy 192, neutral 96, sad 192, surprise 192")]
    public void Has_the_published_utterances_speakers_and_labels(string name, int utterances, int speakers, string labels)
    {
        var root = TestData.NeedShared("");
        Skip.If(CorpusCatalogue.Find(name).Find(root) is null, $"{name} is not in {root}");
        using var folder = new TemporaryFolder();
        var index = folder.File("index.tsv");
        var watch = Stopwatch.StartNew();
        var manifest = CorpusCatalogue.Scan(name, root, new AudioIndex(index));
        var first = watch.Elapsed;
        Assert.Equal(utterances, manifest.Utterances.Length);
        Assert.Equal(speakers, manifest.Utterances.Select(u => u.Speaker).Distinct().Count());
        Assert.Equal(labels, string.Join(", ", manifest.Utterances.CountBy(u => u.Label).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value}")));
        Assert.False(manifest.Synthetic);

        watch.Restart();
        var again = CorpusCatalogue.Scan(name, root, new AudioIndex(index));
        output.WriteLine($"{name}: first scan {first.TotalSeconds:f2} s, second {watch.Elapsed.TotalSeconds:f3} s, {manifest.Utterances.Sum(u => u.Seconds):f0} s of speech");
        Assert.Equal(manifest.Hash, again.Hash);
        Assert.True(watch.Elapsed < first, $"the second scan took {watch.Elapsed}, the first {first}");

        ManifestFile.Save(manifest, folder.File("m.jsonl"));
        Assert.Equal(manifest.Hash, ManifestFile.Load(folder.File("m.jsonl")).Hash);
        foreach (var warning in manifest.Warnings) output.WriteLine(warning);
    }
}
