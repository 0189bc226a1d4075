using System.Text.Json;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Grids whose upstreams are models.</summary>
public sealed class ModelGridTests : IDisposable
{
    private readonly TestHome home = new();

    public ModelGridTests() => File.Copy(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"), Path.Combine(home.Data, "tiny.pt"));

    public void Dispose() => home.Dispose();

    private string Grid(string upstreams, string models = "models: {tiny: {checkpoint: tiny.pt}}") => home.GridText("models",
        $$"""
        name: models
        {{models}}
        corpora: [tiny.csv]
        upstreams: {{upstreams}}
        protocols: [random10]
        heads: [{name: linear, epochs: 2}]
        """);

    [Fact]
    public async Task A_checkpoint_is_an_upstream_under_the_name_it_was_given()
    {
        var grid = Grid("[mfcc, tiny, {model: tiny, layers: 2}, {model: tiny, tokens: utt}]");
        var plan = (await home.RunAsync("submit", grid, "--dry-run")).Succeeded().Output;
        Assert.Contains("models: 44 jobs, 44 new", plan);
        Assert.Matches(@"\n *extract +tiny\.csv +tiny · layer 2 +1 +0\n", plan);
        Assert.Matches(@"\n *fold +tiny\.csv +tiny · utt +random10 +linear \(epochs 2\) +10 +0\n", plan);
        var ran = (await home.RunAsync("run", grid)).Succeeded();
        foreach (var row in (string[])["mfcc", "tiny", "tiny · layer 2", "tiny · utt"]) Assert.Matches($@"\n  {row} +linear \(epochs 2\) +10/10 ", ran.Output);
        Assert.Contains("0 new, 44 already done", (await home.RunAsync("run", grid)).Succeeded().Output);

        var probe = (await E2v.RunAsync(home.Data + "/other", "probe", "--corpus", home.Manifest, "--checkpoint", Path.Combine(home.Data, "tiny.pt"), "--layers", "2", "--protocol", "random10",
            "--fold", "3", "--head", "{name: linear, epochs: 2}", "--json", "--data", home.Data)).Succeeded();
        using var json = JsonDocument.Parse(probe.Output);
        using var stored = JsonDocument.Parse(Assert.Single(home.Store.Rows("SELECT r.result FROM results r JOIN jobs j ON j.id = r.job_id WHERE j.upstream = 'tiny · layer 2' AND j.fold = 2")));
        Assert.Equal(stored.RootElement.GetProperty("logits").GetString(), json.RootElement.GetProperty("result").GetProperty("logits").GetString());
    }

    /// <summary>A number on speech that the upstream has heard before says so, whatever the model is called; so does an heir's.</summary>
    [Fact]
    public async Task What_a_model_of_our_own_was_pretrained_on_is_a_badge()
    {
        File.WriteAllLines(Path.Combine(home.Data, "other.csv"), File.ReadLines(home.Manifest).Where(l => !l.StartsWith("s3-", StringComparison.Ordinal)));
        var grid = home.GridText("heard",
            $$"""
            models:
              - name: own
                updates: 1
                corpora: [tiny.csv]
                sizes: {{TinyCorpus.ModelSizes}}
                objective: {clones: 2, top_layers: 2}
                batches: {samples: 40000, shortest_clip: 3200, longest_clip: 8000, accumulate: 1}
                stops: {after: 0, target_spread: 0, prediction_spread: 0, relative_error: 0}
              - {name: heir, like: own, from: own, corpora: [other.csv]}
            corpora: [tiny.csv]
            upstreams: [own, heir, mfcc]
            protocols: [leave-one-speaker-out]
            heads: [{name: linear, epochs: 1}]
            """);
        var table = (await home.RunAsync("run", grid)).Succeeded().Output;
        Assert.Matches("(?m)^  own .*seen in pre-training", table);
        Assert.Matches("(?m)^  heir .*seen in pre-training", table);
        Assert.DoesNotMatch("(?m)^  mfcc .*seen in pre-training", table);
    }

    /// <summary>Two models to train, of which one hears nothing long enough: what depends on it is blocked, all else has its result.</summary>
    [Fact]
    public async Task A_failed_pretraining_blocks_what_needs_it_and_nothing_else()
    {
        const string Models = $$$"""
            models:
              - name: good
                updates: 2
                corpora: [tiny.csv]
                sizes: {{{TinyCorpus.ModelSizes}}}
                objective: {clones: 2, top_layers: 2}
                batches: {samples: 40000, shortest_clip: 3200, longest_clip: 8000, accumulate: 1}
              - {name: deaf, like: good, batches: {shortest_clip: 30000, longest_clip: 40000}}
              - {name: heir, like: good, from: deaf}
            """;
        var grid = Grid("[{model: good, tokens: utt+frm}, {model: deaf, layers: 1}, heir]", Models);
        var plan = (await home.RunAsync("submit", grid, "--dry-run")).Succeeded().Output;
        Assert.Contains("models: 36 jobs, 36 new", plan);
        Assert.Matches(@"\n *extract +tiny\.csv +deaf · layer 1 +1 +0\n", plan);

        var ran = await home.RunAsync("run", grid);
        Assert.Equal(1, ran.Exit);
        Assert.Matches(@"\n  good · utt\+frm +linear \(epochs 2\) +10/10 ", ran.Output);
        Assert.Matches(@"\n  deaf · layer 1 +linear \(epochs 2\) +0/10 ", ran.Output);
        Assert.Contains("deaf · pretrain · tiny.csv: failed:", ran.Errors);
        Assert.Equal(["Blocked|23", "Failed|1", "Succeeded|12"], home.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state"));
        Assert.Equal(["Blocked"], home.Store.Rows("SELECT state FROM jobs WHERE title LIKE 'heir · pretrain%'"));
        var key = Assert.Single(home.Store.Rows("SELECT key FROM jobs WHERE title = 'tiny.csv · deaf · layer 1 · features'"));
        Assert.Contains("\"deaf · pretrain · tiny.csv\", which is Failed", (await home.RunAsync("why", key)).Succeeded().Output);
    }

    [Theory]
    [InlineData("[emotion2vec_base]", "emotion2vec_base: its checkpoint is missing: put it at ")]
    [InlineData("[{model: tiny, layers: 4}]", "tiny: there is no layer 4; layers are 0 to 3")]
    [InlineData("[{model: tiny, layers: mean4}]", "tiny: mean4 needs four layers, and there are 3")]
    [InlineData("[{model: tyni}]", "models.yaml:4: unknown upstream 'tyni' (did you mean 'tiny'?)")]
    [InlineData("[tiny]", "absent.pt: there is no such file", "models: {tiny: {checkpoint: absent.pt}}")]
    [InlineData("[data2vec_base]", "holds emotion2vec of another size, not data2vec_base", "models: {data2vec_base: {checkpoint: tiny.pt}}")]
    public async Task What_is_missing_is_one_line_and_nothing_is_stored(string upstreams, string message, string models = "models: {tiny: {checkpoint: tiny.pt}}")
    {
        var ran = await home.RunAsync("run", Grid(upstreams, models));
        Assert.Equal(2, ran.Exit);
        Assert.Contains(message, Assert.Single(ran.ErrorLines));
    }
}
