using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Tests;

public sealed class UpstreamCatalogueTests
{
    [Fact]
    public void FindsByName()
    {
        Assert.Equal(80, UpstreamCatalogue.Find("fbank").Dimension);
        Assert.Equal(80, UpstreamCatalogue.Find("mfcc").Dimension);
        Assert.Equal(UpstreamCatalogue.Names.Length, UpstreamCatalogue.Names.Distinct().Count());
    }

    [Fact]
    public void SuggestsTheNearestName()
    {
        var e = Assert.Throws<InputException>(() => UpstreamCatalogue.Find("mfc"));
        Assert.StartsWith("unknown upstream 'mfc' (did you mean 'mfcc'?); there are fbank, mfcc", e.Message);
    }
}
