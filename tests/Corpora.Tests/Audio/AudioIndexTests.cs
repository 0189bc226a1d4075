using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Audio;

public sealed class AudioIndexTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Put(string name, params short[] samples)
    {
        File.WriteAllBytes(folder.File(name), Wave.Pcm16(16000, 1, samples));
        return folder.File(name);
    }

    /// <summary>The same size and time with other samples: an answer that still has the old hash was not decoded again.</summary>
    private static void ReplaceUnnoticed(string path, params short[] samples)
    {
        var time = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, Wave.Pcm16(16000, 1, samples));
        File.SetLastWriteTimeUtc(path, time);
    }

    [Fact]
    public void Describes_hash_rate_channels_and_length()
    {
        var path = Put("a.wav", 1, 2, 3, 4);
        var audio = new AudioIndex().Describe(new AudioStretch(path));
        Assert.Equal(new AudioInfo(AudioFile.ReadNative(path).Hash(), 16000, 1, 4), audio);
        Assert.Equal(4 / 16000.0, audio.Seconds);
    }

    [Fact]
    public void A_known_file_is_not_decoded_again_even_by_the_next_process()
    {
        var path = Put("a.wav", 1, 2, 3);
        var index = new AudioIndex(folder.File("index.tsv"));
        var first = index.Describe([new(path), new(path, Start: 1.0 / 16000)]);
        ReplaceUnnoticed(path, 7, 8, 9);
        Assert.Equal(first.AsEnumerable(), new AudioIndex(folder.File("index.tsv")).Describe([new(path), new(path, Start: 1.0 / 16000)]));
        Assert.NotEqual(first[0], new AudioIndex().Describe(new AudioStretch(path)));
    }

    [Fact]
    public void A_file_that_changed_is_decoded_again()
    {
        var path = Put("a.wav", 1, 2, 3);
        var index = new AudioIndex(folder.File("index.tsv"));
        var first = index.Describe([new(path)])[0];
        ReplaceUnnoticed(path, 7, 8, 9);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
        var second = new AudioIndex(folder.File("index.tsv")).Describe([new(path)])[0];
        Assert.NotEqual(first, second);
        Assert.Equal(new AudioIndex().Describe(new AudioStretch(path)), second);
        ReplaceUnnoticed(path, 1, 2, 3, 4);
        Assert.Equal(4, new AudioIndex(folder.File("index.tsv")).Describe([new(path)])[0].Frames);
    }

    [Fact]
    public void Damaged_lines_are_ignored()
    {
        var path = Put("a.wav", 1, 2, 3);
        var file = folder.File("index.tsv");
        var expected = new AudioIndex(file).Describe([new(path)])[0];
        var line = File.ReadAllText(file);
        foreach (var damaged in (string[])["", "x", line[..(line.Length / 2)], line.Replace(expected.Hash, "no hash"), line.Replace("\t16000\t", "\t-1\t"), "\0\0\0\n" + line])
        {
            File.WriteAllText(file, damaged);
            Assert.Equal(expected, new AudioIndex(file).Describe([new(path)])[0]);
        }
    }

    [Fact]
    public void Two_that_share_the_file_keep_each_others_lines()
    {
        var (a, b) = (Put("a.wav", 1), Put("b.wav", 2));
        var file = folder.File("index.tsv");
        var (one, two) = (new AudioIndex(file), new AudioIndex(file));
        var first = one.Describe([new(a)])[0];
        var second = two.Describe([new(b)])[0];
        ReplaceUnnoticed(a, 3);
        ReplaceUnnoticed(b, 4);
        Assert.Equal([first, second], new AudioIndex(file).Describe([new(a), new(b)]).AsEnumerable());
    }

    [Fact]
    public void The_first_bad_file_in_order_is_reported_with_its_origin()
    {
        var good = Put("good.wav", 1);
        var none = folder.File("none.wav");
        AudioStretch[] stretches = [new(good, Origin: "m.csv:2"), new(none, Origin: "m.csv:3"), new(good, Start: 1, Origin: "m.csv:4"), new(none)];
        Assert.Equal($"m.csv:3: {none}: no such audio file (and 2 more files)",
            Assert.Throws<InputException>(() => new AudioIndex().Describe(stretches)).Message);
    }

    [Fact]
    public void Progress_counts_every_file_and_cancellation_stops()
    {
        AudioStretch[] stretches = [.. Enumerable.Range(0, 40).Select(i => new AudioStretch(Put($"{i}.wav", (short)i)))];
        var seen = new List<int>();
        using var stop = new CancellationTokenSource();
        new AudioIndex().Describe(stretches, new Progress(p => { lock (seen) seen.Add(p.Done); Assert.Equal(40, p.Total); }), stop.Token);
        Assert.Equal(Enumerable.Range(1, 40), seen.Order());

        var file = folder.File("index.tsv");
        Assert.ThrowsAny<OperationCanceledException>(() => new AudioIndex(file).Describe(stretches, new Progress(p => { if (p.Done >= 3) stop.Cancel(); }), stop.Token));
        Assert.InRange(File.ReadLines(file).Count(), 3, 39);
    }

    private sealed class Progress(Action<(int Done, int Total)> report) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => report(value);
    }
}
