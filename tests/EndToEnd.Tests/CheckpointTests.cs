using System.Text.Json;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary><c>e2v checkpoint</c> on files that torch wrote.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Inspect_says_what_a_file_holds()
    {
        var ran = (await RunAsync("inspect", Fixture("fairseq_zip_fp16.pt"), "--tensors")).Succeeded();
        Assert.Contains("emotion2vec, of no published size", ran.Output);
        Assert.Contains("199,172; 194,692 without the 4,480", ran.Output);
        Assert.Contains("model.num_heads = 4", ran.Output);
        Assert.Matches(@"\nblocks\.1\.mlp\.fc1\.weight +float16 +256x64\n", ran.Output);
        Assert.Matches(@"\n_ema: modality_encoders\.AUDIO\.extra_tokens +float32 +1x10x64\n", ran.Output);

        using var json = JsonDocument.Parse((await RunAsync("inspect", Fixture("fairseq_legacy_args.pt"), "--json")).Succeeded().Output);
        Assert.Equal(("data2vec2", 18), (json.RootElement.GetProperty("family").GetString(), json.RootElement.GetProperty("tensorCount").GetInt32()));
        Assert.Equal("wav2vec", json.RootElement.GetProperty("settings").GetProperty("arch").GetString());
    }

    [Fact]
    public async Task Verify_lists_what_differs_and_exits_with_1()
    {
        var ran = await RunAsync("verify", Fixture("fairseq_zip_fp16.pt"), "--as", "emotion2vec_base");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("  missing      blocks.7.mlp.fc2.bias\n", ran.Output);
        Assert.Contains("  wrong shape  blocks.0.norm1.weight (64, not 768)\n", ran.Output);
        Assert.EndsWith("not emotion2vec_base\n", ran.Output);
    }

    /// <summary>A file for features lacks what only pre-training uses: that is said, and how it passes.</summary>
    [Fact]
    public async Task Verify_of_a_file_without_heads_points_to_features()
    {
        var path = folder.File("bare.safetensors");
        SafetensorsWriter.Write(path, new CheckpointContents
        {
            Model = [.. Architectures.Find("wav2vec_large").Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name))
                .Select(t => CheckpointTensor.FromFloats(t.Name, [.. t.Shape], new float[t.Shape.Aggregate(1L, (a, b) => a * b)]).As(ElementType.Float16))],
        });
        var ran = await RunAsync("verify", path, "--as", "wav2vec_large");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("  missing      wav2vec_predictions.", ran.Output);
        Assert.EndsWith($"{path}: wav2vec_large without what only pre-training uses; --features leaves that out\n", ran.Output);
        (await RunAsync("verify", path, "--as", "wav2vec_large", "--features")).Succeeded();
        using var json = JsonDocument.Parse((await RunAsync("verify", path, "--as", "wav2vec_large", "--json")).Output);
        Assert.Equal((false, true), (json.RootElement.GetProperty("ok").GetBoolean(), json.RootElement.GetProperty("features").GetBoolean()));
    }

    [Fact]
    public async Task Convert_writes_what_inspect_reads()
    {
        var (one, two) = (folder.File("half.safetensors"), folder.File("back.pt"));
        (await RunAsync("convert", Fixture("fairseq_zip_fp16.pt"), one, "--dtype", "bf16", "--prefix", "d2v_model.")).Succeeded();
        (await RunAsync("convert", one, two, "--names", "fairseq", "--dtype", "fp32", "--no-teacher")).Succeeded();
        using var json = JsonDocument.Parse((await RunAsync("inspect", two, "--json", "--tensors")).Succeeded().Output);
        Assert.Equal((199172, 0), (json.RootElement.GetProperty("parameters").GetInt32(), json.RootElement.GetProperty("teacherParameters").GetInt32()));
        Assert.Equal("modality_encoders.AUDIO.extra_tokens", json.RootElement.GetProperty("tensors")[0].GetProperty("name").GetString());
        Assert.Equal("float32", json.RootElement.GetProperty("tensors")[0].GetProperty("type").GetString());
        Assert.Equal(10, json.RootElement.GetProperty("settings").GetProperty("model").GetProperty("modalities").GetProperty("audio").GetProperty("num_extra_tokens").GetInt32());
    }

    [Theory]
    [InlineData("inspect absent.pt", "absent.pt: there is no such file")]
    [InlineData("verify FIXTURE/tiny.safetensors --as emotion2vec-bas", "unknown architecture 'emotion2vec-bas'", "'emotion2vec_base'")]
    [InlineData("convert FIXTURE/tiny.safetensors out.npz", "'.npz'")]
    [InlineData("convert FIXTURE/tiny.safetensors FIXTURE/../checkpoints/tiny.safetensors", "is the file to read; name another one to write")]
    [InlineData("convert FIXTURE/tiny.safetensors out.pt --dtype fp61", "--dtype 'fp61'", "'fp16'")]
    [InlineData("inspekt x.pt", "unknown command 'inspekt'", "'inspect'")]
    public async Task Wrong_input_is_one_line_and_exit_2(string arguments, params string[] expected)
    {
        var ran = await RunAsync([.. arguments.Replace("FIXTURE", TestData.Fixture("checkpoints")).Replace("out.", folder.File("out.")).Split(' ')]);
        Assert.Equal(2, ran.Exit);
        Assert.Empty(ran.Output);
        var line = Assert.Single(ran.ErrorLines);
        foreach (var part in expected) Assert.Contains(part, line);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private Task<Ran> RunAsync(params string[] arguments) => E2v.RunAsync(folder.Path + "/home", ["checkpoint", .. arguments]);

    private static string Fixture(string name) => TestData.Fixture("checkpoints", name);
}
