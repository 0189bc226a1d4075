using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary><c>e2v upstream</c>, and grids whose weights are not there.</summary>
public sealed class UpstreamTests : IDisposable
{
    private readonly TestHome home = new();

    public UpstreamTests()
    {
        Directory.CreateDirectory(Path.Combine(home.Data, "checkpoints"));
        File.Copy(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"), Path.Combine(home.Data, "checkpoints", "wavlm_base.pt"));
    }

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task List_and_show_say_what_is_known_and_what_is_there()
    {
        var list = (await home.RunAsync("upstream", "list")).Succeeded().Output;
        Assert.Matches(@"\nmfcc +needs none +– +80 +1 +100 +– +Davis", list);
        Assert.Matches(@"\nhubert_base +absent +94\.70 M +768 +12 +50 +MIT +Hsu et al\., 2021\n", list);
        Assert.Matches(@"\nwavlm_base +wrong +94\.38 M", list);
        Assert.Matches(@"\nwavlm_base: wrong: holds emotion2vec of another size; \d+ missing: .*post_extract_proj\.weight", list);

        var show = (await home.RunAsync("upstream", "show", "wav2vec2_base")).Succeeded().Output;
        Assert.Contains("wav2vec_small.pt", show);
        Assert.Contains("facebook/wav2vec2-base (Hugging Face's names), model.safetensors or pytorch_model.bin; licence there: Apache 2.0", show);
        Assert.Contains("95,044,608", show);
        Assert.Contains("checkpoints/wav2vec2_base.pt", show);
        Assert.Matches(@"\n  state +absent\n", show);
        // Only these families have settings of it.
        Assert.Matches(@"\n  waveform +as it is, where the file's settings do not say otherwise\n", show);
        Assert.Matches(@"\n  waveform +as it is\n", (await home.RunAsync("upstream", "show", "whisper_base")).Succeeded().Output);

        using var json = JsonDocument.Parse((await home.RunAsync("upstream", "list", "--json")).Succeeded().Output);
        var whisper = json.RootElement.EnumerateArray().Single(u => u.GetProperty("name").GetString() == "whisper_base");
        Assert.Equal(("absent", "model_state_dict"), (whisper.GetProperty("state").GetString(), whisper.GetProperty("weights").GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Verify_exits_with_1_where_weights_are_wrong()
    {
        var all = await home.RunAsync("upstream", "verify");
        Assert.Equal(1, all.Exit);
        Assert.StartsWith("wavlm_base: wrong: ", Assert.Single(all.Output.TrimEnd().Split('\n')));
        Assert.Equal(1, (await home.RunAsync("upstream", "verify", "hubert_base")).Exit);
        File.Delete(Path.Combine(home.Data, "checkpoints", "wavlm_base.pt"));
        Assert.Equal("no weights are there\n", (await home.RunAsync("upstream", "verify")).Succeeded().Output);
        var unknown = await home.RunAsync("upstream", "show", "wavlm_bass");
        Assert.Equal(2, unknown.Exit);
        Assert.Contains("did you mean 'wavlm_base'", Assert.Single(unknown.ErrorLines));
    }

    [Theory]
    [InlineData("list"), InlineData("show hubert_base"), InlineData("verify")]
    public async Task A_data_folder_that_is_not_there_is_one_line_and_exit_2(string arguments)
    {
        var ran = await E2v.RunAsync(home.Path, ["upstream", .. arguments.Split(' '), "--data", home.Data + "-none"]);
        Assert.Equal((2, ""), (ran.Exit, ran.Output));
        Assert.Equal($"e2v: no such data folder: {home.Data}-none", Assert.Single(ran.ErrorLines));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named_once()
    {
        File.WriteAllText(Path.Combine(home.Data, "checkpoints", "hubert_base.pt"), "no checkpoint");
        var line = (await home.RunAsync("upstream", "verify", "hubert_base")).Output.TrimEnd();
        Assert.StartsWith("hubert_base: wrong: ", line);
        Assert.Equal(2, line.Split("hubert_base.pt").Length);
    }

    /// <summary>A tiny WavLM by hand: its features, a fold on them, and the hidden layer of its head.</summary>
    [Fact]
    public async Task A_model_of_another_family_goes_all_the_way()
    {
        var path = TinyWavLm();
        var file = Path.Combine(home.Data, "hidden.npy");
        var ran = (await home.RunAsync("probe", "--corpus", home.Manifest, "--checkpoint", path, "--layers", "1", "--protocol", "random10", "--fold", "1", "--head", "{name: linear, epochs: 2}", "--hidden", file)).Succeeded();
        Assert.Contains("tiny · layer 1 · random10", ran.Output);
        var bytes = File.ReadAllBytes(file);
        var rows = File.ReadAllLines(Path.ChangeExtension(file, ".emo")).Length;
        Assert.Contains($"'shape': ({rows}, 256)", System.Text.Encoding.ASCII.GetString(bytes, 10, 118));
        Assert.Equal(128 + rows * 256 * 4, bytes.Length);

        var bad = await home.RunAsync("probe", "--corpus", home.Manifest, "--upstream", "mfcc", "--protocol", "random10", "--fold", "1", "--hidden", "hidden.csv");
        Assert.Equal(2, bad.Exit);
        Assert.Contains("--hidden", Assert.Single(bad.ErrorLines));
    }

    /// <summary>Features that are joined have rules of their own: the corpus, read after the models were looked at, is what is wrong with these.</summary>
    [Theory]
    [InlineData("--layers", "12", "whisper_base", null)] // which has 6
    [InlineData("--tokens", "utt", "data2vec_base", null)] // which has none
    [InlineData("--layers", "13", "whisper_base", "emotion2vec_base: there is no layer 13; layers are 0 to 12")]
    public async Task Joined_features_are_not_asked_for_the_layers_and_tokens_of_the_others(string option, string value, string with, string? wrong)
    {
        foreach (var model in new[] { "emotion2vec_base", with }) HollowCheckpoint.Write(Path.Combine(home.Data, "checkpoints", model + ".safetensors"), model);
        var ran = await home.RunAsync("probe", "--corpus", Path.Combine(home.Data, "none.csv"), "--upstream", "emotion2vec_base", option, value, "--with", with, "--protocol", "random10", "--fold", "1");
        Assert.Equal(2, ran.Exit);
        Assert.Contains(wrong ?? "no such manifest", Assert.Single(ran.ErrorLines));
    }

    /// <summary>All that is missing is said at once, in one table, and nothing is stored.</summary>
    [Fact]
    public async Task A_grid_without_its_weights_says_which_files_go_where()
    {
        var grid = home.GridText("absent",
            """
            name: absent
            corpora: [tiny.csv]
            upstreams: [mfcc, hubert_base, {model: wavlm_large, layers: mean4}, whisper_base]
            protocols: [random10]
            """);
        var ran = await home.RunAsync("run", grid);
        Assert.Equal(2, ran.Exit);
        Assert.Equal(5, ran.ErrorLines.Length);
        Assert.StartsWith("e2v: 3 checkpoints are missing; put them where this says", ran.ErrorLines[0]);
        Assert.Contains(ran.ErrorLines, l => l.Contains($"{home.Data}/checkpoints/hubert_base.pt", StringComparison.Ordinal) && l.Contains("hubert_base_ls960.pt", StringComparison.Ordinal));

        var plan = (await home.RunAsync("submit", grid, "--dry-run")).Succeeded();
        Assert.Contains("absent: 44 jobs, 44 new", plan.Output);
        Assert.Contains("planned without weights: 3 checkpoints are missing", plan.Output + plan.Errors);
    }

    /// <summary>Two layers of 64 values, as the reference was run, with weights of any size.</summary>
    private string TinyWavLm()
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(TestData.Fixture("wavlm_tiny", "index.json")));
        var random = new Random(1);
        var path = Path.Combine(home.Data, "tiny.safetensors");
        SafetensorsWriter.Write(path, new CheckpointContents
        {
            Model = [.. index.RootElement.GetProperty("params").EnumerateObject().Select(p =>
            {
                long[] shape = [.. p.Value.EnumerateArray().Select(d => d.GetInt64())];
                return CheckpointTensor.FromFloats(p.Name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)]);
            })],
            Config = new JsonObject { ["encoder_attention_heads"] = 4 },
        });
        return path;
    }
}
