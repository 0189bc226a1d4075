using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests;

/// <summary>Extract and fold jobs whose upstream is a checkpoint file.</summary>
public sealed class ModelJobTests : IDisposable
{
    private readonly TinyCorpus corpus = new();
    private readonly TemporaryFolder folder = new();
    private readonly string checkpoint;

    public ModelJobTests() => checkpoint = TinyModels.Write(folder.File("models/tiny.pt"), TinyModels.Emotion2Vec);

    public void Dispose()
    {
        corpus.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Keys_of_signal_features_are_what_they_always_were()
    {
        Assert.Equal("""{"corpus":"c","layers":"last","manifest":"m","upstream":"mfcc"}""", new ExtractSpec("c", "m", "mfcc").ToJson());
        Assert.Equal("531a9eab0f3dd64c7650c60e2ccf3a3503e4ee3dbb7ad70e0d916644ce0c6d6a", new ExtractSpec("c", "m", "mfcc").Key());
        Assert.Empty(new ExtractSpec("c", "m", "mfcc").DependsOn);
        Assert.Equal("p", Assert.Single(new ExtractSpec("c", "m", "mini", Pretrain: "p").DependsOn));
    }

    [Fact]
    public void The_features_file_holds_what_each_utterance_gives_alone()
    {
        var spec = Spec("all", "utt+frm");
        var result = CanonicalJson.Read<ExtractResult>(corpus.Run(spec));
        Assert.Equal((30, 64), (result.Utterances, result.Dimension));
        using var file = new FeatureFile(corpus.Home.Features(spec.Key()));
        Assert.Equal(5, file.Layers);
        for (var i = 29; i >= 0; i -= 7)
        {
            using var upstream = ModelUpstream.Load("tiny", checkpoint, spec.Rules, "cpu");
            Assert.Equal(upstream.Extract(AudioFile.Read(corpus.Manifest.Utterances[i].Path)), file[i].ToArray());
        }
    }

    [Theory]
    [InlineData("last", "frames", "linear")]
    [InlineData("last", "utt", "linear")]
    [InlineData("all", "frames", "superb")]
    public void A_fold_makes_damaged_or_missing_model_features_anew(string layers, string tokens, string head)
    {
        var extract = Spec(layers, tokens);
        corpus.Run(extract);
        var fold = corpus.Fold with { Upstream = extract.Rules.Describe("tiny"), Features = extract.Key(), Head = corpus.Fold.Head with { Name = head } };
        var expected = corpus.Run(fold);
        var path = corpus.Home.Features(extract.Key());
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = FeatureFile.HeaderBytes + 8;
            stream.WriteByte(0x55);
        }
        Assert.Equal(expected, corpus.Run(fold));
        File.Delete(path);
        Assert.Equal(expected, corpus.Run(fold));
        Assert.Empty(CanonicalJson.Read<FoldResult>(expected).Warnings.Where(w => w.Contains("mean 0")));
    }

    [Fact]
    public void A_checkpoint_that_went_away_or_changed_is_never_taken_for_the_one_submitted()
    {
        var spec = Spec("last", "frames");
        File.Move(checkpoint, checkpoint + ".away");
        Assert.Equal($"{checkpoint}: the checkpoint is gone; put it back, or submit the grid with its new place and retry", Assert.Throws<InputException>(() => corpus.Run(spec)).Message);
        TinyModels.Write(checkpoint, TinyModels.Emotion2Vec, seed: 2);
        Assert.Contains("has changed since the grid was submitted", Assert.Throws<InputException>(() => corpus.Run(spec)).Message);
        Assert.False(File.Exists(corpus.Home.Features(spec.Key())));

        Assert.Equal(spec.Checkpoint, Link(corpus.Home, checkpoint + ".away")); // found again by its content
        corpus.Run(spec);
        var unmade = Assert.Throws<InputException>(() => corpus.Run(spec with { Checkpoint = null, Pretrain = new string('1', 64) }));
        Assert.EndsWith($"the checkpoint of 'tiny' is gone; run the pretrain job {new string('1', 64)} again", unmade.Message);
        Assert.Contains("no path of the checkpoint 0000", Assert.Throws<InputException>(() => corpus.Run(spec with { Checkpoint = new string('0', 64) })).Message);
    }

    [Fact]
    public void The_hash_of_an_index_covers_its_shards()
    {
        var index = folder.File("sharded/model.safetensors.index.json");
        var shard = TinyModels.Write(folder.File("sharded/a.safetensors"), TinyModels.Emotion2Vec);
        using (var file = CheckpointFile.Open(shard))
            File.WriteAllText(index, System.Text.Json.JsonSerializer.Serialize(new { weight_map = file.Tensors.ToDictionary(t => t.Name, _ => "a.safetensors") }));
        var first = Link(corpus.Home, index);
        var features = corpus.Run(new ExtractSpec("tiny", corpus.Manifest.Hash, "sharded", Checkpoint: first));
        Assert.Equal(features, corpus.Run(Spec("last", "frames")));
        TinyModels.Write(shard, TinyModels.Emotion2Vec, seed: 2);
        Assert.NotEqual(first, CheckpointLinks.Hash(index));
    }

    [Fact]
    public void An_utterance_without_a_frame_is_named()
    {
        using var small = new TinyCorpus(shortest: 399);
        var spec = new ExtractSpec("tiny", small.Manifest.Hash, "tiny", Checkpoint: Link(small.Home, checkpoint));
        Assert.EndsWith("'u01' is 24.9 ms long, but tiny needs at least 25 ms", Assert.Throws<InputException>(() => small.Run(spec)).Message);
    }

    private static string Link(HomeFolder home, string path)
    {
        var hash = CheckpointLinks.Hash(path);
        CheckpointLinks.Save(home, hash, path);
        return hash;
    }

    private ExtractSpec Spec(string layers, string tokens) => new(
        "tiny", corpus.Manifest.Hash, "tiny", layers, Link(corpus.Home, checkpoint), Tokens: tokens == FeatureRules.Frames ? null : tokens);
}
