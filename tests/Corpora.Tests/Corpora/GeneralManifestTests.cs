using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Tests.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Corpora;

public sealed class GeneralManifestTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public GeneralManifestTests()
    {
        foreach (var (name, i) in (string[])["a.wav", "b.wav", "sub/c,d.flac"] is var names ? names.Select((n, i) => (n, i)) : [])
            File.WriteAllBytes(folder.File(name), Wave.Pcm16(16000, 1, [.. Enumerable.Repeat((short)(i + 1), 16000)]));
    }

    public void Dispose() => folder.Dispose();

    private Manifest Scan(string text, string name = "m.csv")
    {
        File.WriteAllText(folder.File(name), text);
        return CorpusCatalogue.Scan(name, folder.Path, new AudioIndex());
    }

    private string Error(string text, string name = "m.csv")
    {
        var message = Assert.Throws<InputException>(() => Scan(text, name)).Message;
        Assert.DoesNotContain('\n', message);
        return message.Replace(folder.Path + "/", "");
    }

    [Fact]
    public void Columns_may_come_in_any_order()
    {
        var manifest = Scan("speaker,label,path,split,session,text,id\ns1,sad,a.wav,train,1,hello,x\n,calm,b.wav,,,,\n");
        Assert.Equal("m.csv", manifest.Corpus);
        Assert.Equal(["calm", "sad"], manifest.Classes.AsEnumerable());
        Assert.False(manifest.Synthetic);
        var (b, x) = (manifest.Utterances[0], manifest.Utterances[1]);
        Assert.Equal(("b", "calm", null, null, null, null), (b.Id, b.Label, b.Speaker, b.Text, b.Session, b.Split));
        Assert.Equal(("x", "sad", "s1", "hello", "1", "train"), (x.Id, x.Label, x.Speaker, x.Text, x.Session, x.Split));
        Assert.Equal((folder.File("a.wav"), 1.0), (x.Path, x.Seconds));
        Assert.Equal(AudioFile.ReadNative(x.Path).Hash(), x.Audio);
    }

    [Fact]
    public void CSV_may_be_quoted_spaced_and_end_in_any_way()
    {
        var manifest = Scan("\uFEFF\"path\", label ,text\r\n \"sub/c,d.flac\" , calm,\"he said \"\"no\"\"\nand left\"\r\n\r\na.wav,sad,");
        Assert.Equal(["a", "sub/c,d"], manifest.Utterances.Select(u => u.Id));
        Assert.Equal("he said \"no\"\nand left", manifest.Utterances[1].Text);
        Assert.Null(manifest.Utterances[0].Text);
    }

    [Fact]
    public void JSONL_says_the_same_as_CSV()
    {
        var csv = Scan("path,label,speaker,start,end\na.wav,sad,7,0.25,0.5\nb.wav,calm,8,,\n");
        var json = Scan("""
            {"path": "a.wav", "label": "sad", "speaker": 7, "start": 0.25, "end": 0.5}

            {"path": "b.wav", "label": "calm", "speaker": "8", "end": null}
            """, "m.jsonl");
        Assert.Equal(csv.Utterances.AsEnumerable(), json.Utterances);
        Assert.Equal(csv.Hash, json.Hash);
    }

    [Fact]
    public void Stretches_of_one_file_are_utterances_of_their_own()
    {
        var manifest = Scan("path,label,start,end\na.wav,sad,0,0.25\na.wav,calm,0.5,0.75\na.wav,sad,0.75,\n");
        Assert.Equal(["a@0-0.25", "a@0.5-0.75", "a@0.75-"], manifest.Utterances.Select(u => u.Id));
        Assert.All(manifest.Utterances, u => Assert.Equal(0.25, u.Seconds));
    }

    [Fact]
    public void Dialogues_and_turns_are_read_and_part_of_the_hash()
    {
        var manifest = Scan("path,label,dialogue,turn\na.wav,sad,d1,3\nb.wav,calm,,\n");
        Assert.Equal([("d1", 3), (null, null)], manifest.Utterances.Select(u => (u.Dialogue, u.Turn)));
        Assert.NotEqual(manifest.Hash, Scan("path,label\na.wav,sad\nb.wav,calm\n").Hash);
        Assert.Equal(Scan("path,label\na.wav,sad\nb.wav,calm\n").Hash, Scan("path,label,dialogue,turn\na.wav,sad,,\nb.wav,calm,,\n").Hash);
    }

    [Fact]
    public void A_label_map_merges_classes_and_refuses_other_labels()
    {
        File.WriteAllText(folder.File("m.labels.json"), """{"exc": "happy", "hap": "happy", "sad": "sad", "xxx": ""}""");
        var manifest = Scan("path,label\na.wav,exc\nb.wav,sad\n\"sub/c,d.flac\",xxx\n");
        Assert.Equal(["happy", "sad"], manifest.Classes.AsEnumerable());
        Assert.Equal(["happy", "sad", ""], manifest.Utterances.Select(u => u.Label));
        Assert.False(manifest.Labelled);
        Assert.Equal("m.csv:3: the label 'hsp' is not in m.labels.json (did you mean 'hap'?)", Error("path,label\na.wav,exc\nb.wav,hsp\n"));
        File.WriteAllText(folder.File("m.labels.json"), "{\n\"exc\": 1}");
        Assert.Equal("m.labels.json:2: not a JSON object of texts", Error("path,label\na.wav,exc\n"));
        File.WriteAllText(folder.File("m.labels.json"), """{"exc": "happy", "sad": null}""");
        Assert.Equal("m.labels.json: 'sad' is null; a class was expected, or \"\" for no label", Error("path,label\na.wav,exc\n"));
        File.WriteAllText(folder.File("m.labels.json"), "null");
        Assert.Equal("m.labels.json: not a JSON object", Error("path,label\na.wav,exc\n"));
    }

    /// <summary>Composed and decomposed letters print alike; two classes of them are nobody's intention.</summary>
    [Theory]
    [InlineData("w\u00fctend", "wu\u0308tend", true)]
    [InlineData("u\u0308\u00fc", "\u00fcu\u0308", true)]
    [InlineData("\u03ac", "\u03b1\u0301", true)]
    [InlineData("\ud55c", "\u1112\u1161\u11ab", true)]
    [InlineData("\u304c", "\u304b\u3099", true)]
    [InlineData("w\u00fctend", "w\u00e4tend", false)]
    [InlineData("u\u0308", "a\u0308", false)]
    [InlineData("u\u0308", "u", false)]
    [InlineData("\u03b1", "\u03b1\u0301", false)]
    [InlineData("\u0915", "\u0915\u0940", false)]
    public void Labels_that_print_alike_are_refused(string one, string other, bool alike)
    {
        foreach (var (a, b) in new[] { (one, other), (other, one) })
        {
            var text = $"path,label\na.wav,{a}\nb.wav,{b}\n";
            if (alike) Assert.Matches("^m.csv:[23]: the label '.+' \\(U\\+.+\\) prints like '.+' \\(U\\+.+\\), which is another class; write both in the same Unicode form \\(NFC\\)$", Error(text));
            else Assert.Equal(2, Scan(text).Classes.Length);
        }
        Assert.Single(Scan($"path,label\na.wav,{other}\nb.wav,{other}\n").Classes);
        if (!alike) return;
        File.WriteAllText(folder.File("m.labels.json"), $$"""{"a": "{{one}}", "b": "{{other}}"}""");
        Assert.Contains("prints like", Error("path,label\na.wav,a\nb.wav,b\n"));
    }

    [Fact]
    public void The_hash_is_of_content_not_of_places()
    {
        var hash = Scan("path,label\na.wav,sad\nb.wav,calm\n").Hash;
        Assert.Equal(hash, Scan("label,path\ncalm,b.wav\nsad,a.wav\n", "other.csv").Hash);
        Assert.Equal(hash, Scan($"path,label\n{folder.File("a.wav")},sad\n{folder.File("b.wav")},calm\n").Hash);
        Assert.NotEqual(hash, Scan("path,label\na.wav,sad\nb.wav,angry\n").Hash);
        File.WriteAllBytes(folder.File("b.wav"), Wave.Pcm16(16000, 1, 5, 6));
        Assert.NotEqual(hash, Scan("path,label\na.wav,sad\nb.wav,calm\n").Hash);
    }

    /// <summary>Pre-training needs no labels; where some are there they are kept.</summary>
    [Theory]
    [InlineData("path\na.wav\nb.wav\n", 0)]
    [InlineData("path,label\na.wav,sad\nb.wav,\n", 1)]
    public void Labels_may_be_missing_where_none_are_needed(string text, int classes)
    {
        File.WriteAllText(folder.File("m.csv"), text);
        var manifest = CorpusCatalogue.Scan("m.csv", folder.Path, new AudioIndex(), labels: false);
        Assert.False(manifest.Labelled);
        Assert.Equal(classes, manifest.Classes.Length);
        Assert.Equal(["a", "b"], manifest.Utterances.Select(u => u.Id));
        ManifestFile.Save(manifest, folder.File("saved"));
        Assert.Equal(manifest.Hash, ManifestFile.Load(folder.File("saved")).Hash);
    }

    [Theory]
    [InlineData("path,lable\na.wav,sad\n", "m.csv:1: unknown column 'lable' (did you mean 'label'?): known are path, label, speaker, id, text, session, dialogue, turn, split, start, end")]
    [InlineData("path,speaker\na.wav,x\n", "m.csv:1: no column 'label'")]
    [InlineData("path,label,path\na.wav,x,a.wav\n", "m.csv:1: column 'path' occurs twice")]
    [InlineData("path,label\na.wav,sad\nb.wav\n", "m.csv:3: 1 fields, the header has 2")]
    [InlineData("path,label,text\na.wav,sad,\"x\ny\"\nb.wav,,\n", "m.csv:4: 'label' is empty")]
    [InlineData("path,label\n,sad\n", "m.csv:2: 'path' is empty")]
    [InlineData("path,label\na.wav,sad\nnone.wav,sad\n", "m.csv:3: no such audio file: none.wav")]
    [InlineData("path,label,id\na.wav,sad,x\n\nb.wav,sad,x\n", "m.csv:4: two utterances have the id 'x', the other on line 2")]
    [InlineData("path,label,start\na.wav,sad,soon\n", "m.csv:2: 'start' is 'soon', not a time in seconds")]
    [InlineData("path,label,turn\na.wav,sad,1.5\n", "m.csv:2: 'turn' is '1.5', not a whole number")]
    [InlineData("path,label,split\na.wav,sad,valid\nb.wav,sad,dev\n", "m.csv:3: utterance 'b' has the split 'dev'; there are train, valid, test")]
    [InlineData("path,label,split\na.wav,sad,Train\n", "m.csv:2: utterance 'a' has the split 'Train' (did you mean 'train'?); there are train, valid, test")]
    [InlineData("path,label,start,end\na.wav,sad,0.5,0.5\n", "m.csv:2: 'end' is not after 'start'")]
    [InlineData("path,label,end\na.wav,sad,1.5\n", "m.csv:2: a.wav: no audio from 0 s to 1.5 s: the file is 1 s long")]
    [InlineData("path,label\na.wav,\"sad\n", "m.csv:2: a quote is opened and never closed")]
    [InlineData("path,label\na.wav,\"sad\"x\n", "m.csv:2: 'x' behind a quoted field")]
    [InlineData("path;label\na.wav;sad\n", "m.csv:1: unknown column 'path;label': columns are separated by commas")]
    [InlineData("path\tlabel\na.wav\tsad\n", "m.csv:1: unknown column 'path\tlabel': columns are separated by commas")]
    [InlineData("path,label\n", "m.csv: no utterance")]
    [InlineData("", "m.csv: no utterance")]
    public void A_bad_CSV_is_one_line_with_its_place(string text, string message) => Assert.Equal(message, Error(text));

    /// <summary>Latin-1's wütend and wätend would both become w�tend.</summary>
    [Theory]
    [InlineData("m.csv", "path,label\na.wav,sad\nb.wav,w\u00fctend\n", "m.csv:3: not UTF-8")]
    [InlineData("m.jsonl", "{\"path\":\"a.wav\",\"label\":\"w\u00fctend\"}", "m.jsonl:1: not UTF-8")]
    [InlineData("m.labels.json", "{\"sad\": \"w\u00fctend\"}", "m.labels.json:1: not UTF-8")]
    public void Another_encoding_is_refused(string file, string text, string message)
    {
        File.WriteAllText(folder.File("m.csv"), "path,label\na.wav,sad\n");
        File.WriteAllBytes(folder.File(file), System.Text.Encoding.Latin1.GetBytes(text));
        var manifest = file == "m.labels.json" ? "m.csv" : file;
        Assert.Equal(message, Assert.Throws<InputException>(() => CorpusCatalogue.Scan(manifest, folder.Path, new AudioIndex())).Message.Replace(folder.Path + "/", ""));
    }

    [Theory]
    [InlineData("{\"path\":\"a.wav\",\"label\":\"sad\"}\n{\"path\":", "m.jsonl:2: not JSON (byte 9)")]
    [InlineData("[1]", "m.jsonl:1: not a JSON object")]
    [InlineData("{\"path\":\"a.wav\",\"label\":[\"sad\"]}", "m.jsonl:1: 'label' is array; text or a number was expected")]
    [InlineData("{\"path\":\"a.wav\",\"emotion\":\"sad\"}", "m.jsonl:1: unknown column 'emotion': known are path, label, speaker, id, text, session, dialogue, turn, split, start, end")]
    [InlineData("{\"path\":\"a.wav\",\"path\":\"b.wav\"}", "m.jsonl:1: 'path' occurs twice")]
    [InlineData("{\"path\":\"a.wav\"}", "m.jsonl:1: 'label' is empty")]
    [InlineData("{\"path\":\"a.wav\",\"label\":\"sad\",\"split\":\"tests\"}", "m.jsonl:1: utterance 'a' has the split 'tests' (did you mean 'test'?); there are train, valid, test")]
    public void A_bad_JSONL_is_one_line_with_its_place(string text, string message) => Assert.Equal(message, Error(text, "m.jsonl"));
}
