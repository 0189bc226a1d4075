using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary><c>e2v extract</c>: features by hand.</summary>
public sealed class ExtractTests : IDisposable
{
    private static readonly string Checkpoint = TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt");
    private readonly TestHome home = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        home.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_corpus_becomes_the_three_files_of_the_emotion2vec_repository()
    {
        var ran = (await home.RunAsync("extract", "--corpus", home.Manifest, "--checkpoint", Checkpoint, "--layers", "2", "--tokens", "utt+frm", "--out", folder.Path, "--json")).Succeeded();
        using var json = JsonDocument.Parse(ran.Output);
        var (utterances, frames) = (json.RootElement.GetProperty("utterances").GetInt32(), json.RootElement.GetProperty("frames").GetInt32());
        Assert.Equal((48, 128), (utterances, json.RootElement.GetProperty("dimension").GetInt32()));

        var bytes = File.ReadAllBytes(Path.Combine(folder.Path, "tiny.npy"));
        Assert.Contains($"'shape': ({frames}, 128)", Encoding.ASCII.GetString(bytes, 10, 118));
        Assert.Equal(128 + 4 * 128 * frames, bytes.Length);
        Assert.Equal(frames, File.ReadLines(Path.Combine(folder.Path, "tiny.lengths")).Sum(int.Parse));
        Assert.All(File.ReadLines(Path.Combine(folder.Path, "tiny.emo")), line => Assert.Matches(@"^s\d-(angry|happy|neutral|sad)-\d\t\1$", line));
        Assert.Equal(utterances, File.ReadLines(Path.Combine(folder.Path, "tiny.emo")).Count());

        // The same again finds the features of the home, which the audio is no longer needed for.
        var again = (await home.RunAsync("extract", "--corpus", home.Manifest, "--checkpoint", Checkpoint, "--layers", "2", "--tokens", "utt+frm", "--out", folder.File("again"), "--name", "train")).Succeeded();
        Assert.Contains("tiny.csv · fairseq_zip_fp16 · layer 2 · utt+frm: 48 utterances", Regex.Replace(again.Output, @"/\S*/tiny\.csv", "tiny.csv"));
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(folder.Path, "again", "train.npy")));
    }

    [Fact]
    public async Task Audio_files_need_no_corpus_and_no_labels()
    {
        string[] audio = [.. Directory.EnumerateFiles(home.Data, "*.wav").Order(StringComparer.Ordinal).Take(3)];
        (await home.RunAsync(["extract", .. audio, "--upstream", "mfcc", "--out", folder.Path])).Succeeded();
        Assert.Equal(["files.lengths", "files.npy"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(3, File.ReadLines(Path.Combine(folder.Path, "files.lengths")).Count());
    }

    [Fact]
    public async Task Interrupted_it_leaves_nothing_half_written()
    {
        var table = new StringBuilder("path,id\n");
        for (var i = 0; i < 4000; i++) table.Append($"{Path.Combine(home.Data, "s0-sad-0.wav")},u{i:0000}\n");
        var many = Path.Combine(home.Data, "many.csv");
        File.WriteAllText(many, table.ToString());
        using var e2v = home.Start("extract", "--corpus", many, "--checkpoint", Checkpoint, "--out", folder.Path);
        await E2v.UntilAsync(() => Directory.Exists(Path.Combine(home.Path, "features")) && Directory.EnumerateFiles(Path.Combine(home.Path, "features")).Any(f => new FileInfo(f).Length > 0), "it extracts");
        E2v.Signal("INT", e2v.Process.Id);
        var ran = await e2v.EndAsync();
        Assert.Equal((130, "e2v: interrupted"), (ran.Exit, Assert.Single(ran.ErrorLines)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(home.Path, "features")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("name either a corpus", "--upstream", "mfcc")]
    [InlineData("name either a corpus", "x.wav", "--corpus", "emodb", "--upstream", "mfcc")]
    [InlineData("name an upstream (--upstream: fbank, mfcc,", "x.wav")]
    [InlineData("unknown upstream 'mfc' (did you mean 'mfcc'?)", "x.wav", "--upstream", "mfc")]
    [InlineData("unknown layer rule 'lsat' (did you mean 'last'?); there are all, last, mean4 and the number of a layer", "x.wav", "--upstream", "mfcc", "--layers", "lsat")]
    [InlineData("mfcc: token rule 'utt', but the model has no utterance tokens; 'frames' is what it has", "x.wav", "--upstream", "mfcc", "--tokens", "utt")]
    [InlineData("mfcc is signal processing and has no checkpoint", "x.wav", "--upstream", "mfcc", "--checkpoint", "a.pt")]
    [InlineData("no-such.pt: there is no such file", "x.wav", "--checkpoint", "no-such.pt")]
    [InlineData("x.wav: no such audio file", "x.wav", "--upstream", "mfcc")]
    [InlineData("--name: 'a/b' is no name of a file", "x.wav", "--upstream", "mfcc", "--name", "a/b")]
    public async Task Wrong_usage_is_one_line(string message, params string[] arguments)
    {
        var ran = await home.RunAsync(["extract", .. arguments, "--out", folder.Path]);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(message, Assert.Single(ran.ErrorLines));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    /// <summary>Before the work, not after hours of it.</summary>
    [Theory]
    [InlineData("extract --corpus MANIFEST --upstream fbank --out FOLDER/file/below", "file: is a file, not a folder to write to")]
    [InlineData("data export MANIFEST --out FOLDER/file", "file: is a file, not a folder to write to")]
    [InlineData("checkpoint convert FIXTURE FOLDER/folder.pt", "folder.pt: is a folder, not a file to write")]
    [InlineData("pretrain absent.yaml --out FOLDER/folder.pt", "folder.pt: is a folder, not a file to write")]
    public async Task Where_nothing_can_be_written_no_work_begins(string arguments, string message)
    {
        File.WriteAllText(folder.File("file"), "");
        Directory.CreateDirectory(folder.File("folder.pt"));
        var ran = await home.RunAsync([.. arguments.Split(' ').Select(a => a.Replace("MANIFEST", home.Manifest).Replace("FIXTURE", TestData.Fixture("checkpoints", "tiny.safetensors")).Replace("FOLDER", folder.Path))]);
        Assert.Equal(2, ran.Exit);
        Assert.EndsWith(message, Assert.Single(ran.ErrorLines));
    }

    [Fact]
    public async Task Models_of_the_catalogue_say_which_file_they_miss_and_refuse_another()
    {
        var missing = await home.RunAsync("extract", "x.wav", "--upstream", "emotion2vec_base", "--out", folder.Path);
        Assert.Equal(2, missing.Exit);
        Assert.Equal($"e2v: emotion2vec_base: its checkpoint is missing: put it at {home.Data}/checkpoints/emotion2vec_base.pt, or name a file: 'models: {{emotion2vec_base: {{checkpoint: PATH}}}}' in a grid, --checkpoint PATH by hand", Assert.Single(missing.ErrorLines));
        Directory.CreateDirectory(Path.Combine(home.Data, "checkpoints"));
        File.Copy(Checkpoint, Path.Combine(home.Data, "checkpoints", "emotion2vec_base.pt"));
        var other = await home.RunAsync("extract", "x.wav", "--upstream", "emotion2vec_base", "--out", folder.Path);
        Assert.EndsWith("checkpoints/emotion2vec_base.pt: holds emotion2vec of another size, not emotion2vec_base", Assert.Single(other.ErrorLines));
        var layer = await home.RunAsync("extract", "x.wav", "--checkpoint", Checkpoint, "--layers", "9", "--out", folder.Path);
        Assert.EndsWith("fairseq_zip_fp16: there is no layer 9; layers are 0 to 3", Assert.Single(layer.ErrorLines));
    }
}
