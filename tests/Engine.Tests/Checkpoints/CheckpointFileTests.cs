using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests.Checkpoints;

/// <summary>Files that torch itself wrote, against the values noted when it wrote them.</summary>
public sealed class CheckpointFileTests
{
    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadAllText(TestData.Fixture("checkpoints", "index.json"))).RootElement.GetProperty("expect");

    [Fact]
    public void ZipWithHalfPrecisionTeacherAndSettings()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"));
        Assert.Equal(CheckpointFormat.TorchZip, file.Format);
        var sums = Expected.GetProperty("fp16_sum").EnumerateObject().ToArray();
        Assert.Equal(sums.Select(s => s.Name), file.Tensors.Select(t => t.Name));
        foreach (var sum in sums)
        {
            var tensor = file.Find(sum.Name)!;
            Assert.Equal(ElementType.Float16, tensor.Type);
            Assert.Equal(sum.Value.GetDouble(), tensor.ToFloats().Sum(v => (double)v), 9);
        }
        Assert.Equal(6, file.Ema.Length);
        Assert.All(file.Ema, t => Assert.Equal(ElementType.Float32, t.Type));
        Assert.Equal("1x10x64", file.Ema[0].ShapeText);
        // The student's copy is the teacher's rounded to half precision.
        Assert.Equal(file.Ema[0].ToFloats().Select(v => (float)(Half)v), file.Find(file.Ema[0].Name)!.ToFloats());
        Assert.Equal(file.Tensors.Sum(t => t.Count), file.Parameters);
        Assert.True(file.Config["task"]!["normalize"]!.GetValue<bool>());
        Assert.Equal(1e-5, file.Config["model"]!["norm_eps"]!.GetValue<double>());
        Assert.Equal(1L, file.Config["model"]!["modalities"]!["audio"]!["prenet_depth"]!.GetValue<long>());
        Assert.Equal(100000L, file.Extra["optimizer_history"]![0]!["num_updates"]!.GetValue<long>());
        file.CheckData();
    }

    [Theory]
    [InlineData("fairseq_zip_views.pt", CheckpointFormat.TorchZip)]
    [InlineData("fairseq_legacy_args.pt", CheckpointFormat.TorchLegacy)]
    public void ViewsSharedStoragesAndOtherTypes(string name, CheckpointFormat format)
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", name));
        Assert.Equal(format, file.Format);
        Assert.Equal(18, file.Tensors.Length);
        var view = file.Find("shared_view")!;
        Assert.Equal("64x64", view.ShapeText);
        var values = view.ToFloats();
        Assert.Equal(Numbers(Expected.GetProperty("shared_view").GetProperty("first_row_first4")), values[..4].Select(v => (double)v));
        // It is the transpose of the first 64 rows of the matrix whose storage it shares.
        var owner = file.Find("blocks.0.attn.qkv.weight")!.ToFloats();
        Assert.Equal(Enumerable.Range(0, 4096).Select(i => owner[i % 64 * 64 + i / 64]), values);
        Assert.Equal((ElementType.Float64, 1), (file.Find("f64")!.Type, file.Find("f64")!.Shape.Length));
        Assert.Equal(Expected.GetProperty("f64")[0].GetDouble(), BitConverter.ToDouble(file.Find("f64")!.ReadBytes()));
        Assert.Equal(Numbers(Expected.GetProperty("bf16")), file.Find("bf16")!.ToFloats().Select(v => (double)v));
        Assert.Equal(Expected.GetProperty("scalar").GetDouble(), Assert.Single(file.Find("scalar")!.ToFloats()));
        Assert.Empty(file.Find("scalar")!.Shape);
        Assert.Equal((ElementType.Bool, 2L), (file.Find("b")!.Type, file.Find("b")!.Count));
        Assert.Equal([0f, 1, 2, 3, 4], file.Find("i64")!.ToFloats());
        Assert.Equal(file.Tensors.Where(t => t.Name is not ("i64" or "b")).Sum(t => t.Count), file.Parameters);
    }

    [Fact]
    public void BothFormatsOfTorchHoldTheSame()
    {
        using var zip = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_views.pt"));
        using var legacy = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_legacy_args.pt"));
        Assert.Equal(zip.Tensors.Select(t => (t.Name, t.Type, t.ShapeText)), legacy.Tensors.Select(t => (t.Name, t.Type, t.ShapeText)));
        Assert.All(zip.Tensors.Zip(legacy.Tensors), p => Assert.Equal(p.First.ReadBytes(), p.Second.ReadBytes()));
        Assert.Equal("wav2vec", legacy.Config["arch"]!.GetValue<string>());
        Assert.False(legacy.Config["normalize"]!.GetValue<bool>());
        Assert.Equal(5e-4, legacy.Config["lr"]![0]!.GetValue<double>());
    }

    [Fact]
    public void ParametersOfABareStateDict()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "with_parameter.bin"));
        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
        Assert.Equal(Expected.GetProperty("par").EnumerateArray().SelectMany(Numbers), file.Find("a")!.ToFloats().Select(v => (double)v));
        Assert.Equal(file.Find("a")!.ToFloats(), file.Find("b")!.ToFloats());
    }

    [Fact]
    public void SafetensorsOfThreeTypes()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "tiny.safetensors"));
        Assert.Equal(CheckpointFormat.Safetensors, file.Format);
        Assert.Equal(["x", "h", "i"], file.Tensors.Select(t => t.Name));
        Assert.Equal([0f, 1, 2, 3, 4, 5], file.Find("x")!.ToFloats());
        Assert.Equal("2x3", file.Find("x")!.ShapeText);
        Assert.Equal([1.5f, -2], file.Find("h")!.ToFloats());
        Assert.Equal(7, BitConverter.ToInt64(file.Find("i")!.ReadBytes()));
        Assert.Equal(8, file.Parameters);
    }

    /// <summary>Written by torch 1.13 and OmegaConf 2.2 with the settings as a DictConfig, numpy scalars and an optimizer's tensor.</summary>
    [Fact]
    public void SettingsOfOmegaConfAndNumpyScalars()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "omegaconf.pt"));
        Assert.Equal(["layer_norm.weight", "layer_norm.bias", "mask_emb", "feature_extractor.conv_layers.0.0.weight"], file.Tensors.Select(t => t.Name));
        Assert.Equal([0f, 1, 2, 3, 4, 5], file.Find("layer_norm.weight")!.ToFloats());
        Assert.Equal([-1f, .5f], file.Find("layer_norm.bias")!.ToFloats());
        Assert.Equal("""{"_name":"wav2vec2","extractor_mode":"layer_norm","conv_feature_layers":"[(512, 10, 5)]","layerdrop":0.05}""", file.Config["model"]!.ToJsonString());
        Assert.True(file.Config["task"]!["normalize"]!.GetValue<bool>());
        Assert.Equal("???", file.Config["task"]!["data"]!.GetValue<string>());
        Assert.Equal(5e-4, file.Config["optimization"]!["lr"]![0]!.GetValue<double>());
        Assert.Equal("${common.fp16}", file.Config["optimization"]!["sentence_avg"]!.GetValue<string>());
        Assert.Equal(1.5, file.Extra["optimizer_history"]![0]!["best_loss"]!.GetValue<double>());
        Assert.Equal((0.25, 4L), (file.Extra["extra_state"]!["val_loss"]!.GetValue<double>(), file.Extra["extra_state"]!["best"]!.GetValue<long>()));
        Assert.Equal("torch.float16", file.Extra["extra_state"]!["dtype"]!.GetValue<string>());
        var moment = Assert.Single(file.Other);
        Assert.Equal("last_optimizer_state.state.0.exp_avg", moment.Name);
        Assert.Equal(Enumerable.Repeat(.5f, 6), moment.ToFloats());
    }

    [Fact]
    public void ShardsOfHuggingFace()
    {
        using var folder = new TemporaryFolder();
        File.Copy(TestData.Fixture("checkpoints", "tiny.safetensors"), folder.File("model-00001-of-00002.safetensors"));
        File.Copy(TestData.Fixture("checkpoints", "with_parameter.bin"), folder.File("model-00002-of-00002.bin"));
        var index = folder.File("model.safetensors.index.json");
        File.WriteAllText(index, """{"weight_map": {"a": "model-00002-of-00002.bin", "x": "model-00001-of-00002.safetensors"}}""");
        using (var file = CheckpointFile.Open(index))
        {
            Assert.Equal(["x", "a"], file.Tensors.Select(t => t.Name));
            Assert.Equal(12, file.Find("a")!.ToFloats().Length);
        }
        File.WriteAllText(index, """{"weight_map": {"a": "model-00002-of-00002.bin", "q": "model-00001-of-00002.safetensors"}}""");
        Assert.Contains("1 tensors are not in the shards it names: q", Assert.Throws<InputException>(() => CheckpointFile.Open(index)).Message);
        File.WriteAllText(index, """{"weight_map": {"a": "../../secret.bin"}}""");
        Assert.Contains("'../../secret.bin'", Assert.Throws<InputException>(() => CheckpointFile.Open(index)).Message);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull")]
    [InlineData("RIFF....WAVEfmt ", "is no checkpoint")]
    public void OtherFilesAreNamedForWhatTheyAre(string content, string said)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.pt");
        File.WriteAllText(path, content);
        var message = Assert.Throws<InputException>(() => CheckpointFile.Open(path)).Message;
        Assert.StartsWith(path + ": ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<InputException>(() => CheckpointFile.Open(folder.File("absent.pt"))).Message);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => CheckpointFile.Open(folder.Path)).Message);
    }

    private static IEnumerable<double> Numbers(JsonElement list) => list.EnumerateArray().Select(v => v.GetDouble());
}
