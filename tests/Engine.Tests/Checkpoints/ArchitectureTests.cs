using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests.Checkpoints;

public sealed class ArchitectureTests
{
    /// <summary>Counted by running the reference implementations; the first three are printed in the emotion2vec paper's Table 2.</summary>
    [Theory]
    [InlineData("emotion2vec_base", 93_790_988, 93_171_212)]
    [InlineData("data2vec2_base", 93_783_308, 93_163_532)]
    [InlineData("data2vec_base", 93_754_880, 93_163_520)]
    [InlineData("wav2vec2_base", 95_044_608, 94_370_944)]
    [InlineData("hubert_base", 94_697_600, 94_370_944)]
    [InlineData("wavlm_base", 94_381_936, 94_381_168)]
    [InlineData("wav2vec_large", 32_537_088, 29_390_848)]
    [InlineData("vq_wav2vec", 34_145_408, 30_999_168)]
    [InlineData("vq_wav2vec_kmeans", 33_014_272, 29_868_032)]
    [InlineData("wav2vec2_large", 317_390_592, 315_437_696)]
    [InlineData("hubert_large", 316_609_408, 315_434_112)]
    [InlineData("wavlm_large", 315_453_120, 315_452_096)]
    [InlineData("whisper_base", 19_822_592, 19_822_592)]
    public void ParameterCounts(string name, long all, long withoutHeads)
    {
        var architecture = Architectures.Find(name);
        Assert.Equal(all, architecture.Parameters);
        Assert.Equal(withoutHeads, architecture.Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name) && !Architectures.IsBuffer(t.Name)).Sum(t => t.Count));
        Assert.Equal(architecture.Tensors.Length, architecture.Tensors.Select(t => t.Name).Distinct().Count());
    }

    /// <summary>Every name and shape, against the lists taken from the reference implementations where they lie beside the repository.</summary>
    [SkippableFact]
    public void NamesAndShapes()
    {
        var path = TestData.Shared is { } data ? Path.Combine(data, "..", "reference", "state_dicts.json") : "";
        Skip.IfNot(File.Exists(path), "needs reference/state_dicts.json beside the data root (set E2V_DATA)");
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var (theirs, ours) in ((string, string)[])
        [
            ("emotion2vec_base", "emotion2vec_base"), ("data2vec2_base_libri", "data2vec2_base"), ("data2vec1_audio_base_ls", "data2vec_base"), ("wav2vec2_base", "wav2vec2_base"),
            ("hubert_base_ls960 (500 clusters + 4 special = 504 labels)", "hubert_base"), ("wavlm_base", "wavlm_base"), ("wav2vec_large", "wav2vec_large"),
            ("vq_wav2vec_gumbel_combine_false", "vq_wav2vec"), ("vq_wav2vec_kmeans", "vq_wav2vec_kmeans"), ("whisper_base_encoder", "whisper_base"),
        ])
        {
            var expected = json.RootElement.GetProperty(theirs).GetProperty("params").EnumerateObject().Select(p => $"{p.Name} {string.Join('x', p.Value.EnumerateArray())}");
            var actual = Architectures.Find(ours).Tensors.Select(t => $"{t.Name} {string.Join('x', t.Shape)}");
            Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void EveryPublishedModelIsRecognizedUnderItsNames()
    {
        foreach (var architecture in Architectures.All)
        {
            var whole = Stubs(architecture.Tensors);
            Assert.Equal((architecture.Family, architecture), Architectures.Detect("f", whole));
            var part = whole.Where(t => !Architectures.OnlyForPretraining(t.Name)).ToArray();
            // Without its head HuBERT is wav2vec 2.0 by all names and shapes.
            Assert.Equal(architecture.Name == "hubert_base" ? "wav2vec2_base" : architecture.Name, Architectures.Detect("f", part).Published?.Name);
            Assert.Null(Architectures.Detect("f", [whole[0], .. whole.Skip(2)]).Published);
        }
    }

    /// <summary>Of files of full size; counting reads no element.</summary>
    [Theory]
    [InlineData("emotion2vec_base", 93_790_988, 93_171_212)]
    [InlineData("data2vec2_base", 93_783_308, 93_163_532)]
    [InlineData("data2vec_base", 93_754_880, 93_163_520)]
    public void SummaryOfABaseFile(string name, long all, long features)
    {
        using var folder = new TemporaryFolder();
        var path = HollowCheckpoint.Write(folder.File("base.safetensors"), [.. Architectures.Find(name).Tensors, new TensorSpec("_ema.extra", [5])]);
        using var file = CheckpointFile.Open(path);
        var summary = CheckpointSummary.Of(file);
        Assert.Equal((name, all, features, 5L), (summary.Architecture, summary.Parameters, summary.FeatureParameters, summary.TeacherParameters));
    }

    [Fact]
    public void TinyModelsHaveAFamilyButNoPublishedModel()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"));
        Assert.Equal(("emotion2vec", null), Architectures.Detect("f", file.Tensors));
        using var other = CheckpointFile.Open(TestData.Fixture("checkpoints", "with_parameter.bin"));
        Assert.Equal(("unknown", null), Architectures.Detect("f", other.Tensors));
        Assert.Contains("did you mean 'data2vec2_base'", Assert.Throws<InputException>(() => Architectures.Find("data2vec2-bass")).Message, StringComparison.Ordinal);
    }

    /// <summary>Tensors of these names and shapes that all look at one stored zero.</summary>
    internal static CheckpointTensor[] Stubs(IEnumerable<TensorSpec> specs)
    {
        var zero = new MemoryStorage(new byte[4]);
        return [.. specs.Select(s => CheckpointTensor.View(s.Name, ElementType.Float32, s.Shape, [.. s.Shape.Select(_ => 0L)], 0, zero, out _)!)];
    }
}
