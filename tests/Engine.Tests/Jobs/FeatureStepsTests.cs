using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Features;
using Tests.Common;

namespace Emotion2Vec.Tests;

/// <summary>Features from files, features joined to others, and the hidden layer that a fold leaves.</summary>
public sealed class FeatureStepsTests : IDisposable
{
    private readonly TinyCorpus corpus = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        corpus.Dispose();
        folder.Dispose();
    }

    /// <summary>What an export wrote is read back as it was.</summary>
    private ExtractSpec Imported()
    {
        corpus.RunExtract();
        using (var features = new FeatureFile(corpus.Features)) FeatureExport.Write(features, corpus.Manifest, folder.Path, "tiny", default);
        return Link(folder.File("tiny.npy"));
    }

    private ExtractSpec Link(string npy)
    {
        var content = CheckpointLinks.Hash(npy);
        CheckpointLinks.Save(corpus.Home, content, npy);
        return new ExtractSpec("tiny", corpus.Manifest.Hash, "words", Imported: content);
    }

    [Fact]
    public void Exported_features_are_imported_unchanged()
    {
        var spec = Imported();
        var result = CanonicalJson.Read<ExtractResult>(corpus.Run(spec));
        using var before = new FeatureFile(corpus.Features);
        using var after = new FeatureFile(corpus.Home.Features(spec.Key()));
        Assert.Equal((30, before.Frames, before.Dimension), (result.Utterances, result.Frames, result.Dimension));
        for (var u = 0; u < 30; u++) Assert.Equal(before[u].ToArray(), after[u].ToArray());

        // Other ids are other features.
        File.WriteAllText(folder.File("tiny.emo"), File.ReadAllText(folder.File("tiny.emo")).Replace("u07", "x07"));
        Assert.NotEqual(spec.Imported, CheckpointLinks.Hash(folder.File("tiny.npy")));
        File.Delete(corpus.Home.Features(spec.Key()));
        Assert.Contains("the features file has changed since the grid was submitted", Assert.Throws<InputException>(() => corpus.Run(spec)).Message);
        Assert.Contains("has nothing of 1 of the 30 utterances of tiny, the first is 'u07'", Assert.Throws<InputException>(() => corpus.Run(Link(folder.File("tiny.npy")))).Message);
    }

    [Theory]
    [InlineData("<f8", null)]
    [InlineData("<i4", "is not an array of float32 or float64")]
    [InlineData(">f8", "is not an array of float32 or float64")]
    public void Doubles_are_read_and_other_numbers_refused(string type, string? message)
    {
        var path = folder.File("numbers.npy");
        using (var file = new BinaryWriter(File.Create(path)))
        {
            var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': (30, 2), }}".PadRight(117) + "\n";
            file.Write([0x93, .. "NUMPY"u8, 1, 0, 118, 0]);
            file.Write(Encoding.ASCII.GetBytes(header));
            for (var i = 0; i < 60; i++) file.Write(i / 4.0);
        }
        File.WriteAllLines(folder.File("numbers.emo"), corpus.Manifest.Utterances.Reverse().Select(u => u.Id));
        if (message is not null)
        {
            Assert.Contains(message, Assert.Throws<InputException>(() => ImportedFeatures.Open(path, corpus.Manifest)).Message);
            return;
        }
        using var features = ImportedFeatures.Open(path, corpus.Manifest);
        Assert.Equal(2, features.Dimension);
        Assert.Equal([0f, 0.25f], features["u29"]);
        Assert.Equal([14.5f, 14.75f], features["u00"]);
    }

    [Fact]
    public void Joined_features_are_the_means_of_both_and_are_made_anew_with_their_parts()
    {
        var words = Imported();
        var joined = new ExtractSpec("tiny", corpus.Manifest.Hash, "fbank", With: words);
        Assert.Equal("fbank + words", joined.Label);
        Assert.Equal([new ExtractSpec("tiny", corpus.Manifest.Hash, "fbank").Key(), words.Key()], joined.DependsOn.AsEnumerable());
        var fold = corpus.Fold with { Upstream = joined.Label, Features = joined.Key() };
        corpus.Run(joined);
        var expected = corpus.Run(fold);
        using (var first = new FeatureFile(corpus.Home.Features(joined.DependsOn[0])))
        using (var second = new FeatureFile(corpus.Home.Features(joined.DependsOn[1])))
        using (var both = new FeatureFile(corpus.Home.Features(joined.Key())))
        {
            Assert.Equal((1, first.Dimension + second.Dimension, 30L), (both.Layers, both.Dimension, both.Frames));
            float Mean(FeatureFile file, int d) => (float)file[11].ToArray().Where((_, i) => i % file.Dimension == d).Average(v => (double)v);
            for (var d = 0; d < both.Dimension; d++) Assert.Equal(d < first.Dimension ? Mean(first, d) : Mean(second, d - first.Dimension), both[11][d], 1e-7f);
        }
        foreach (var key in joined.DependsOn.Append(joined.Key())) File.Delete(corpus.Home.Features(key));
        Assert.Equal(expected, corpus.Run(fold));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("superb")]
    [InlineData("gru")]
    public void A_fold_keeps_the_hidden_layer_of_its_test_part(string head)
    {
        corpus.RunExtract();
        var spec = corpus.Fold with { Head = corpus.Fold.Head with { Name = head, Optimizer = "adam" } };
        float[] told = [];
        var result = CanonicalJson.Read<FoldResult>(new JobRunner(corpus.Home, "cpu").Run(spec.Key(), spec, _ => { }, default, rows => told = rows));
        using var kept = new ImportedFeatures(corpus.Home.Hidden(spec.Key()));
        Assert.Equal(24, kept.Dimension);
        Assert.Equal(told, result.Test.SelectMany(u => kept[$"{u}"]));
        Assert.Equal(result.Test.Length, told.Chunk(24).Select(r => string.Join(' ', r)).Distinct().Count());
        var bytes = File.ReadAllBytes(corpus.Home.Hidden(spec.Key()));
        corpus.Run(spec);
        Assert.Equal(bytes, File.ReadAllBytes(corpus.Home.Hidden(spec.Key())));
    }
}
