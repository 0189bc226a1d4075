using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;
using Emotion2Vec.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

/// <summary>Models of every family, from checkpoint files in the names that they are found in.</summary>
public sealed class FamilyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Published models, as networks: names and shapes are the published ones but for what features do without.</summary>
    [Theory]
    [InlineData("wav2vec_large")]
    [InlineData("vq_wav2vec")]
    [InlineData("vq_wav2vec_kmeans")]
    [InlineData("wav2vec2_base")]
    [InlineData("hubert_base")]
    [InlineData("wavlm_base")]
    [InlineData("whisper_base")]
    public void Networks_have_the_published_names_and_shapes(string name)
    {
        var published = Architectures.Find(name);
        using var network = Make(published);
        Assert.Equal(
            published.Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name)).Select(t => $"{t.Name} {string.Join('x', t.Shape)}").Order(StringComparer.Ordinal),
            TorchTensors.Specs(network).Select(t => $"{t.Name} {string.Join('x', t.Shape)}").Order(StringComparer.Ordinal));
    }

    /// <summary>What features are, whatever names the file has.</summary>
    [Theory]
    [InlineData("wav2vec_tiny")]
    [InlineData("vq_wav2vec_gumbel_tiny")]
    [InlineData("wav2vec2_tiny")]
    [InlineData("hubert_tiny")]
    [InlineData("wavlm_tiny")]
    [InlineData("whisper_encoder_tiny")]
    public void Features_do_not_depend_on_the_names(string name)
    {
        var fixture = new ParityFixture(TestData.Fixture(name));
        var (family, network) = TinyModels.OfFixture(name);
        using var made = network;
        // The tensors of pre-training are ignored wherever they stand.
        CheckpointTensor[] tensors =
        [
            .. TorchTensors.FromModule(network),
            .. fixture.ParameterShapes().Where(p => Architectures.OnlyForPretraining(p.Key)).Select(p => CheckpointTensor.FromFloats(p.Key, p.Value, new float[p.Value.Aggregate(1L, (n, d) => n * d)])),
        ];
        var wave = fixture.Load(fixture.First("in_single", "in")!).data<float>().ToArray();
        var expected = Features("own.pt", tensors);
        if (fixture.First("single.final", "out.final") is { } final)
        {
            var reference = fixture.Load(final).data<float>().ToArray();
            for (var i = 0; i < reference.Length; i++) Assert.InRange(expected[i], reference[i] - 5e-5f, reference[i] + 5e-5f);
        }

        Assert.Equal(expected, Features("wrapped.safetensors", [.. tensors.Select(t => t.Renamed("module." + t.Name))]));
        if (family.HuggingFace is null) return;
        var theirs = StateDictNames.ToHuggingFace("f", tensors);
        Assert.NotEqual(tensors.Select(t => t.Name), theirs.Select(t => t.Name));
        Assert.Equal(expected, Features("hf.safetensors", theirs));
        Assert.Equal(expected, Features("hf.pt", [.. theirs.Select(t => t.Renamed($"{family.Name}." + t.Name
            .Replace("weight_g", "parametrizations.weight.original0", StringComparison.Ordinal).Replace("weight_v", "parametrizations.weight.original1", StringComparison.Ordinal)))], prefix: family.Name == "whisper" ? "model." : null));

        float[] Features(string file, IReadOnlyList<CheckpointTensor> model, string? prefix = null)
        {
            var contents = new CheckpointContents { Model = [.. prefix is null ? model : model.Select(t => t.Renamed(t.Name.Replace("whisper.", prefix, StringComparison.Ordinal)))], Config = TinyModels.Settings };
            var path = folder.File(file);
            if (file.EndsWith(".pt", StringComparison.Ordinal)) TorchWriter.Write(path, contents);
            else SafetensorsWriter.Write(path, contents);
            using var upstream = ModelUpstream.Load("tiny", path, new FeatureRules(), "cpu");
            return upstream.Extract(wave);
        }
    }

    /// <summary>A file of full size, converted to the other names and back to a model: the same features, bit for bit.</summary>
    [Theory]
    [InlineData("wav2vec_large")]
    [InlineData("vq_wav2vec")]
    [InlineData("wav2vec2_base")]
    [InlineData("hubert_base")]
    [InlineData("wavlm_base")]
    [InlineData("whisper_base")]
    public void Full_size_in_other_names(string name)
    {
        var published = Architectures.Find(name);
        float[] expected;
        var wave = ModelUpstreamTests.Noise(8000, 1);
        var path = folder.File("other.safetensors");
        using (var network = Make(published))
        {
            using (no_grad())
                foreach (var (parameter, values) in network.named_parameters())
                    using (NewDisposeScope()) values.copy_(ReferenceGenerator.Parameter(parameter, values.shape));
            network.eval();
            using var off = no_grad();
            using var scope = NewDisposeScope();
            expected = ((IEncoder)network).Layers(tensor(wave).unsqueeze(0))[^1].data<float>().ToArray();
            var own = TorchTensors.FromModule(network);
            SafetensorsWriter.Write(path, new CheckpointContents { Model = ModelFamily.Find(published.Family).HuggingFace is null ? [.. own.Select(t => t.Renamed("module." + t.Name))] : StateDictNames.ToHuggingFace("f", own) });
        }
        using (var file = CheckpointFile.Open(path))
        {
            var facts = PretrainedModel.Describe(name, path, new FeatureRules("mean4"));
            Assert.Equal((published.Family == "hubert" ? "wav2vec2_base" : name), facts.Published);
        }
        using var upstream = ModelUpstream.Load(name, path, new FeatureRules(), "cpu");
        Assert.Equal(expected, upstream.Extract(wave));
    }

    [Fact]
    public void A_model_under_the_name_of_another_is_refused()
    {
        var path = folder.File("h.safetensors");
        Write("hubert_base", whole: true);
        Assert.Equal($"{path}: holds hubert_base, not wav2vec2_base", Assert.Throws<InputException>(() => PretrainedModel.Describe("wav2vec2_base", path, new FeatureRules())).Message);
        Assert.Equal("hubert", PretrainedModel.Describe("hubert_base", path, new FeatureRules()).Family);
        Write("wavlm_base", whole: true);
        Assert.Equal("wavlm_base", PretrainedModel.Describe("wavlm_base_plus", path, new FeatureRules()).Published);
        Assert.Contains("there is no layer 13", Assert.Throws<InputException>(() => PretrainedModel.Describe("wavlm_base", path, new FeatureRules("13"))).Message, StringComparison.Ordinal);

        void Write(string name, bool whole) => HollowCheckpoint.Write(path, Architectures.Find(name).Tensors.Where(t => whole || !Architectures.OnlyForPretraining(t.Name)));
    }

    /// <summary>Shapes that no network has are one line, never a crash in the middle of it.</summary>
    [Theory]
    [InlineData("wavlm_base", "encoder.layers.0.self_attn.relative_attention_bias.weight", new long[] { 2, 12 }, "the table of positions has 2 rows and 12 columns")]
    [InlineData("wavlm_base", "encoder.layers.0.self_attn.relative_attention_bias.weight", new long[] { 320, 7 }, "the table of positions has 320 rows and 7 columns")]
    [InlineData("vq_wav2vec", "vector_quantizer.vars", new long[] { 1, 640, 1024 }, "the codewords do not fill a frame")]
    [InlineData("vq_wav2vec_kmeans", "vector_quantizer.embedding", new long[] { 320, 1, 1024 }, "the codewords do not fill a frame")]
    [InlineData("wav2vec_large", "feature_aggregator.conv_layers.3.1.weight", new long[] { 256, 512, 5 }, "the aggregator's layers have different widths")]
    [InlineData("wav2vec2_base", "post_extract_proj.weight", new long[] { 768 }, "tensor post_extract_proj.weight has shape 768")]
    [InlineData("hubert_base", "feature_extractor.conv_layers.0.0.weight", new long[] { 0, 1, 10 }, "has shape 0x1x10")]
    [InlineData("whisper_base", "positional_embedding", new long[] { 1500 }, "tensor positional_embedding has shape 1500")]
    public void Impossible_shapes_are_refused(string name, string tensor, long[] shape, string message)
    {
        var published = Architectures.Find(name);
        var shapes = published.Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        shapes[tensor] = [.. shape];
        var error = Assert.Throws<InputException>(() => EncoderFamily.Find(published.Family).Plan(new ModelShapes("a.pt", shapes)));
        Assert.StartsWith("a.pt: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Settings of all the places where they are found.</summary>
    [Fact]
    public void Settings_tell_what_shapes_do_not()
    {
        var shapes = Architectures.Find("wav2vec2_base").Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        var plain = Wav2Vec2.Plan(new ModelShapes("a.pt", shapes));
        Assert.Equal((400, 768, 12, false), (plain.MinimumSamples, plain.Width, plain.Blocks, plain.Normalise));
        var told = Wav2Vec2.Plan(new ModelShapes("a.pt", shapes, new JsonObject { ["conv_feature_layers"] = "[(512, 10, 4)] + [(512, 3, 2)] * 4 + [(512,2,2)] + [(512,2,2)]" }, new JsonObject { ["normalize"] = true }));
        Assert.Equal((322, true), (told.MinimumSamples, told.Normalise));
        var large = Wav2Vec2.Plan(new ModelShapes("a.pt", Architectures.Find("wav2vec2_large").Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal)));
        Assert.Equal((1024, 24, true), (large.Width, large.Blocks, large.Normalise));
        var vq = Architectures.Find("vq_wav2vec").Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        Assert.Equal(465, VqWav2Vec.Plan(new ModelShapes("a.pt", vq)).MinimumSamples);
        Assert.Equal(new QuantiserSizes(2, 320, 2, 1024), VqWav2Vec.Quantiser(new ModelShapes("a.pt", vq), 512));
    }

    /// <summary>HuBERT X-Large has 16 heads in 1280 values; a file without settings does not say so, and 20 heads would give other features without a word.</summary>
    [Fact]
    public void Heads_are_not_guessed()
    {
        var base768 = Architectures.Find("hubert_base").Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        var wide = base768.ToDictionary(t => t.Key, t => t.Value.Select(d => d is 768 ? 1280 : d).ToImmutableArray());
        Assert.Equal(768, Hubert.Plan(new ModelShapes("a.pt", base768)).Width);
        Assert.Contains("do not say how many attention heads", Assert.Throws<InputException>(() => Hubert.Plan(new ModelShapes("a.pt", wide))).Message, StringComparison.Ordinal);
        Assert.Equal(1280, Hubert.Plan(new ModelShapes("a.pt", wide, new JsonObject { ["encoder_attention_heads"] = 16 })).Width);
    }

    /// <summary>Without their heads HuBERT and wav2vec 2.0 have the same names; around them Hugging Face's files of task models say which it is.</summary>
    [Theory]
    [InlineData("hubert.", "hubert_base", "wav2vec2_base")]
    [InlineData("wav2vec2.", "wav2vec2_base", "hubert_base")]
    public void What_is_around_the_names_tells_the_family(string wrapper, string model, string other)
    {
        var path = folder.File("w.safetensors");
        Write("module." + wrapper);
        Assert.Equal(model, PretrainedModel.Describe(model, path, new FeatureRules()).Published);
        Assert.Equal($"{path}: holds {model}, not {other}", Assert.Throws<InputException>(() => PretrainedModel.Describe(other, path, new FeatureRules())).Message);
        Write("");
        Assert.Equal("wav2vec2_base", PretrainedModel.Describe(model, path, new FeatureRules()).Published);

        void Write(string before) => HollowCheckpoint.Write(path, Architectures.Find(model).Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name)).Select(t => t with { Name = before + t.Name }));
    }

    /// <summary>A published file may have biases of zero where the original has none.</summary>
    [Fact]
    public void Biases_in_the_extractor_are_no_fault()
    {
        var path = Path.ChangeExtension(ModelFiles.Expected("hubert_large", folder.Path), ".safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var tensors = Architectures.Find("hubert_large").Tensors;
        var biases = Enumerable.Range(0, 7).Select(i => new TensorSpec($"feature_extractor.conv_layers.{i}.0.bias", [512]));
        HollowCheckpoint.Write(path, [.. tensors, .. biases]);
        Assert.Equal((WeightsState.Found, 0), Check());
        HollowCheckpoint.Write(path, [.. tensors, new TensorSpec("feature_extractor.conv_layers.0.0.gain", [512])]);
        Assert.Equal((WeightsState.Wrong, 1), Check());

        (WeightsState, int) Check()
        {
            var check = WeightsCheck.Of(UpstreamCatalogue.Find("hubert_large"), folder.Path);
            return (check.State, check.Faults.Length);
        }
    }

    private static nn.Module Make(Architecture published) => EncoderFamily.Find(published.Family)
        .Plan(new ModelShapes(published.Name, published.Tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal))).Make();
}
