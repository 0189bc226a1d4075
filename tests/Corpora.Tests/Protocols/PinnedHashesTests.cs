using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Protocols;

/// <summary>
/// Job keys contain the hashes of manifests and folds: if one of these changes, every stored result of that corpus is
/// orphaned. A rule that has to give other folds gets a new version and a new line here.
/// </summary>
public sealed class PinnedHashesTests
{
    [SkippableTheory]
    [InlineData("emodb", "emodb",
        "1c23120783ff66834222d50d902074e5dbfa6f72af96a724d138dc7421acdf89",
        "f3da75ce51e01fc08cac5c6a1eb9eca9dff0efaac05c6bcd04f1ac9d386cfd7d",
        "d7d8339395edfe0122c34e52a6efd290c85378084b314b9a05e9de8f8c1633fd")]
    [InlineData("urdu", "urdu",
        "13eb87de3138e19f769daa1de5aa7da07a8b477b3a83423c93f65d9b507c6c65",
        "f4bfaea1ed201f182e17d29ed4ba3d38053ed9c6c895f85e042bec1d6b3368c1",
        "e42233960f969efe81f040a2c3ffa937cce64b8b1b7e0af60d4a54c6776944d4")]
    [InlineData("ravdess-speech", "ravdess_speech",
        "eb23f42d0c0a307ae201fce77ca2d6cde81fda942e6a125d79c4483c2a55ded2",
        "22f5e82389054277c1f0b22914b70e93f42c62ea366348d843aa345adea06f3a",
        "d91f6478da6b691840f62d8d8db240310e83d259fadce2b0c0009af9ca40194c")]
    public void Hashes_are_those_of_stored_results(string corpus, string folder, string manifest, string random10, string speakers)
    {
        TestData.NeedShared(folder);
        var scanned = CorpusCatalogue.Scan(corpus, TestData.Shared, new AudioIndex());
        string Folds(string protocol) => ProtocolCatalogue.Find(protocol).Split(scanned, TestData.Shared).Hash;
        Assert.Equal(manifest, scanned.Hash);
        Assert.Equal(random10, Folds("random10"));
        Assert.Equal(speakers, Folds("leave-one-speaker-out"));
    }
}
