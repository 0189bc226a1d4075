using System.Text.Json;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>The data verbs, as a person and as a program sees them.</summary>
public sealed class DataTests
{
    [Fact]
    public async Task List_tells_what_is_there()
    {
        using var home = new TestHome();
        foreach (var name in (string[])["03a01Wa", "03a01Fa", "08a02Na"])
        {
            Directory.CreateDirectory(Path.Combine(home.Data, "emodb"));
            File.Copy(Path.Combine(home.Data, "s0-angry-0.wav"), Path.Combine(home.Data, "emodb", name + ".wav"));
        }
        var table = (await home.RunAsync("data", "list")).Succeeded().Output;
        Assert.Matches("(?m)^emodb +partial 3/535 +535 +10 +7 +German +acted$", table);
        Assert.Matches("(?m)^urdu +absent +400 +29 +4 .*29 speakers, 38 in the paper$", table);
        Assert.Matches("(?m)^emodb: 3 utterances, 535 published \\(angry 1 of 127, .*\\)$", table);
        Assert.Contains("ask        https://sail.usc.edu/iemocap", (await home.RunAsync("data", "list", "iemocap")).Succeeded().Output);

        using var json = JsonDocument.Parse((await home.RunAsync("data", "list", "--json")).Succeeded().Output);
        var states = json.RootElement.EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("state").GetString());
        Assert.Equal(("partial", "absent"), (states["emodb"], states["meld"]));
        Assert.Equal(19, states.Count);
    }

    [Fact]
    public async Task Verify_fails_on_what_is_not_as_published()
    {
        using var home = new TestHome();
        foreach (var (name, i) in ((string[])["Angry/SM1_F1_A01", "Happy/SM1_F1_H01", "Neutral/SM1_F1_N01", "Sad/SM1_F1_S01"]).Select((n, i) => (n, i)))
        {
            Directory.CreateDirectory(Path.Combine(home.Data, "urdu", Path.GetDirectoryName(name)!));
            File.Copy(Path.Combine(home.Data, i < 2 ? "s0-angry-0.wav" : $"s{i}-sad-0.wav"), Path.Combine(home.Data, "urdu", name + ".wav"));
        }
        var ran = await home.RunAsync("data", "verify");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("urdu: NOT as published, 4 utterances", ran.Output);
        Assert.Contains("wrong   urdu: 4 utterances, 400 published", ran.Output);
        Assert.Matches("wrong   identical audio: .*/urdu/Angry/SM1_F1_A01.wav, .*/urdu/Happy/SM1_F1_H01.wav", ran.Output);

        var manifest = await home.RunAsync("data", "verify", home.Manifest);
        Assert.Equal(2, manifest.Exit);
        Assert.EndsWith($"nothing is published of it; 'e2v data scan {home.Manifest}' decodes its files", Assert.Single(manifest.ErrorLines));
    }

    [Fact]
    public async Task Verify_names_every_bad_file_and_goes_on()
    {
        using var home = new TestHome();
        void Put(string name, bool empty = false)
        {
            var path = Path.Combine(home.Data, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (empty) File.WriteAllText(path, "");
            else File.Copy(Path.Combine(home.Data, "s0-angry-0.wav"), path);
        }
        Put("emodb/03a01Fa.wav", empty: true);
        Put("emodb/03a01Wa.wav");
        Put("emodb/03a01Na.wav", empty: true);
        Put("savee/DC/a01.wav");
        Put("savee/copy/DC/a01.wav");
        Put("urdu/Sad/SM1_F1_S01.wav");
        var ran = await home.RunAsync("data", "verify");
        Assert.Equal(1, ran.Exit);
        Assert.Contains("emodb: NOT as published, cannot be read", ran.Output);
        Assert.Matches("wrong   .*/emodb/03a01Fa.wav: the file is empty", ran.Output);
        Assert.Matches("wrong   .*/emodb/03a01Na.wav: the file is empty", ran.Output);
        Assert.Contains("wrong   savee: two utterances have the id 'DC-a01'", ran.Output);
        Assert.Contains("urdu: NOT as published, 1 utterance\n", ran.Output);

        ran = await home.RunAsync("data", "verify", "--json");
        Assert.Equal(1, ran.Exit);
        using var json = JsonDocument.Parse(ran.Output);
        var (emodb, urdu) = (json.RootElement[0], json.RootElement[2]);
        Assert.Equal(("emodb", false), (emodb.GetProperty("corpus").GetString(), emodb.GetProperty("ok").GetBoolean()));
        Assert.Equal(2, emodb.GetProperty("failures").EnumerateArray().Count(f => f.GetString()!.EndsWith("the file is empty", StringComparison.Ordinal)));
        Assert.Equal(64, urdu.GetProperty("hash").GetString()!.Length);
        Assert.Equal(2, (await home.RunAsync("data", "verify", "emodb", "meld")).Exit);
    }

    [Fact]
    public async Task Folds_tell_what_is_shared_and_export_is_read_back()
    {
        using var home = new TestHome();
        var shown = (await home.RunAsync("data", "folds", home.Manifest, "random10", "leave-one-speaker-out")).Succeeded().Output;
        Assert.Contains("random10 (version 1): 10 folds, speaker-dependent, text-dependent", shown);
        Assert.Matches("(?m)^  speaker s0 +24 +12 +12 +0 of 1 +3 of 3", shown);

        var target = Path.Combine(home.Data, "emobox");
        Assert.Contains("48 utterances, 4 folds of leave-one-speaker-out",
            (await home.RunAsync("data", "export", home.Manifest, "--format", "emobox", "--protocol", "leave-one-speaker-out", "--out", target)).Succeeded().Output);
        using var there = JsonDocument.Parse((await home.RunAsync("data", "folds", home.Manifest, "leave-one-speaker-out", "emobox", "--json")).Succeeded().Output);
        var sets = there.RootElement.EnumerateArray().Select(s => string.Join(';', s.GetProperty("folds").EnumerateArray().Select(f => f.GetProperty("testSpeakers").ToString()))).ToArray();
        Assert.Equal(sets[0], sets[1]);
        Assert.Equal(2, (await home.RunAsync("data", "export", home.Manifest, "--format", "emobx", "--out", target)).Exit);
    }
}
