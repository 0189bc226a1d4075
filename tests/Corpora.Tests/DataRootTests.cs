using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests;

/// <summary>Paths that strangers write, and where they may lead.</summary>
public sealed class DataRootTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DataRoot root;

    public DataRootTests()
    {
        root = new DataRoot(Path.GetDirectoryName(folder.File("data/in"))!);
        File.WriteAllText(folder.File("data/sub/in.csv"), "");
        File.WriteAllText(folder.File("outside/secret.csv"), "");
        File.WriteAllText(folder.File("data-too/secret.csv"), "");
        Directory.CreateSymbolicLink(folder.File("data/folder-out"), folder.File("outside"));
        Directory.CreateSymbolicLink(folder.File("data/folder-in"), "sub");
        File.CreateSymbolicLink(folder.File("data/file-out.csv"), "../outside/secret.csv");
        File.CreateSymbolicLink(folder.File("data/twice.csv"), "folder-out/secret.csv");
        File.CreateSymbolicLink(folder.File("data/circle.csv"), "circle.csv");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sub/in.csv")]
    [InlineData("./sub/../sub/in.csv")]
    [InlineData("not-there/yet.csv")]
    [InlineData("folder-in/in.csv")]
    [InlineData("/data/sub/in.csv")]
    [InlineData(".")]
    public void Inside(string path) => Assert.StartsWith(root.Folder!, root.Admit(Placed(path), "x"));

    [Theory]
    [InlineData("../outside/secret.csv")]
    [InlineData("../outside/nothing.csv")]
    [InlineData("sub/../../outside/secret.csv")]
    [InlineData("../data-too/secret.csv")]
    [InlineData("/outside/secret.csv")]
    [InlineData("folder-out/secret.csv")]
    [InlineData("folder-out/nothing.csv")]
    [InlineData("file-out.csv")]
    [InlineData("twice.csv")]
    [InlineData("circle.csv")]
    [InlineData("sub/\0")]
    [InlineData("..")]
    public void Outside(string path)
    {
        var message = Assert.Throws<InputException>(() => root.Admit(Placed(path), "grid.yaml:3")).Message;
        Assert.DoesNotContain("no such", message);
        Assert.Throws<InputException>(() => new DataRoot(null).Admit(Placed(path), "x"));
    }

    [Fact]
    public void A_root_that_is_a_link_itself_is_entered_by_either_name()
    {
        Directory.CreateSymbolicLink(folder.File("alias"), folder.File("data"));
        var alias = new DataRoot(folder.File("alias"));
        alias.Admit("sub/in.csv", "x");
        alias.Admit(folder.File("data/sub/in.csv"), "x");
        Assert.Throws<InputException>(() => alias.Admit("folder-out/secret.csv", "x"));
    }

    [Theory]
    [InlineData("../outside/a.wav")]
    [InlineData("/outside/a.wav")]
    [InlineData("folder-out/a.wav")]
    public void A_manifest_cannot_name_audio_outside(string audio)
    {
        File.WriteAllBytes(folder.File("outside/a.wav"), new byte[64]);
        File.WriteAllText(folder.File("data/m.csv"), $"path,label\n{Placed(audio)},sad\n");
        var message = Assert.Throws<InputException>(() => CorpusCatalogue.Scan("m.csv", root.Folder, new AudioIndex(), within: root)).Message;
        Assert.Contains("m.csv:2", message);
        Assert.Contains("leads out", message);
        // On this machine one may: the file is reached, and is no audio.
        Assert.DoesNotContain("leads out", Assert.Throws<InputException>(() => CorpusCatalogue.Scan("m.csv", root.Folder, new AudioIndex())).Message);
    }

    [Theory]
    [InlineData("../outside/secret.csv")]
    [InlineData("/outside/secret.csv")]
    [InlineData("file-out.csv")]
    public void A_manifest_cannot_lie_outside(string manifest) => Assert.Contains(
        "leads out", Assert.Throws<InputException>(() => CorpusCatalogue.Scan(Placed(manifest), root.Folder, new AudioIndex(), within: root)).Message);

    // "/x" stands for an absolute path in the test's folder.
    private string Placed(string path) => path.StartsWith('/') ? folder.Path + path : path;
}
