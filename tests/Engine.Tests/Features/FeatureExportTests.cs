using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Engine.Features;

namespace Emotion2Vec.Tests;

/// <summary>The emotion2vec repository's format, read back by a reader of its own.</summary>
public sealed class FeatureExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void All_frames_come_in_order_with_their_lengths_and_labels(int layers)
    {
        using var features = Features(layers, out var values, 3, 1, 4);
        var written = FeatureExport.Write(features, Manifest("happy", "sad", "happy"), folder.Path, "train", default);
        Assert.Equal(["train.npy", "train.lengths", "train.emo"], written.Select(Path.GetFileName));
        var npy = Npy.Load(folder.File("train.npy"));
        Assert.Equal(layers == 1 ? [8, 5] : [8, 3, 5], npy.Shape);
        Assert.Equal(values, npy.Values);
        Assert.Equal("3\n1\n4\n", File.ReadAllText(folder.File("train.lengths")));
        Assert.Equal("u0\thappy\nu1\tsad\nu2\thappy\n", File.ReadAllText(folder.File("train.emo")));

        var head = File.ReadAllBytes(folder.File("train.npy")).AsSpan(0, 128);
        Assert.True(head[..8].SequenceEqual(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0 }));
        Assert.Equal((118, (byte)'\n'), (BitConverter.ToUInt16(head[8..]), head[127]));
    }

    [Fact]
    public void Without_labels_there_is_no_emo_file()
    {
        using var features = Features(1, out _, 2, 2);
        Assert.Equal(["x.npy", "x.lengths"], FeatureExport.Write(features, Manifest("", ""), folder.Path, "x", default).Select(Path.GetFileName));
        Assert.False(File.Exists(folder.File("x.emo")));
    }

    [Fact]
    public void Cancelled_it_leaves_the_files_of_before()
    {
        using (var first = Features(1, out _, 2, 2)) FeatureExport.Write(first, Manifest("a", "b"), folder.Path, "x", default);
        var before = Directory.EnumerateFiles(folder.Path, "x.*").Order().Select(File.ReadAllText).ToArray();
        using var other = Features(1, out _, 5, 5);
        Assert.Throws<OperationCanceledException>(() => FeatureExport.Write(other, Manifest("b", "a"), folder.Path, "x", new CancellationToken(true)));
        Assert.Equal(before, Directory.EnumerateFiles(folder.Path, "x.*").Order().Select(File.ReadAllText));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.tmp"));
    }

    [Fact]
    public void A_label_of_two_lines_is_refused()
    {
        using var features = Features(1, out _, 1);
        Assert.Contains("'two lines' holds a tab or a line break", Assert.Throws<InputException>(() => FeatureExport.Write(features, Manifest("two\nlines"), folder.Path, "x", default)).Message);
        Assert.False(File.Exists(folder.File("x.npy")));
    }

    private FeatureFile Features(int layers, out float[] values, params int[] lengths)
    {
        var path = folder.File($"{Guid.NewGuid():N}.feat");
        var all = new List<float>();
        FeatureFileWriter.Write(path, lengths.Length, layers, 5, file =>
        {
            foreach (var length in lengths)
            {
                float[] frames = [.. Enumerable.Range(0, length * layers * 5).Select(i => 0.5f * i - all.Count)];
                all.AddRange(frames);
                file.Append(frames, 320 * length);
            }
        });
        values = [.. all];
        return new FeatureFile(path);
    }

    private static Manifest Manifest(params string[] labels) => new("c", labels.Where(l => l.Length > 0).Distinct().Order(), labels.Select((label, i) => new Utterance($"u{i}", $"/a/{i}.wav", label)));
}
