using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine;
using Tests.Common;

namespace Emotion2Vec.Tests;

/// <summary>A home with a corpus of short tones in noise, three classes of different pitch, and one fold; in dialogues of six turns, where asked for.</summary>
internal sealed class TinyCorpus : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TinyCorpus(int perClass = 10, bool validation = true, string? absentFromTraining = null, int shortest = 4000, bool dialogues = false)
    {
        Home = new HomeFolder(Path.Combine(folder.Path, "home")).Create();
        string[] classes = ["high", "low", "middle"];
        double[] pitches = [320, 110, 190];
        var utterances = new List<Utterance>();
        for (var i = 0; i < 3 * perClass; i++)
        {
            var path = folder.File($"audio/u{i:00}.wav");
            Tone(path, pitches[i % 3] * (1 + 0.03 * (i / 3 % 5)), i == 1 ? shortest : 4000 + 320 * (i % 7), (ulong)i);
            var utterance = new Utterance($"u{i:00}", path, classes[i % 3], Audio: AudioFile.ReadNative(path).Hash(), Seconds: AudioFile.ReadNative(path).Seconds);
            utterances.Add(dialogues ? utterance with { Dialogue = $"d{i / 6}", Speaker = $"s{i % 2}", Turn = i } : utterance);
        }
        Manifest = new Manifest("tiny", classes, utterances);
        ManifestFile.Save(Manifest, Home.Manifest(Manifest.Hash));
        var all = Enumerable.Range(0, 3 * perClass).ToArray();
        ImmutableArray<int> test = [.. all.Where(i => i / 3 % 5 == 0)], valid = [.. all.Where(i => i / 3 % 5 == 1)];
        var fold = new Fold("fold 0", [.. all.Where(i => i / 3 % 5 > 1 && classes[i % 3] != absentFromTraining)], validation ? valid : [], test, ["a warning of the fold"]);
        var folds = new FoldSet("test", 1, "tiny", Manifest.Hash, [fold], []);
        folds.Save(Home);
        Extract = new ExtractSpec("tiny", Manifest.Hash, "mfcc");
        Fold = new FoldSpec("tiny", Manifest.Hash, "mfcc", Extract.Key(), "test", folds.Hash, 0, new HeadSpec(Hidden: 24, Epochs: 6, Batch: 4, LearningRate: 1e-3, MaxLearningRate: 2e-3), Seed: 42);
    }

    public HomeFolder Home { get; }
    public Manifest Manifest { get; }
    public ExtractSpec Extract { get; }
    public FoldSpec Fold { get; }
    public string Features => Home.Features(Extract.Key());

    public ExtractResult RunExtract(Action<JobProgress>? report = null, CancellationToken cancel = default) =>
        CanonicalJson.Read<ExtractResult>(Run(Extract, report, cancel));

    public FoldResult RunFold(FoldSpec? spec = null) => CanonicalJson.Read<FoldResult>(Run(spec ?? Fold));

    public string Run(JobSpec spec, Action<JobProgress>? report = null, CancellationToken cancel = default) =>
        new JobRunner(Home, "cpu").Run(spec.Key(), spec, report ?? (_ => { }), cancel);

    /// <summary>16-bit mono WAV at 16 kHz.</summary>
    public static void Tone(string path, double pitch, int samples, ulong seed)
    {
        var random = new SplitMix64(seed);
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write(36 + 2 * samples);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(16000);
        writer.Write(32000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples);
        for (var i = 0; i < samples; i++)
        {
            var noise = (random.Next() >> 11) * (1.0 / (1L << 53)) - 0.5;
            var tone = Enumerable.Range(1, 4).Sum(k => Math.Sin(2 * Math.PI * k * pitch * i / 16000) / k);
            writer.Write((short)Math.Round(4000 * tone + 1500 * noise));
        }
    }

    public void Dispose() => folder.Dispose();
}
