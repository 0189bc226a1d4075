using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;
using Emotion2Vec.Tests.Parity;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

/// <summary>Features by models that are read from checkpoint files.</summary>
public sealed class ModelUpstreamTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("d2v2_tiny_infer", "weights.pt")]
    [InlineData("d2v2_tiny_infer", "weights.safetensors")]
    [InlineData("data2vec1_tiny", "weights.pt")]
    public void Features_of_a_file_are_those_of_the_reference(string name, string file)
    {
        var fixture = new ParityFixture(TestData.Fixture(name));
        var input = fixture.First("wave_raw", "in_single")!;
        var path = folder.File(file);
        if (name.StartsWith("d2v2", StringComparison.Ordinal))
        {
            using var model = new Data2Vec2Audio(Data2Vec2Parity.Sizes(fixture), Data2Vec2Role.Student);
            Inference.Fill(model, fixture);
            TinyModels.Write(path, model);
        }
        else
        {
            using var model = new Data2Vec1Audio(Data2Vec1Parity.Sizes(fixture), pretraining: true);
            Inference.Fill(model, fixture);
            // Its heads are not 64 wide, and its input is used as it is: both are told by the settings.
            TinyModels.Write(path, model, new JsonObject { ["model"] = new JsonObject { ["encoder_attention_heads"] = model.Sizes.Heads }, ["task"] = new JsonObject { ["normalize"] = false } });
        }

        using var upstream = ModelUpstream.Load("tiny", path, new FeatureRules(), "cpu");
        using var wave = fixture.Load(input);
        using var expected = fixture.Load(fixture.First("out.final_x", "single.final")!);
        var actual = upstream.Extract(wave.data<float>().ToArray());
        Assert.Equal(expected.shape[^1], upstream.Dimension);
        var wanted = expected.data<float>().ToArray();
        Assert.Equal(wanted.Length, actual.Length);
        for (var i = 0; i < wanted.Length; i++) Assert.InRange(actual[i], wanted[i] - 5e-5f, wanted[i] + 5e-5f);
    }

    [Fact]
    public void Layer_and_token_rules_take_what_they_say()
    {
        var path = TinyModels.Write(folder.File("e.pt"), TinyModels.Emotion2Vec);
        using var file = CheckpointFile.Open(path);
        using var model = PretrainedModel.Load(file, "cpu");
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var wave = Noise(4000, 1);
        float[][][] layers = [.. model.Layers(wave).Select(layer => Rows(layer))]; // layer, token or frame, value
        Assert.Equal((5, 3 + 12, 32), (layers.Length, layers[0].Length, layers[0][0].Length));
        float[] Frames(int layer) => [.. layers[layer].Skip(3).SelectMany(row => row)];
        float[] Tokens(int layer) => [.. layers[layer].Take(3).SelectMany(row => row)];
        float[] MeanToken(int layer) => [.. Enumerable.Range(0, 32).Select(c => layers[layer].Take(3).Average(row => row[c]))];

        Assert.Equal(Frames(4), Extract("last", "frames", 1, 32));
        Assert.Equal(Frames(4), Extract("4", "frames", 1, 32));
        Assert.Equal(Frames(2), Extract("2", "frames", 1, 32));
        Assert.Equal(Frames(0), Extract("0", "frames", 1, 32));
        Close([.. Frames(1).Select((v, i) => (v + Frames(2)[i] + Frames(3)[i] + Frames(4)[i]) / 4)], Extract("mean4", "frames", 1, 32));
        Assert.Equal([.. Enumerable.Range(3, 12).SelectMany(t => layers.SelectMany(layer => layer[t]))], Extract("all", "frames", 5, 32));
        Assert.Equal(Tokens(4), Extract("last", "utt", 1, 32));
        Assert.Equal(Tokens(3), Extract("3", "utt", 1, 32));
        Close([.. layers[4].Skip(3).SelectMany(row => row.Concat(MeanToken(4)))], Extract("last", "utt+frm", 1, 64));
        Close([.. Enumerable.Range(3, 12).SelectMany(t => Enumerable.Range(0, 5).SelectMany(l => layers[l][t].Concat(MeanToken(l))))], Extract("all", "utt+frm", 5, 64));

        float[] Extract(string layerRule, string tokenRule, int expectedLayers, int dimension)
        {
            using var upstream = ModelUpstream.Load("tiny", path, new FeatureRules(layerRule, tokenRule), "cpu");
            Assert.Equal((expectedLayers, dimension, 400), (upstream.Layers, upstream.Dimension, upstream.MinimumSamples));
            return upstream.Extract(wave);
        }
    }

    [Theory]
    [InlineData("lsat", "frames", "unknown layer rule 'lsat' (did you mean 'last'?); there are all, last, mean4 and the number of a layer")]
    [InlineData("03", "frames", "unknown layer rule '03'")]
    [InlineData("-1", "frames", "unknown layer rule '-1'")]
    [InlineData("5", "frames", "tiny: there is no layer 5; layers are 0 to 4")]
    [InlineData("last", "token", "unknown token rule 'token'; there are frames, utt, utt+frm")]
    [InlineData("last", "utt", "tiny: token rule 'utt', but the model has no utterance tokens; 'frames' is what it has")]
    public void What_a_model_does_not_have_is_refused(string layers, string tokens, string message)
    {
        var path = TinyModels.Write(folder.File("d.pt"), TinyModels.Data2Vec1);
        var error = Assert.Throws<InputException>(() => ModelUpstream.Load("tiny", path, new FeatureRules(layers, tokens), "cpu"));
        Assert.StartsWith(message, error.Message);
    }

    [Fact]
    public void Four_layers_are_needed_for_their_mean()
    {
        var path = TinyModels.Write(folder.File("d.pt"), TinyModels.Emotion2Vec with { Depth = 2 });
        Assert.Equal("small: mean4 needs four layers, and there are 3", Assert.Throws<InputException>(() => ModelUpstream.Load("small", path, new FeatureRules("mean4"), "cpu")).Message);
    }

    [Fact]
    public void Another_network_is_refused()
    {
        var path = folder.File("h.safetensors");
        SafetensorsWriter.Write(path, new CheckpointContents { Model = [CheckpointTensor.FromFloats("bert.embeddings.weight", [1], [1])] });
        var error = Assert.Throws<InputException>(() => ModelUpstream.Load("h", path, new FeatureRules(), "cpu"));
        Assert.Equal($"{path}: features are extracted from data2vec 1.0, data2vec 2.0, emotion2vec, HuBERT, vq-wav2vec, wav2vec, wav2vec 2.0, WavLM, Whisper; this checkpoint is none of them", error.Message);
    }

    [Fact]
    public void An_utterance_has_the_same_bits_whatever_came_before_it()
    {
        using var upstream = ModelUpstream.Load("tiny", TinyModels.Write(folder.File("e.pt"), TinyModels.Emotion2Vec), new FeatureRules("all", "utt+frm"), "cpu");
        var alone = upstream.Extract(Noise(4321, 1));
        foreach (var samples in new[] { 400, 16000, 999 }) upstream.Extract(Noise(samples, (ulong)samples));
        Assert.Equal(alone, upstream.Extract(Noise(4321, 1)));
    }

    [Fact]
    public void Loudness_and_offset_do_not_count()
    {
        using var upstream = ModelUpstream.Load("tiny", TinyModels.Write(folder.File("e.pt"), TinyModels.Emotion2Vec), new FeatureRules(), "cpu");
        var wave = Noise(4000, 3);
        Close(upstream.Extract(wave), upstream.Extract([.. wave.Select(v => 0.01f + 4 * v)]), 2e-3f);
    }

    [Fact]
    public void The_catalogue_agrees_with_the_published_names_and_shapes()
    {
        foreach (var known in UpstreamCatalogue.All.Where(u => u.Kind == UpstreamKind.Model))
        {
            var published = Architectures.Find(known.Shapes ?? known.Name);
            Assert.Equal(published.Parameters, known.Parameters);
            var plan = EncoderFamily.Find(published.Family).Plan(new ModelShapes(known.Name, published.Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal)));
            Assert.Equal((known.UtteranceTokens, known.Dimension, known.Layers), (plan.UtteranceTokens, plan.Width, plan.Blocks));
        }
    }

    private static float[][] Rows(Tensor layer) => [.. layer.data<float>().ToArray().Chunk((int)layer.shape[2])];

    private static void Close(float[] expected, float[] actual, float tolerance = 1e-6f)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }

    internal static float[] Noise(int samples, ulong seed)
    {
        var random = new SplitMix64(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => (random.Next() >> 40) * (0.2f / (1 << 24)) - 0.1f)];
    }
}
