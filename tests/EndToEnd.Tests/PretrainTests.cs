using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary><c>e2v pretrain</c> by hand, and pre-training as a job.</summary>
public sealed class PretrainTests
{
    // A small network with everything that draws random numbers: dropout, blocks left out, noise, masks, crops.
    private static string Models(int updates) => $$"""
        models:
          - name: tiny
            updates: {{updates}}
            corpora: [unlabelled.csv]
            sizes: {{TinyCorpus.ModelSizes}}
            objective: {clones: 3, top_layers: 2}
            batches: {samples: 40000, shortest_clip: 3200, longest_clip: 8000, accumulate: 2}
            stops: {after: 0, target_spread: 0, prediction_spread: 0, relative_error: 0}

        """;

    [Fact]
    public async Task A_killed_run_continues_to_the_same_bytes()
    {
        using var home = new Unlabelled();
        var file = home.GridText("models", Models(300));
        var whole = Path.Combine(home.Data, "whole.pt");
        (await E2v.RunAsync(home.Path + "-whole", "pretrain", file, "--out", whole)).Succeeded();

        using (var run = home.Start("pretrain", file))
        {
            await E2v.UntilAsync(() => run.Output.Contains("tiny ", StringComparison.Ordinal), "progress");
            E2v.Signal("INT", run.Process.Id);
            var ran = await run.EndAsync();
            Assert.Equal(130, ran.Exit);
            Assert.Contains("the state of 'tiny' is kept", Assert.Single(ran.ErrorLines));
        }
        var kills = 0;
        while (kills < 3)
        {
            using var run = home.Start("pretrain", file);
            var from = home.State();
            await E2v.UntilAsync(() => run.Process.HasExited || home.State() > from, "the next saved state");
            if (run.Process.HasExited) break;
            await Task.Delay(50 * kills);
            E2v.Signal("KILL", run.Process.Id);
            await run.EndAsync();
            kills++;
        }
        Assert.True(kills >= 2, $"the run ended after {kills} kills");
        Assert.InRange(home.State(), 1, 299);

        var last = (await home.RunAsync("pretrain", file, "--json")).Succeeded();
        var result = JsonNode.Parse(last.Output)![0]!;
        Assert.Equal(300, (int)result["result"]!["updates"]!);
        Assert.Equal(Hash(whole), Hash((string)result["checkpoint"]!));
        Assert.Equal(Hash(whole), (string)result["result"]!["sha256"]!);
        Assert.Equal(301, File.ReadAllLines((string)result["curves"]!).Length);
    }

    [Fact]
    public async Task Steps_write_the_model_on_the_way()
    {
        using var home = new Unlabelled();
        var file = home.GridText("models", Models(12));
        var (zero, six, end, straight) = (home.File("zero.pt"), home.File("six.pt"), home.File("end.pt"), home.File("straight.pt"));
        (await home.RunAsync("pretrain", file, "--steps", "0", "--out", zero)).Succeeded();
        (await home.RunAsync("pretrain", file, "--steps", "6", "--out", six)).Succeeded();
        var behind = await home.RunAsync("pretrain", file, "--steps", "3");
        Assert.Equal((2, "e2v: --steps: the run has made 6 updates already"), (behind.Exit, Assert.Single(behind.ErrorLines)));
        var ran = (await home.RunAsync("pretrain", file, "--out", end)).Succeeded();
        Assert.Matches(@"tiny: [\d,]+ parameters, 12 of 12 updates, [\d.]+ h heard, loss [\d.]+, relative error [\d.]+", ran.Output);
        (await E2v.RunAsync(home.Path + "-2", "pretrain", file, "--out", straight)).Succeeded();
        Assert.Equal(Hash(straight), Hash(end));
        Assert.Equal(4, new[] { zero, six, end, home.Path }.Distinct().Count());
        Assert.NotEqual(Hash(zero), Hash(six));
        var inspected = (await home.RunAsync("checkpoint", "inspect", six)).Succeeded().Output;
        Assert.Contains("emotion2vec, of no published size", inspected);
        Assert.Contains("teacher", inspected);
    }

    [Theory]
    [InlineData("emotion2vec", "emotion2vec_base", "93,790,988")]
    [InlineData("data2vec2", "data2vec2_base", "93,783,308")]
    [InlineData("data2vec", "data2vec_base", "93,754,880")]
    public async Task Base_sizes_are_written_and_counted(string architecture, string published, string parameters)
    {
        using var home = new Unlabelled();
        var file = home.GridText("base", $"models: [{{name: base, corpora: [unlabelled.csv], architecture: {architecture}}}]");
        var path = home.File("base.pt");
        (await home.RunAsync("pretrain", file, "--steps", "0", "--out", path)).Succeeded();
        var inspected = (await home.RunAsync("checkpoint", "inspect", path)).Succeeded().Output;
        Assert.Matches($@"(?m)^ *model +{published}$", inspected);
        Assert.Contains(parameters, inspected);
        (await home.RunAsync("checkpoint", "verify", path)).Succeeded();
    }

