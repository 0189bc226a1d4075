using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Synthesis;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Synthesis;

public sealed class SynthCorpusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static void NeedEspeak() => Skip.IfNot(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "espeak-ng"))), "needs espeak-ng");

    [SkippableFact]
    public void Is_made_once_the_same_each_time_and_is_a_corpus_named_synthetic()
    {
        NeedEspeak();
        var seen = 0;
        Assert.True(SynthCorpus.Make(folder.File("one/synthetic"), new Progress(_ => Interlocked.Increment(ref seen))));
        Assert.Equal(384, seen);
        var manifest = CorpusCatalogue.Scan("synthetic", folder.File("one"), new AudioIndex());
        Assert.True(manifest.Synthetic);
        Assert.Empty(manifest.Warnings);
        Assert.Equal(["angry", "happy", "neutral", "sad"], manifest.Classes.AsEnumerable());
        Assert.All(manifest.Utterances.CountBy(u => u.Label), c => Assert.Equal(96, c.Value));
        Assert.All(manifest.Utterances.CountBy(u => u.Speaker!), c => Assert.Equal(48, c.Value));
        Assert.InRange(manifest.Utterances.Sum(u => u.Seconds) / 3600, 0.9 * CorpusCatalogue.Find("synthetic").Card.Hours!.Value, 1.1 * CorpusCatalogue.Find("synthetic").Card.Hours!.Value);
        Assert.Equal(12, manifest.Utterances.Select(u => u.Text).Distinct().Count());
        Assert.All(manifest.Utterances, u => Assert.InRange(u.Seconds, 0.8, 8));
        Assert.Equal(8, manifest.Utterances.Select(u => u.Speaker).Distinct().Count());
        Assert.StartsWith("Synthetic speech", File.ReadAllText(folder.File("one/synthetic/README.txt")));

        // Emotions are heard: anger is louder and faster than sadness.
        var speech = manifest.Utterances.GroupBy(u => u.Label)
            .ToDictionary(g => g.Key, g => (Seconds: g.Average(u => u.Seconds), Level: g.Average(u => Level(AudioFile.Read(u.Path)))));
        Assert.True(speech["angry"].Level > 1.5 * speech["sad"].Level);
        Assert.True(speech["sad"].Seconds > 1.3 * speech["angry"].Seconds);

        var time = Directory.GetFiles(folder.File("one/synthetic/wav")).Max(File.GetLastWriteTimeUtc);
        Assert.False(SynthCorpus.Make(folder.File("one/synthetic")));
        Assert.Equal(time, Directory.GetFiles(folder.File("one/synthetic/wav")).Max(File.GetLastWriteTimeUtc));

        // Interrupted elsewhere: what is there is the same, byte for byte, and is not taken for the corpus.
        using var stop = new CancellationTokenSource();
        var interrupted = folder.File("two/synthetic");
        Assert.ThrowsAny<OperationCanceledException>(() => SynthCorpus.Make(interrupted, new Progress(p => { if (p.Done == 5) stop.Cancel(); }), stop.Token));
        var waves = Directory.GetFiles(Path.Combine(interrupted, "wav"), "*.wav");
        Assert.InRange(waves.Length, 5, 300);
        Assert.All(waves, wave => Assert.Equal(File.ReadAllBytes(folder.File("one/synthetic/wav/" + Path.GetFileName(wave))), File.ReadAllBytes(wave)));
        Assert.Contains("e2v data synth", Assert.Throws<InputException>(() => CorpusCatalogue.Scan("synthetic", folder.File("two"), new AudioIndex())).Message);
    }

    [Fact]
    public void A_folder_with_something_else_is_left_alone()
    {
        File.WriteAllText(folder.File("thesis.txt"), "precious");
        Assert.Equal($"{folder.Path} is not empty and is not a synthetic corpus; name another folder",
            Assert.Throws<InputException>(() => SynthCorpus.Make(folder.Path)).Message);
        Assert.Equal(["thesis.txt"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    private static double Level(float[] samples) => Math.Sqrt(samples.Average(s => (double)s * s));

    private sealed class Progress(Action<(int Done, int Total)> report) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => report(value);
    }
}
