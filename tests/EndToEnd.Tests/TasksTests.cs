using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Songs, sentiment and emotion prediction in conversation, each from files in the published layout to its row of the leaderboard.</summary>
public sealed class TasksTests : IDisposable
{
    private readonly TestHome home = new();
    private readonly Random random = new(5);

    public void Dispose() => home.Dispose();

    private void Tone(string file, double hertz)
    {
        var path = Path.Combine(home.Data, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        TinyCorpus.WriteTone(path, hertz, 0.2, 0.2, random);
    }

    private async Task<JsonArray> Leaderboard() => JsonNode.Parse((await home.RunAsync("leaderboard", "--json")).Succeeded().Output)!.AsArray();

    private static double Mean(JsonNode row, string metric) => (double)row[metric]!["mean"]!;

    [Theory]
    [InlineData("cmu-mosi", "MOSI/Raw/Audio/WAV_16000/Segmented/{0}_{1}.wav")]
    [InlineData("cmu-mosei", "MOSEI/Raw/{0}/{1}.wav")]
    public async Task Sentiment_is_binary_on_the_published_split(string corpus, string layout)
    {
        // Three videos a part, six clips each: two neutral ones, of a tone that would give the sign away.
        var table = new StringBuilder("video_id,clip_id,text,label,annotation,mode\n");
        var tested = 0;
        foreach (var (mode, part) in new[] { ("train", 0), ("valid", 1), ("test", 2) })
        {
            for (var video = 0; video < 3; video++)
            {
                double[] sentiments = [2.4, -1.8, 0, 0.6, -0.2, 0];
                for (var clip = 0; clip < sentiments.Length; clip++)
                {
                    table.Append(CultureInfo.InvariantCulture, $"v{part}{video},{clip},SO,{sentiments[clip]},,{mode}\n");
                    Tone(string.Format(CultureInfo.InvariantCulture, layout, $"v{part}{video}", clip), 200 + 150 * Math.Sign(sentiments[clip]));
                    if (mode == "test" && sentiments[clip] != 0) tested++;
                }
            }
        }
        File.WriteAllText(Path.Combine(home.Data, layout.Split('/')[0], "label.csv"), table.ToString());

        // The mean of the last four layers of a model, here one with initial weights.
        var grid = home.GridText("sentiment", $$"""
            models:
              - {name: own, updates: 0, corpora: [{{corpus}}], batches: {samples: 6400, shortest_clip: 1600, longest_clip: 6400, accumulate: 1},
                 sizes: {extractor_channels: 16, width: 32, heads: 4, prenet: 1, depth: 3, utterance_tokens: 2, positional_depth: 2, positional_kernel: 5, positional_groups: 4,
                  decoder_depth: 2, decoder_channels: 16, decoder_groups: 4}, objective: {clones: 2, top_layers: 2} }
            corpora: [{{corpus}}]
            upstreams: [mfcc, {model: own, layers: mean4}]
            protocols: [fixed]
            heads: [{name: linear, epochs: 20}]
            """);
        // One fold has no deviation.
        Assert.Matches(@"(?m)^  mfcc +linear \(epochs 20\) +1/1 +\d+\.\d +\[", (await home.RunAsync("run", grid)).Succeeded().Output);
        var rows = await Leaderboard();
        Assert.Equal(["mfcc", "own · mean of last 4"], rows.Select(r => (string)r!["upstream"]!).Order());
        Assert.All(rows, r => Assert.Equal((1, 1), ((int)r!["foldsDone"]!, (int)r["foldsExpected"]!)));
        Assert.InRange(Mean(rows.Single(r => (string)r!["upstream"]! == "mfcc")!, "wf1"), 90, 100);

        var probe = JsonNode.Parse((await home.RunAsync("probe", "--corpus", corpus, "--upstream", "mfcc", "--protocol", "fixed", "--fold", "1", "--head", "{name: linear, epochs: 20}", "--json")).Succeeded().Output)!["result"]!;
        Assert.Equal(["negative", "positive"], probe["classes"]!.AsArray().Select(c => (string)c!));
        Assert.Equal(12, tested);
        Assert.Equal(tested, probe["test"]!.AsArray().Count);
        Assert.Equal((6, 6), (probe["truth"]!.AsArray().Count(t => (int)t! == 0), probe["truth"]!.AsArray().Count(t => (int)t! == 1)));
    }

    [Fact]
    public async Task Songs_are_split_in_five()
    {
        string[] emotions = ["01", "02", "03", "04", "05", "06"];
        foreach (var actor in (string[])["01", "02"])
            foreach (var (emotion, e) in emotions.Select((name, i) => (name, i)))
                foreach (var intensity in emotion == "01" ? (string[])["01"] : ["01", "02"])
                    foreach (var (statement, repetition) in new[] { ("01", "01"), ("01", "02"), ("02", "01"), ("02", "02") })
                        Tone($"ravdess_song/Actor_{actor}/03-02-{emotion}-{intensity}-{statement}-{repetition}-{actor}.wav", 160 + 90 * e);
        var grid = home.GridText("song", "corpora: [ravdess-song]\nupstreams: [mfcc]\nprotocols: [random5]\nheads: [{name: linear, epochs: 20}, {name: gru, hidden: 16, epochs: 2}]\n");
        var ran = (await home.RunAsync("run", grid)).Succeeded();
        Assert.Contains("88", ran.Output + ran.Errors); // partial, and it says so
        var rows = await Leaderboard();
        Assert.Equal(2, rows.Count);
        Assert.All(rows, r => Assert.Equal((5, 5), ((int)r!["foldsDone"]!, (int)r["foldsExpected"]!)));
        Assert.InRange(Mean(rows.Single(r => ((string)r!["head"]!).StartsWith("linear"))!, "ua"), 60, 100);
    }

    /// <summary>A turn has the emotion after that of the turn before; what is said tells it, how it sounds does not.</summary>
    private string Conversations()
    {
        var table = new StringBuilder("path,label,speaker,dialogue,turn\n");
        var (ids, rows) = (new List<string>(), new List<float[]>());
        for (var d = 0; d < 8; d++)
        {
            for (var t = 0; t < 12; t++)
            {
                var (id, emotion) = ($"d{d}-{t:00}", (d + t) % 3);
                Tone(id + ".wav", 220);
                table.Append(CultureInfo.InvariantCulture, $"{id}.wav,{"abc"[emotion]},s{2 * (d % 2) + t % 2},d{d},{t}\n");
                ids.Add(id);
                rows.Add([emotion == 0 ? 1 : 0, emotion == 1 ? 1 : 0, emotion == 2 ? 1 : 0, (float)random.NextDouble()]);
            }
        }
        File.WriteAllText(Path.Combine(home.Data, "talk.csv"), table.ToString());
        Words(ids, rows);
        return home.GridText("talk", """
            models: {words: {features: words}}
            corpora: [talk.csv]
            upstreams: [words, {model: mfcc, with: words}, mfcc]
            protocols: [leave-one-speaker-out]
            heads: [{name: conversation, hidden: 16, epochs: 15, batch: 8, learning_rate: 0.01, turns: 2}]
            """);
    }

    private void Words(IReadOnlyList<string> ids, IReadOnlyList<float[]> rows)
    {
        var folder = Directory.CreateDirectory(Path.Combine(home.Data, "words")).FullName;
        File.WriteAllLines(Path.Combine(folder, "talk.emo"), ids.Select(id => id + "\tx"));
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows.Count}, {rows[0].Length}), }}".PadRight(117) + "\n";
        using var file = new BinaryWriter(File.Create(Path.Combine(folder, "talk.npy")));
        file.Write([0x93, .. "NUMPY"u8, 1, 0]);
        file.Write((ushort)header.Length);
        file.Write(Encoding.ASCII.GetBytes(header));
        foreach (var value in rows.SelectMany(r => r)) file.Write(value);
    }

    [Fact]
    public async Task A_conversation_is_predicted_from_words_from_speech_and_from_both()
    {
        var grid = Conversations();
        (await home.RunAsync("run", grid)).Succeeded();
        var rows = (await Leaderboard()).ToDictionary(r => (string)r!["upstream"]!, r => r!);
        Assert.Equal(["mfcc", "mfcc + words", "words"], rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(rows.Values, r => Assert.Equal((4, 4), ((int)r["foldsDone"]!, (int)r["foldsExpected"]!)));
        Assert.All(rows.Values, r => Assert.Contains("utterances that open a dialogue", r["warnings"]!.ToJsonString()));
        foreach (var with in (string[])["words", "mfcc + words"])
            foreach (var metric in (string[])["ua", "macroF1"]) Assert.InRange(Mean(rows[with], metric), 95, 100);
        Assert.InRange(Mean(rows["mfcc"], "ua"), 0, 60);
        // Three kinds of features, of which mfcc and words are made once; four folds of each.
        Assert.Equal(["extract|3", "fold|12"], home.Store.Rows("SELECT kind, count(*) FROM jobs GROUP BY kind ORDER BY kind"));
        Assert.Contains("0 new", (await home.RunAsync("submit", "--dry-run", grid)).Succeeded().Output);

        // By hand the same, bit for bit, from a folder of the data root that has the name of the catalogue.
        Directory.CreateDirectory(Path.Combine(home.Data, "features"));
        Directory.Move(Path.Combine(home.Data, "words"), Path.Combine(home.Data, "features", "bert"));
        const string Head = "{name: conversation, hidden: 16, epochs: 15, batch: 8, learning_rate: 0.01, turns: 2}";
        var probe = JsonNode.Parse((await home.RunAsync("probe", "--corpus", Path.Combine(home.Data, "talk.csv"), "--upstream", "mfcc", "--with", "bert", "--protocol", "leave-one-speaker-out", "--fold", "1", "--head", Head, "--json")).Succeeded().Output)!;
        Assert.InRange((double)probe["result"]!["ua"]!, 0.95, 1);
    }

    [Fact]
    public async Task What_is_wrong_with_features_from_files_is_one_line()
    {
        var grid = Conversations();
        var folder = Path.Combine(home.Data, "words");
        string[] ids = [.. File.ReadLines(Path.Combine(folder, "talk.emo"))];
        (await home.RunAsync("submit", "--dry-run", grid)).Succeeded();
        var before = home.Store.Everything();

        File.WriteAllLines(Path.Combine(folder, "talk.emo"), ids.Select(id => id.Replace("d3-", "x3-")));
        await Refused(grid, "words/talk.npy: has nothing of 12 of the 96 utterances of talk.csv, the first is 'd3-00' (the .emo file beside it names 96)");
        File.WriteAllLines(Path.Combine(folder, "talk.emo"), ids[1..]);
        await Refused(grid, "words/talk.npy: 96 rows, but .emo beside it has 95");
        File.WriteAllLines(Path.Combine(folder, "talk.emo"), [.. ids[1..], ids[1]]);
        await Refused(grid, "words/talk.emo:96: 'd0-01' is there twice");
        File.WriteAllLines(Path.Combine(folder, "talk.emo"), ids);
        File.WriteAllLines(Path.Combine(folder, "talk.lengths"), ids.Select(_ => "2"));
        await Refused(grid, "words/talk.npy: 96 rows, but .lengths beside it adds up to 192");
        File.Delete(Path.Combine(folder, "talk.lengths"));
        File.WriteAllText(Path.Combine(folder, "talk.npy"), "text");
        await Refused(grid, "words/talk.npy: is no .npy file");
        Directory.Delete(folder, recursive: true);
        await Refused(grid, "words/talk.npy: there are no such features");

        string Grid(string upstreams, string head = "conversation") => home.GridText("bad", $"corpora: [talk.csv]\nupstreams: {upstreams}\nprotocols: [leave-one-speaker-out]\nheads: [{head}]\n");
        var missing = await home.RunAsync("run", Grid("[{model: mfcc, with: bert}, {model: emotion2vec_base, with: bert}]"));
        Assert.Equal(2, missing.Exit);
        Assert.StartsWith("e2v: 2 files are missing; put them where this says", missing.ErrorLines[0]);
        Assert.Contains(missing.ErrorLines, l => l.Contains("bert of talk.csv") && l.Contains("features/bert/talk.npy"));
        Assert.Contains(missing.ErrorLines, l => l.Contains("emotion2vec_base ") && l.Contains("checkpoints/emotion2vec_base.pt"));
        await Refused(Grid("[bert]", "superb"), "bad.yaml:4: superb weighs the layers of a model; bert has one layer");
        await Refused(Grid("[{model: bert, layers: mean4}]"), "bad.yaml:2: bert: features from files have one layer");
        await Refused(home.GridText("bad", "corpora: [tiny.csv]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: [conversation]\n"),
            "tiny.csv: the head conversation needs dialogue, turn and speaker of every utterance; 's0-angry-0' has no dialogue");
        Assert.Equal(before, home.Store.Everything());

        async Task Refused(string file, string message)
        {
            var ran = await home.RunAsync("run", file);
            Assert.Equal(2, ran.Exit);
            Assert.Contains(message, Assert.Single(ran.ErrorLines));
        }
    }
}
