using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Protocols;

/// <summary>Protocols on the corpora themselves, where they are present.</summary>
public sealed class RealCorporaTests
{
    private static readonly Dictionary<string, Manifest> Scanned = [];

    [SkippableTheory]
    [InlineData("emodb", "emodb", "random10", 10, 53, 54, "speaker-dependent, text-dependent")]
    [InlineData("emodb", "emodb", "leave-one-speaker-out", 10, 35, 71, "speaker-independent, text-dependent")]
    [InlineData("emodb", "emodb", "emobox", 5, 107, 107, "speaker-dependent, text-dependent")]
    [InlineData("urdu", "urdu", "random10", 10, 40, 40, "speaker-dependent")]
    [InlineData("urdu", "urdu", "leave-one-speaker-out", 10, 32, 80, "speaker-independent")]
    [InlineData("urdu", "urdu", "emobox", 1, 100, 100, "speaker-dependent")]
    [InlineData("ravdess-speech", "ravdess_speech", "random10", 10, 144, 144, "speaker-dependent, text-dependent")]
    [InlineData("ravdess-speech", "ravdess_speech", "leave-one-speaker-out", 10, 120, 180, "speaker-independent, text-dependent")]
    [InlineData("ravdess-speech", "ravdess_speech", "emobox", 6, 240, 240, "speaker-independent, text-dependent")]
    public void SplitAsKnown(string corpus, string folder, string protocol, int folds, int smallest, int largest, string badges)
    {
        TestData.NeedShared(folder);
        if (!Scanned.TryGetValue(corpus, out var manifest)) Scanned[corpus] = manifest = CorpusCatalogue.Scan(corpus, TestData.Shared, new AudioIndex());
        var set = ProtocolCatalogue.Find(protocol).Split(manifest, TestData.Shared!);
        Assert.Equal(folds, set.Folds.Length);
        Assert.Equal(smallest, set.Folds.Min(f => f.Test.Length));
        Assert.Equal(largest, set.Folds.Max(f => f.Test.Length));
        Assert.Empty(set.Warnings);
        Assert.Equal(badges, string.Join(", ", set.Badges));
    }
}
