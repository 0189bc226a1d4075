using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A silo that runs for all cases, so that each costs one call.</summary>
public sealed class RunningSilo : IAsyncLifetime
{
    private E2v? silo;

    internal TestHome Home { get; } = new();

    public async Task InitializeAsync()
    {
        (await Home.RunAsync("run", Home.Grid(epochs: 1))).Succeeded();
        silo = Home.Start("silo");
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://"), "the silo says where it listens");
    }

    public async Task DisposeAsync()
    {
        E2v.Signal("INT", silo!.Process.Id);
        var ran = await silo.EndAsync();
        silo.Dispose();
        Home.Dispose();
        Assert.Equal(130, ran.Exit);
    }
}

/// <summary>Wrong input is one line that says what and where, exit 2, and nothing in the store moves.</summary>
public sealed class BadInputTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private readonly TestHome home = silo.Home;

    [Theory]
    [InlineData("corpora: [emdb]\nupstreams: [fbank]\nprotocols: [random10]", "bad.yaml:1", "unknown corpus 'emdb'", "'emodb'")]
    [InlineData("corpora: [tiny.csv]\nupstreams: [mfc]\nprotocols: [random10]", "bad.yaml:2", "unknown upstream 'mfc'", "'mfcc'")]
    [InlineData("corpora: [tiny.csv]\nupstreams: [fbank]\nprotocols: [random-10]", "bad.yaml:3", "unknown protocol 'random-10'", "'random10'")]
    [InlineData("corpora: [tiny.csv]\nupstreams: [fbank]\nprotocols: [random10]\nheads: [linaer]", "bad.yaml:4", "unknown head 'linaer'", "'linear'")]
    [InlineData("corpora: [tiny.csv]\nupstream: [fbank]\nprotocols: [random10]", "bad.yaml:2", "unknown key 'upstream'", "'upstreams'")]
    [InlineData("corpora: [tiny.csv]\nupstreams: [fbank\nprotocols: [random10]", "bad.yaml:3:")]
    [InlineData("corpora: [nowhere.csv]\nupstreams: [fbank]\nprotocols: [random10]", "no such manifest", "nowhere.csv")]
    [InlineData("- corpora", "bad.yaml:1")]
    [InlineData("", "bad.yaml")]
    public async Task A_wrong_grid(string yaml, params string[] expected) =>
        await AssertRefusedAsync(home.GridText("bad", yaml), expected);

    [Fact]
    public async Task A_missing_audio_file() => await AssertManifestRefusedAsync(
        ["path,label,speaker", "s0-angry-0.wav,angry,s0", "gone.wav,sad,s0"], "broken.csv:3", "no such audio file", "gone.wav");

    [Fact]
    public async Task Two_utterances_with_one_id() => await AssertManifestRefusedAsync(
        ["path,label,id", "s0-angry-0.wav,angry,a", "s0-sad-0.wav,sad,a"], "broken.csv:3", "two utterances have the id 'a'");

    [Fact]
    public async Task An_utterance_without_label() => await AssertManifestRefusedAsync(
        ["path,label", "s0-angry-0.wav,angry", "s0-sad-0.wav,"], "broken.csv:3", "'label' is empty");

    [Fact]
    public async Task An_unknown_column() => await AssertManifestRefusedAsync(
        ["path,label,speeker", "s0-angry-0.wav,angry,s0"], "broken.csv:1", "unknown column 'speeker'", "'speaker'");

    [Fact]
    public async Task A_label_outside_the_map()
    {
        var map = Path.Combine(home.Data, "broken.labels.json");
        File.WriteAllText(map, """{"angry": "angry", "sad": "sad"}""");
        await AssertManifestRefusedAsync(["path,label", "s0-angry-0.wav,angry", "s0-sad-0.wav,sadd"], "broken.csv:3", "the label 'sadd' is not in broken.labels.json", "'sad'");
        File.Delete(map);
    }

    [Fact]
    public async Task A_time_beyond_the_end_of_the_file() => await AssertManifestRefusedAsync(
        ["path,label,start,end", "s0-angry-0.wav,angry,0,0.2", "s0-sad-0.wav,sad,0,99"], "broken.csv:3", "s0-sad-0.wav", "99 s", "0.4 s long");

    [Fact]
    public async Task An_utterance_without_speaker_under_a_speaker_protocol()
    {
        File.WriteAllLines(Path.Combine(home.Data, "broken.csv"), File.ReadLines(home.Manifest).Select(l => l.StartsWith("s1-sad-2.wav", StringComparison.Ordinal) ? l.Replace(",s1,", ",,") : l));
        await AssertRefusedAsync(home.GridText("broken", "corpora: [broken.csv]\nupstreams: [fbank]\nprotocols: [leave-one-speaker-out]"),
            "leave-one-speaker-out needs the speaker of every utterance", "'s1-sad-2' has none");
    }

    [Fact]
    public async Task A_class_with_fewer_utterances_than_folds()
    {
        File.WriteAllLines(Path.Combine(home.Data, "broken.csv"), File.ReadLines(home.Manifest).Where(l => !l.Contains("-sad-", StringComparison.Ordinal) || l.Contains("s0-sad-", StringComparison.Ordinal)));
        await AssertRefusedAsync(home.GridText("broken", "corpora: [broken.csv]\nupstreams: [fbank]\nprotocols: [random10]"),
            "class 'sad' has 3 utterances, fewer than the 10 folds of random10");
    }

    [Fact]
    public async Task A_fold_file_with_one_utterance_in_training_and_test()
    {
        File.Copy(home.Manifest, Path.Combine(home.Data, "broken.csv"), overwrite: true);
        (await home.RunAsync("data", "export", Path.Combine(home.Data, "broken.csv"), "--protocol", "random10", "--out", Path.Combine(home.Data, "emobox"))).Succeeded();
        var fold = Path.Combine(home.Data, "emobox", "broken", "fold_3");
        File.AppendAllLines(Path.Combine(fold, "broken_test_fold_3.jsonl"), File.ReadLines(Path.Combine(fold, "broken_train_fold_3.jsonl")).Take(1));
        await AssertRefusedAsync(home.GridText("broken", "corpora: [broken.csv]\nupstreams: [fbank]\nprotocols: [emobox]"), "broken_test_fold_3.jsonl:6", "is in train and in test");
        Directory.Delete(Path.Combine(home.Data, "emobox"), recursive: true);
    }

    [Fact]
    public async Task A_file_that_is_no_audio() => await AssertManifestRefusedAsync(
        ["path,label", "s0-angry-0.wav,angry", "tiny.csv,sad"], "tiny.csv");

    [Fact]
    public async Task An_empty_class()
    {
        using var data = new TemporaryFolder();
        foreach (var name in (string[])["03a01Wa", "03a01Fa", "08a02Na"])
            File.Copy(Path.Combine(home.Data, "s0-angry-0.wav"), data.File($"emodb/wav/{name}.wav"));
        var grid = home.GridText("emodb", "corpora: [emodb]\nupstreams: [fbank]\nprotocols: [random10]");
        await AssertRefusedAsync(() => E2v.RunAsync(home.Path, "run", grid, "--data", data.Path), "emodb", "no utterance has the label 'boredom'");
    }

    [Fact]
    public async Task A_folder_that_is_not_the_corpus()
    {
        using var data = new TemporaryFolder();
        File.Copy(Path.Combine(home.Data, "s0-angry-0.wav"), data.File("emodb/wav/holiday.wav"));
        var grid = home.GridText("emodb", "corpora: [emodb]\nupstreams: [fbank]\nprotocols: [random10]");
        await AssertRefusedAsync(() => E2v.RunAsync(home.Path, "run", grid, "--data", data.Path), "emodb", "is not this corpus");
        await AssertRefusedAsync(() => E2v.RunAsync(home.Path, "run", grid, "--data", home.Data + "-none"), "no such data folder");
        // The running silo has a data folder of its own for grids that name none; where nobody has one, the line says how to name it.
        await AssertRefusedAsync(() => E2v.RunAsync(home.Path, "run", grid), $"emodb: no folder 'emodb' in {home.Data}");
        using var bare = new TestHome();
        var ran = await E2v.RunAsync(bare.Path, "run", grid);
        Assert.Equal(2, ran.Exit);
        Assert.Contains("no data folder is named (--data", Assert.Single(ran.ErrorLines));
    }

    [Fact]
    public async Task No_such_grid_experiment_or_job()
    {
        await AssertRefusedAsync(Path.Combine(home.Data, "none.yaml"), "none.yaml", "no such file");
        await AssertRefusedAsync(() => home.RunAsync("watch", "tinny"), "no experiment 'tinny'", "'tiny'");
        await AssertRefusedAsync(() => home.RunAsync("why", "zzz"), "zzz");
        await AssertRefusedAsync(() => home.RunAsync("probe", "--corpus", home.Manifest, "--upstream", "fbank", "--protocol", "random10", "--fold", "11"), "--fold", "11");
    }

    [Fact]
    public async Task A_second_silo_on_one_home()
    {
        await AssertRefusedAsync(() => home.RunAsync("silo"), "in use", "pid");
        var other = await home.RunAsync("run", home.Grid(epochs: 1));
        Assert.Contains("using the silo that runs already", other.Succeeded().Output);
    }

    private async Task AssertManifestRefusedAsync(string[] lines, params string[] expected)
    {
        File.WriteAllLines(Path.Combine(home.Data, "broken.csv"), lines);
        await AssertRefusedAsync(home.GridText("broken", "corpora: [broken.csv]\nupstreams: [fbank]\nprotocols: [random10]"), expected);
    }

    private Task AssertRefusedAsync(string grid, params string[] expected) => AssertRefusedAsync(() => home.RunAsync("run", grid), expected);

    private async Task AssertRefusedAsync(Func<Task<Ran>> run, params string[] expected)
    {
        var before = home.Store.Everything();
        Assert.NotEmpty(before);
        var ran = await run();
        Assert.Equal(2, ran.Exit);
        var line = Assert.Single(ran.ErrorLines);
        foreach (var part in expected) Assert.Contains(part, line);
        Assert.Equal(before, home.Store.Everything());
    }
}
