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
    public void ModelsSayWhereTheirWeightsAreAndUnderWhichLicence()
    {
        PublishedWeights Weights(string name) => UpstreamCatalogue.Find(name).Weights!;
        Assert.All(UpstreamCatalogue.All, u => Assert.Equal(u.Kind == UpstreamKind.Model, u.Weights is not null));
        Assert.All(UpstreamCatalogue.All.Where(u => u.Weights?.Address.EndsWith(".pt", StringComparison.Ordinal) == true),
            u => Assert.EndsWith("/" + u.Weights!.File, u.Weights.Address));
        // The folder is the file's SHA-256: no two models have the same.
        string[] sums = [.. UpstreamCatalogue.Names.Where(n => n.StartsWith("whisper", StringComparison.Ordinal)).Select(n => Weights(n).Address.Split('/')[^2])];
        Assert.All(sums, sum => Assert.Matches("^[0-9a-f]{64}$", sum));
        Assert.Equal(sums.Length, sums.Distinct().Count());
        // What lies at Hugging Face may have another licence there.
        Assert.Equal(("MIT", new HuggingFaceWeights("microsoft/wavlm-base", "CC BY-SA 3.0")), (Weights("wavlm_base").Licence, Weights("wavlm_base").HuggingFace));
        Assert.Equal(("MIT", "Apache 2.0"), (Weights("whisper_base").Licence, Weights("whisper_base").HuggingFace?.Licence));
        // emotion2vec's page there has the authors' own file.
        Assert.Null(Weights("emotion2vec_base").HuggingFace);
    }

    [Fact]
    public void SuggestsTheNearestName()
    {
        var e = Assert.Throws<InputException>(() => UpstreamCatalogue.Find("mfc"));
        Assert.StartsWith("unknown upstream 'mfc' (did you mean 'mfcc'?); there are fbank, mfcc", e.Message);
    }
}