    /// <summary>A published model is found under the data folder, as in a grid.</summary>
    [Fact]
    public async Task A_model_starts_from_a_published_one()
    {
        using var home = new Unlabelled();
        var published = Path.Combine(Directory.CreateDirectory(home.File("checkpoints")).FullName, "emotion2vec_base.pt");
        (await home.RunAsync("pretrain", home.GridText("first", Models(2)), "--out", published)).Succeeded();
        var (byName, byPath) = (home.File("name.pt"), home.File("path.pt"));
        foreach (var (from, target) in new[] { ("emotion2vec_base", byName), ("checkpoints/emotion2vec_base.pt", byPath) })
            (await E2v.RunAsync(target + "-home", "pretrain", home.GridText("heir", Models(1) + $"    from: {from}\n"), "--data", home.Data, "--out", target)).Succeeded();
        Assert.Equal(Hash(byPath), Hash(byName));
        Assert.NotEqual(Hash(published), Hash(byName));
    }

    /// <summary>A worker that is killed in the middle of a training costs an attempt; the next one goes on where it saved.</summary>
    [Fact]
    public async Task As_a_job_it_survives_its_worker()
    {
        using var home = new Unlabelled();
        var file = home.GridText("models", Models(300) + "  - {name: heir, like: tiny, from: tiny, updates: 2}\n");
        using (var run = home.Start("run", file, "--slots", "1"))
        {
            await E2v.UntilAsync(() => home.State() > 0, "the first saved state");
            var saved = home.State();
            E2v.Signal("KILL", Workers.Of(run.Process.Id).Single().Pid);
            var ran = (await run.EndAsync()).Succeeded();
            Assert.Contains("models: 2 jobs, 2 new", ran.Output);
            Assert.True(saved < 300);
        }
        Assert.Equal(["Succeeded|2"], home.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state"));
        Assert.Equal(["Lost", "Succeeded"], home.Store.Rows("SELECT a.state FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.title LIKE 'tiny%' ORDER BY a.number"));
        var result = JsonNode.Parse(home.Store.Rows("SELECT r.result FROM results r JOIN jobs j ON j.id = r.job_id WHERE j.title LIKE 'tiny%'").Single())!;
        Assert.Equal(300, result["curve"]!.AsArray().Count);

        // By hand, without store, the same file.
        var whole = home.File("whole.pt");
        (await E2v.RunAsync(home.Path + "-hand", "pretrain", file, "--model", "tiny", "--out", whole)).Succeeded();
        Assert.Equal(Hash(whole), (string)result["sha256"]!);
    }

    [Fact]
    public async Task Cancelling_the_experiment_stops_a_training()
    {
        using var home = new Unlabelled();
        var file = home.GridText("models", Models(1_000_000));
        using var run = home.Start("run", file, "--slots", "1");
        await E2v.UntilAsync(() => home.State() > 0, "the first saved state");
        (await home.RunAsync("cancel", "models")).Succeeded();
        var ran = await run.EndAsync();
        Assert.Equal(1, ran.Exit);
        Assert.Equal(["Cancelled"], home.Store.Rows("SELECT state FROM jobs"));
        Assert.True(home.State() > 0);
    }

    [Fact]
    public async Task A_collapse_is_a_failed_job_with_its_reason()
    {
        using var home = new Unlabelled();
        var file = home.GridText("models", Models(60).Replace("relative_error: 0", "relative_error: 1000"));
        var hand = await home.RunAsync("pretrain", file);
        Assert.Equal(1, hand.Exit);
        Assert.Contains("e2v: tiny: pre-training stopped after 50 of 60 updates: the predictions became too easy", Assert.Single(hand.ErrorLines));
        var job = await E2v.RunAsync(home.Path + "-2", "run", file, "--slots", "1");
        Assert.Equal(1, job.Exit);
        Assert.Contains("pre-training stopped after 50 of 60 updates", job.Errors);
    }

    /// <summary>A few clips of a corpus, without most of its classes; and a span that is no hour.</summary>
    [Fact]
    public async Task A_part_of_a_corpus_can_be_heard()
    {
        using var home = new Unlabelled();
        Directory.CreateDirectory(home.File("msp-podcast/Audios"));
        foreach (var i in (int[])[1, 2, 3]) File.Copy(home.File($"s{i}-sad-0.wav"), home.File($"msp-podcast/Audios/MSP-PODCAST_0001_{i}.wav"));
        File.WriteAllText(home.File("msp-podcast/labels_consensus.csv"), "FileName,EmoClass,SpkrID,Split_Set\n"
            + "MSP-PODCAST_0001_1.wav,N,1,Train\nMSP-PODCAST_0001_2.wav,X,1,Train\nMSP-PODCAST_0001_3.wav,H,2,Test1\n");
        var file = home.GridText("models", Models(3).Replace("unlabelled.csv", "msp-podcast"));
        Assert.Matches(@"3 updates of 2 × 2\.5 s: \d+ epochs of \d+ s, about (\d+ s|less than 1 s) on one core", (await home.RunAsync("submit", "--dry-run", file)).Succeeded().Output);
        Assert.Equal(3, (int)JsonNode.Parse((await home.RunAsync("pretrain", file, "--json")).Succeeded().Output)![0]!["result"]!["updates"]!);
        var folds = home.GridText("folds", "corpora: [msp-podcast]\nupstreams: [fbank]\nprotocols: [fixed]");
        var refused = await home.RunAsync("submit", "--dry-run", folds);
        Assert.Equal(2, refused.Exit);
        Assert.Contains("no utterance has the label 'angry'", Assert.Single(refused.ErrorLines));
    }

    [Fact]
    public async Task The_papers_run_can_be_planned_without_its_data()
    {
        using var home = new Unlabelled();
        var file = Path.Combine(TestData.Repository, "experiments", "paper", "pretrain.yaml");
        var dry = (await home.RunAsync("submit", "--dry-run", file)).Succeeded().Output;
        Assert.Matches(@"pretrain +iemocap \+ meld .* emotion2vec-base +1 +0 +100,000 updates of 16 × 62\.5 s: 106 epochs of 261\.9 h, about [\d,.]+ h on one core", dry);
        Assert.Matches(@"estimated time: \d+ h", dry);
        var real = await home.RunAsync("run", file);
        Assert.Equal(2, real.Exit);
        Assert.Contains("iemocap", Assert.Single(real.ErrorLines));
    }

    [Theory]
    [InlineData("models: [{name: a, corpora: [unlabelled.csv]}, {name: b, corpora: [unlabelled.csv]}]", "--steps 5", "say which with --model (a, b)")]
    [InlineData("models: [{name: a, corpora: [unlabelled.csv]}]", "--model aa", "no model 'aa' to train; there are a")]
    [InlineData("corpora: [unlabelled.csv]\nupstreams: [mfcc]\nprotocols: [random10]", "", "there is no model to train")]
    [InlineData("models: [{name: a, corpora: [absent.csv]}]", "", "no such manifest")]
    [InlineData("models: [{name: a, corpora: [unlabelled.csv], from: absent.pt}]", "", "there is no such checkpoint")]
    [InlineData("models: [{name: a, corpora: [unlabelled.csv], from: emotion2vec_base}]", "", "emotion2vec_base: its checkpoint is missing: put it at ")]
    [InlineData("models: [{name: a, corpora: [unlabelled.csv], updates: 1, batches: {shortest_clip: 300000}}]", "", "has the 18.75 s of batches: shortest_clip")]
    public async Task Wrong_input_is_one_line_and_exit_2(string yaml, string arguments, string expected)
    {
        using var home = new Unlabelled();
        var ran = await home.RunAsync(["pretrain", home.GridText("m", yaml), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(expected, Assert.Single(ran.ErrorLines));
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>A home beside a corpus whose manifest has no labels.</summary>
    private sealed class Unlabelled : IDisposable
    {
        private readonly TestHome home = new();

        public Unlabelled()
        {
            var lines = System.IO.File.ReadAllLines(home.Manifest).Select(line => line.Split(',')[0]);
            System.IO.File.WriteAllLines(File("unlabelled.csv"), lines);
        }

        public string Path => home.Path;

        public string Data => home.Data;

        public StoreFile Store => home.Store;

        public string File(string name) => System.IO.Path.Combine(home.Data, name);

        public string GridText(string name, string yaml) => home.GridText(name, yaml);

        public E2v Start(params string[] arguments) => home.Start(arguments);

        public Task<Ran> RunAsync(params string[] arguments) => home.RunAsync(arguments);

        /// <summary>Updates of the last saved state of the only run; 0 without one.</summary>
        public int State()
        {
            var folder = System.IO.Path.Combine(Path, "pretraining");
            if (!Directory.Exists(folder)) return 0;
            var index = Directory.GetFiles(folder, "state.json", SearchOption.AllDirectories);
            if (index.Length == 0) return 0;
            try
            {
                return (int)JsonNode.Parse(System.IO.File.ReadAllText(index[0]))!["last"]!["updates"]!;
            }
            catch (IOException)
            {
                return 0; // finished meanwhile
            }
        }

        public void Dispose() => home.Dispose();
    }
}
