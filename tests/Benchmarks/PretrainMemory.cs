using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Engine.Pretraining.Runs;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// Memory of the mini model's pre-training over 400 updates on 64 clips of 1 to 4 s of noise, which are all in memory after
/// eight updates. Prints every 50 updates: resident MiB, managed MiB, garbage collections; then the same after a full one.
/// </summary>
internal static class PretrainMemory
{
    internal static Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("e2v-memory-");
        try
        {
            var home = new HomeFolder(Path.Combine(folder.FullName, "home")).Create();
            var random = new Random(1);
            var utterances = Enumerable.Range(0, 64).Select(i =>
            {
                var path = Path.Combine(folder.FullName, $"{i}.wav");
                Noise(path, 16_000 + 750 * i, random);
                var clip = AudioFile.ReadNative(path);
                return new Utterance($"{i:00}", path, "", Audio: clip.Hash(), Seconds: clip.Seconds);
            }).ToArray();
            var manifest = new Manifest("noise", [], utterances);
            ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
            var file = Path.Combine(Repository(), "experiments", "pretrain-mini.yaml");
            var mini = GridFile.Parse(File.ReadAllText(file), file).Models.OfType<TrainedModel>().First().Training;
            var recipe = mini with { Stops = mini.Stops with { After = int.MaxValue, RelativeError = 0 } };
            using var run = new PretrainRun(home, new PretrainSpec([new PretrainCorpus("noise", manifest.Hash)], recipe), "cpu");
            for (var until = 50; until <= 400; until += 50)
            {
                run.Train(until, _ => { }, default);
                Print($"{until}");
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Print("full");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return Task.CompletedTask;
    }

    private static void Print(string when)
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        var resident = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
        Console.WriteLine($"{when,5} {resident,6} {GC.GetTotalMemory(false) >> 20,5} {GC.CollectionCount(0)} {GC.CollectionCount(1)} {GC.CollectionCount(2)}");
    }

    private static void Noise(string path, int samples, Random random)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write("RIFF"u8);
        writer.Write(36 + 2 * samples);
        writer.Write("WAVEfmt \x10\0\0\0\x01\0\x01\0"u8);
        writer.Write(16_000);
        writer.Write(32_000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples);
        for (var i = 0; i < samples; i++) writer.Write((short)random.Next(-8000, 8000));
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Emotion2Vec.Platform.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
