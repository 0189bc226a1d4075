using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;
using Tests.Common;

namespace Emotion2Vec.Tests;

/// <summary>
/// The numbers of a tiny run by recipe version, to half a thousandth (BLAS kernels differ by a millionth). A recipe whose
/// numbers change needs a higher version and its numbers here: results of two recipes must never share a job key.
/// </summary>
public sealed class RecipeTests
{
    [Theory]
    [InlineData(1, "fbank", -0.1509, -0.6789, -0.8834, 0.4346, 0.7928)]
    [InlineData(1, "mfcc", 0.1405, -0.3715, 1.2601, -1.3826, 0.7969)]
    [InlineData(1, "mfcc39", -129.8019, 71.2680, 36.0798, 11.6376, 14.3751)]
    public void Extract_recipe_has_its_numbers(int recipe, string upstream, params double[] pinned)
    {
        using var corpus = new TinyCorpus();
        Assert.Equal(recipe, corpus.Extract.Recipe);
        using var instance = UpstreamFactory.Signal(upstream);
        var features = instance.Extract(AudioFile.Read(corpus.Manifest.Utterances[0].Path));
        Compare(pinned, [features[0], features[40], features[features.Length / 2], features[^1], features.Average(MathF.Abs)]);
    }

    [Theory]
    [InlineData(1, "last", "frames", 0.8690, -1.4570, 1.2242, 0.0173, 0.8117)]
    [InlineData(1, "all", "utt+frm", 0.9207, 0.1021, 1.2731, 1.0570, 0.6286)]
    public void Extract_recipe_has_its_numbers_of_a_model(int recipe, string layers, string tokens, params double[] pinned)
    {
        using var corpus = new TinyCorpus();
        Assert.Equal(recipe, corpus.Extract.Recipe);
        using var instance = ModelUpstream.Load("tiny", TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"), new FeatureRules(layers, tokens), "cpu");
        var features = instance.Extract(AudioFile.Read(corpus.Manifest.Utterances[0].Path));
        Compare(pinned, [features[0], features[40], features[features.Length / 2], features[^1], features.Average(MathF.Abs)]);
    }

    [Theory]
    [InlineData(1, "data2vec", 0.7028, -0.3768, 2.5210, -0.0479, 0.7974)]
    [InlineData(1, "wav2vec_tiny", 1.1549, 0.6788, 0.2660, 0.1135, 0.9652)]
    [InlineData(1, "vq_wav2vec_gumbel_tiny", 0.4764, 0.2394, -0.1649, 0.7823, 0.7082)]
    [InlineData(1, "wav2vec2_tiny", -0.4682, -0.5394, -0.2617, -1.6583, 0.7819)]
    [InlineData(1, "hubert_tiny", -0.4682, -0.5394, -0.2617, -1.6583, 0.7819)]
    [InlineData(1, "wavlm_tiny", 0.0797, -0.5554, 0.0782, -1.2836, 0.7689)]
    [InlineData(1, "whisper_encoder_tiny", -1.9823, -0.1374, -1.9992, 1.9406, 0.8046)]
    public void Extract_recipe_has_its_numbers_of_every_family(int recipe, string model, params double[] pinned)
    {
        using var corpus = new TinyCorpus();
        using var folder = new TemporaryFolder();
        Assert.Equal(recipe, corpus.Extract.Recipe);
        var path = folder.File("tiny.pt");
        if (model == "data2vec") TinyModels.Write(path, TinyModels.Data2Vec1);
        else using (var network = TinyModels.OfFixture(model).Network) TinyModels.Write(path, network, TinyModels.Settings);
        using var instance = ModelUpstream.Load("tiny", path, new FeatureRules(), "cpu");
        var features = instance.Extract(AudioFile.Read(corpus.Manifest.Utterances[0].Path));
        Compare(pinned, [features[0], features[40], features[features.Length / 2], features[^1], features.Average(MathF.Abs)]);
    }

    /// <summary>What is pinned above is all there is, with emotion2vec (and data2vec 2.0, the same network).</summary>
    [Fact]
    public void No_family_and_no_head_is_left_out()
    {
        Assert.Equal(["data2vec", "data2vec2", "emotion2vec", "hubert", "vq_wav2vec", "wav2vec", "wav2vec2", "wavlm", "whisper"], ModelFamily.All.Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["conversation", "gru", "linear", "superb", "timnet"], HeadCatalogue.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, "linear", "rmsprop", 1.1485, 0.9741, 0.7276, 0.4401, 0.1645, 0.0812, 1.0663, 0.9660, 0.7881, 0.6350, 0.4466, 0.3846, 2.0, -0.8290, -1.1752, -0.8786, -1.4685, -0.5143, -0.9081)]
    [InlineData(1, "linear", "adam", 1.1177, 1.0989, 1.0774, 1.0740, 1.0682, 1.0484, 1.1119, 1.1073, 1.1030, 1.0990, 1.0947, 1.0899, 4.0, -0.0387, -0.2763, -0.0845, -0.0757, -0.2692, -0.0847)]
    [InlineData(1, "superb", "adam", 1.1087, 1.1071, 1.1043, 1.1002, 1.1056, 1.0980, 1.1017, 1.1014, 1.1013, 1.1010, 1.1009, 1.1006, 0.0, 0.0586, -0.1249, -0.0821, 0.0586, -0.1249, -0.0821)]
    [InlineData(1, "timnet", "adam", 1.0990, 1.0965, 1.0949, 1.0918, 1.0891, 1.0856, 1.0979, 1.0977, 1.0974, 1.0970, 1.0965, 1.0957, 1.0, -0.0058, 0.0008, 0.0046, 0.0001, 0.0014, 0.0008)]
    [InlineData(1, "gru", "adam", 1.1235, 1.0668, 1.0492, 0.9943, 0.9446, 0.9193, 1.1223, 1.1203, 1.1179, 1.1156, 1.1146, 1.1139, 2.0, -0.1787, 0.4346, -0.2683, -0.1621, 0.1322, 0.0756)]
    [InlineData(1, "conversation", "adam", 1.1350, 1.1343, 1.1235, 1.1209, 1.1236, 1.1184, 1.1311, 1.1262, 1.1225, 1.1190, 1.1159, 1.1129, 2.0, 0.1249, -0.1318, 0.1208, 0.1163, -0.1956, 0.1103)]
    public void Fold_recipe_has_its_numbers(int recipe, string head, string optimizer, params double[] pinned)
    {
        using var corpus = new TinyCorpus(dialogues: head == "conversation");
        Assert.Equal(recipe, corpus.Fold.Recipe);
        var usual = HeadCatalogue.Find(head);
        var spec = corpus.Fold.Head with { Name = head, Optimizer = optimizer, Blocks = usual.Blocks, Dropout = usual.Dropout, LabelSmoothing = usual.LabelSmoothing, Turns = usual.Turns };
        var result = corpus.RunFold(corpus.Fold with { Head = spec });
        Compare(pinned, [.. result.TrainLoss, .. result.ValidationLoss, result.BestEpoch, .. Enumerable.Range(0, 6).Select(i => (double)BitConverter.ToSingle(result.Logits, 4 * i))]);
    }

    internal static void Compare(double[] pinned, double[] actual)
    {
        Assert.True(pinned.Length == actual.Length && pinned.Zip(actual).All(p => Math.Abs(p.First - p.Second) <= 5e-4),
            $"the numbers are now {string.Join(", ", actual.Select(a => FormattableString.Invariant($"{a:0.0000}")))}; raise the recipe version if that is meant");
    }
}
