using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Manifests;

public sealed class ManifestFileTests : IDisposable
{
    private static readonly Manifest Example = new("c", ["calm", "sad"],
    [
        new("b", "/x/b.wav", "sad", "s1", "t", "1", "train", 0.1, 1.0 / 3, "hash b", 0.2),
        new("ä\"\n", "/x/a.wav", "calm", Audio: "hash a", Seconds: 1e-7),
    ], synthetic: true, ["careful"]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string File => folder.File("m.jsonl");

    private string Error()
    {
        var message = Assert.Throws<InputException>(() => ManifestFile.Load(File)).Message;
        Assert.DoesNotContain('\n', message);
        return message.Replace(folder.Path + "/", "");
    }

    [Fact]
    public void What_is_saved_is_loaded()
    {
        ManifestFile.Save(Example, folder.File("new/folder/m.jsonl"));
        var loaded = ManifestFile.Load(folder.File("new/folder/m.jsonl"));
        Assert.Equal(Example.Utterances.AsEnumerable(), loaded.Utterances);
        Assert.Equal((Example.Corpus, Example.Hash, true), (loaded.Corpus, loaded.Hash, loaded.Synthetic));
        Assert.Equal(Example.Classes.AsEnumerable(), loaded.Classes);
        Assert.Equal(Example.Warnings.AsEnumerable(), loaded.Warnings);
        Assert.Equal(["m.jsonl"], Directory.GetFileSystemEntries(folder.File("new/folder")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_damaged_file_is_an_error()
    {
        ManifestFile.Save(Example, File);
        var text = System.IO.File.ReadAllText(File);
        var lines = text.Split('\n');
        void Write(string content) => System.IO.File.WriteAllText(File, content);

        Write(text.Replace("\"sad\",\"path\"", "\"calm\",\"path\"").Replace("\"label\":\"calm\"", "\"label\":\"sad\""));
        Assert.NotEqual(text, System.IO.File.ReadAllText(File));
        Assert.NotEqual("", Error());
        Write(text.Replace("hash a", "hash x"));
        Assert.Equal("m.jsonl: the manifest is damaged: its hash does not match", Error());
        Write(string.Join('\n', lines[..2]));
        Assert.Equal("m.jsonl: the manifest is damaged: 2 utterances announced, 1 there", Error());
        Write(text[..^5]);
        Assert.StartsWith("m.jsonl:3: the manifest is damaged: ", Error());
        Write("");
        Assert.Equal("m.jsonl: the manifest is empty", Error());
        System.IO.File.Delete(File);
        Assert.Equal("m.jsonl: no such manifest", Error());
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        ManifestFile.Save(Example, File);
        var before = System.IO.File.ReadAllText(File);
        Assert.Throws<IOException>(() => AtomicFile.Write(File, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("disk full");
        }));
        Assert.Equal(before, System.IO.File.ReadAllText(File));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }
}
