using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests.Joining;

/// <summary>Machines that lend their slots to a silo elsewhere, over links that fail.</summary>
public sealed class JoinTests
{
    /// <summary>
    /// The corpus lies elsewhere on the other machine, the link delays everything by 200 ms, lets little through and breaks in
    /// the middle: every result and file is the same bytes as at home.
    /// </summary>
    [Fact]
    public async Task A_model_its_features_and_folds_made_on_another_machine_over_a_bad_link_are_what_they_are_at_home()
    {
        using var pair = new JoinedPair();
        var grid = pair.Owner.GridText("tiny", Model + "corpora: [tiny.csv]\nupstreams: [small]\nprotocols: [holdout]\nheads: [{name: linear, epochs: 5}]\nseeds: [1, 2]\n");
        using var reference = new TemporaryFolder();
        (await E2v.RunAsync(reference.Path, "run", grid, "--slots", "1", "--data", pair.Owner.Data)).Succeeded();

        await pair.StartAsync();
        using var data = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(pair.Owner.Data)) File.Copy(file, Path.Combine(data.Path, Path.GetFileName(file)));
        var link = pair.Link();
        (link.Delay, link.BytesPerSecond) = (TimeSpan.FromMilliseconds(200), 1_000_000);
        var (joiner, home, machine) = await pair.JoinAsync(link.Address, data.Path);
        (await pair.Owner.RunAsync("submit", grid)).Succeeded();
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count >= 1, "the first result");
        link.Cut();
        await Task.Delay(1500);
        link.Mend();
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 4, "all results");

        const string results = "SELECT r.job_key, r.result FROM results r ORDER BY r.job_key";
        Assert.Equal(new StoreFile(reference.Path).Rows(results), pair.Owner.Store.Rows(results));
        Assert.All(pair.Attempts(), a => Assert.StartsWith($"1|{machine}/cpu0|Succeeded", a));
        foreach (var (folder, count) in (ReadOnlySpan<(string, int)>)[("features", 1), ("checkpoints", 1), ("pretraining", 1), ("hidden", 4)])
        {
            var kept = Files(Path.Combine(reference.Path, folder));
            Assert.Equal(count, kept.Count);
            Assert.Equal(kept, Files(Path.Combine(pair.Owner.Path, folder)));
        }

        var slot = Assert.Single(pair.Slots());
        Assert.Equal((machine, "free", "cpu"), ((string)slot["machine"]!, (string)slot["state"]!, (string)slot["device"]!));
        E2v.Signal("INT", joiner.Process.Id);
        var left = await joiner.EndAsync();
        Assert.True(left.Exit == 130, $"exit {left.Exit}\n{left.Errors}");
        Assert.Empty(pair.Slots());
    }

    [Fact]
    public async Task A_machine_without_the_audio_trains_on_features_that_it_fetches_and_refuses_wrong_bytes()
    {
        using var pair = new JoinedPair();
        var grid = Grid(pair.Owner, "random10", seeds: 4);
        await pair.StartAsync();
        var link = pair.Link();
        var (_, home, machine) = await pair.JoinAsync(link.Address);
        await pair.SleepAsync(1, 0);
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 1, "its worker is there");
        (await pair.Owner.RunAsync("submit", grid)).Succeeded();
        var extract = pair.Owner.Store.Rows("SELECT key FROM jobs WHERE kind = 'extract'")[0];
        await Task.Delay(2000);
        Assert.Equal(["extract|Queued"], pair.Owner.Store.Rows("SELECT kind, state FROM jobs WHERE kind = 'extract'"));
        var why = (await pair.Owner.RunAsync("why", extract)).Succeeded().Output;
        Assert.Contains("a machine with the audio that it reads: no slot has that", why);

        link.WrongPieces = 1;
        var (_, _, listener) = await pair.JoinAsync(pair.Address, pair.Owner.Data);
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 42, "all results");
        Assert.Equal([listener + "/cpu0"], pair.Owner.Store.Rows("SELECT DISTINCT a.slot FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.kind = 'extract'"));
        Assert.Contains(machine + "/cpu0", pair.Owner.Store.Rows("SELECT DISTINCT a.slot FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.kind = 'fold'"));
        Assert.Contains("refused and asked for again", File.ReadAllText(Path.Combine(home.Path, "logs", $"{machine}-cpu0.log")));
        Assert.Equal(42, pair.Attempts().Count);
    }

    [Fact]
    public async Task A_silo_that_is_killed_and_started_again_gets_the_result_once_though_late()
    {
        using var pair = new JoinedPair();
        await pair.StartAsync();
        var link = pair.Link();
        var (joiner, _, machine) = await pair.JoinAsync(link.Address);
        await pair.SleepAsync(1, 3000);
        await E2v.UntilAsync(() => pair.Attempts().Count == 1, "the job runs");
        await Task.Delay(1000); // its worker has heard of it
        await pair.KillSiloAsync();
        await Task.Delay(3000);
        await pair.StartAsync();
        link.Server = pair.Address;
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 1, "the result is delivered");
        Assert.Equal([$"1|{machine}/cpu0|Succeeded"], pair.Attempts());

        // The machine joins again by itself, and its slot works on.
        await E2v.UntilAsync(() => pair.Slots().Count == 1, "the machine is known again");
        await pair.SleepAsync(1, 0, "next");
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 2, "the next result");
        Assert.Contains("does not answer", joiner.Errors);
    }

    [Fact]
    public async Task A_machine_that_is_cut_off_past_its_lease_is_shown_as_away_and_its_late_result_counts_where_no_other_came()
    {
        using var pair = new JoinedPair("--lease", "2", "--heartbeat", "0.5");
        await pair.StartAsync();
        var link = pair.Link();
        var (_, _, machine) = await pair.JoinAsync(link.Address);
        await pair.SleepAsync(1, 5000);
        await E2v.UntilAsync(() => pair.Attempts().Count == 1, "the job runs");
        await Task.Delay(1000); // its worker has heard of it
        link.Cut();
        await E2v.UntilAsync(() => pair.Attempts()[0].EndsWith("|Lost", StringComparison.Ordinal), "the lease ends");
        await E2v.UntilAsync(() => (string)pair.Slots()[0]["state"]! == "away", "the slot is away");
        Assert.Equal(["Queued"], pair.Owner.Store.Rows("SELECT state FROM jobs"));
        link.Mend();
        await E2v.UntilAsync(() => pair.Owner.Store.Results().Count == 1, "the result is delivered");
        Assert.Equal($"1|{machine}/cpu0|Succeeded", pair.Attempts()[0]);
        Assert.Equal(["Succeeded|1"], pair.Owner.Store.Rows("SELECT j.state, r.attempt FROM jobs j JOIN results r ON r.job_id = j.id"));
    }

    [Fact]
    public async Task A_dead_worker_of_another_machine_is_reported_and_counted_like_one_of_the_silo()
    {
        using var pair = new JoinedPair("--losses", "1");
        await pair.StartAsync();
        var (joiner, _, machine) = await pair.JoinAsync(pair.Address);
        await pair.SleepAsync(1, 3_600_000);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await E2v.UntilAsync(() => pair.Attempts().Count == attempt && pair.Attempts()[^1].EndsWith("|Running", StringComparison.Ordinal), $"attempt {attempt} runs");
            E2v.Signal("KILL", Assert.Single(Workers.Of(joiner.Process.Id)).Pid);
        }
        await E2v.UntilAsync(() => pair.Owner.Store.Rows("SELECT state FROM jobs").SequenceEqual(["Poisoned"]), "the job is poisoned");
        Assert.Contains("signal 9", Assert.Single(pair.Owner.Store.Rows("SELECT error FROM jobs")));

        // No worker outlives its machine's process, however that ends.
        await pair.SleepAsync(1, 3_600_000, "more");
        await E2v.UntilAsync(() => pair.Attempts()[^1].EndsWith("|Running", StringComparison.Ordinal), "another job runs");
        var worker = Assert.Single(Workers.Of(joiner.Process.Id));
        E2v.Signal("KILL", joiner.Process.Id);
        await E2v.UntilAsync(() => !worker.Alive, "the worker ends with its machine");
    }

    [Fact]
    public async Task Two_machines_of_one_host_have_names_of_their_own_and_a_machine_that_leaves_gives_its_job_back()
    {
        using var pair = new JoinedPair();
        await pair.StartAsync();
        var (_, _, first) = await pair.JoinAsync(pair.Address);
        var (second, _, named) = await pair.JoinAsync(pair.Address, null, "--name", "second");
        Assert.NotEqual(first, named);
        Assert.Equal(new[] { $"{first}/cpu0", "second/cpu0" }.Order(StringComparer.Ordinal), pair.Slots().Select(s => (string)s["name"]!).Order(StringComparer.Ordinal));
        using (var third = new TemporaryFolder())
        {
            var refused = await E2v.RunAsync(third.Path, "silo", "--join", pair.Address.ToString(), "--name", "second");
            Assert.Equal(2, refused.Exit);
            Assert.Contains("another joiner has this name", Assert.Single(refused.ErrorLines));
        }
        await pair.SleepAsync(2, 3_600_000);
        await E2v.UntilAsync(() => pair.Attempts().Count == 2, "both work");
        E2v.Signal("INT", second.Process.Id);
        await second.EndAsync();
        Assert.Equal("Cancelled", pair.Owner.Store.Rows("SELECT state FROM attempts WHERE slot = 'second/cpu0'")[0]);
        Assert.Equal(["Queued|1", "Running|1"], pair.Owner.Store.Rows("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state"));
    }

    [Theory]
    [InlineData("--join nowhere", "'nowhere' is not an address")]
    [InlineData("--join http://127.0.0.1:9", "no silo answers at http://127.0.0.1:9")]
    [InlineData("--join http://127.0.0.1:9 --lease 5", "--lease: belongs to a silo of its own")]
    [InlineData("--name here", "--name: belongs to --join")]
    public async Task Wrong_usage_is_one_line(string arguments, string expected)
    {
        using var home = new TemporaryFolder();
        var ran = await E2v.RunAsync(home.Path, ["silo", .. arguments.Split(' ')]);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(expected, Assert.Single(ran.ErrorLines));
    }

    private const string Model = $$"""
        name: tiny
        models:
          - name: small
            updates: 6
            corpora: [tiny.csv]
            sizes: {{TinyCorpus.ModelSizes}}
            objective: {clones: 3, top_layers: 2}
            batches: {samples: 40000, shortest_clip: 3200, longest_clip: 8000, accumulate: 1}
            stops: {after: 0, target_spread: 0, prediction_spread: 0, relative_error: 0}

        """;

    /// <summary>Hash of every file below a folder but for locks; of curves without how fast they were, which stands in the last two columns.</summary>
    private static SortedDictionary<string, string> Files(string folder) => new(Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock")
        .ToDictionary(f => Path.GetRelativePath(folder, f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Path.GetExtension(f) == ".csv"
            ? System.Text.Encoding.UTF8.GetBytes(string.Join('\n', File.ReadLines(f).Select(line => string.Join(',', line.Split(',')[..^2])))) : File.ReadAllBytes(f)))));

    private static string Grid(TestHome home, string protocol, int seeds) => home.GridText("tiny",
        $"name: tiny\ncorpora: [tiny.csv]\nupstreams: [fbank]\nprotocols: [{protocol}]\nheads: [{{name: linear, epochs: 5}}]\nseeds: [{string.Join(", ", Enumerable.Range(1, seeds))}]\n");
}
