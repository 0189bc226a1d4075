using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using static TorchSharp.torch;

namespace Emotion2Vec.Benchmarks;

/// <summary>Memory of extraction by emotion2vec base from a file over 2,000 utterances of 0.5 to 3 s: it must stay where it is after the first hundred.</summary>
internal static class ExtractionMemory
{
    public static Task Run()
    {
        set_num_threads(1);
        var path = Path.Combine(Path.GetTempPath(), $"e2v-base-{Environment.ProcessId}.pt");
        try
        {
            using (var model = new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec))
            {
                Initialisation.ColdStart(model, 1);
                TorchWriter.Write(path, new CheckpointContents { Model = TorchTensors.FromModule(model) });
            }
            using var upstream = ModelUpstream.Load("base", path, new FeatureRules(), "cpu");
            var random = new SplitMix64(1);
            var (seconds, began) = (0.0, Environment.CpuUsage.TotalTime);
            for (var i = 1; i <= 2000; i++)
            {
                var wave = new float[8000 + (int)(random.Next() % 40_000)];
                foreach (ref var sample in wave.AsSpan()) sample = (random.Next() >> 40) * (0.2f / (1 << 24)) - 0.1f;
                seconds += wave.Length / 16_000.0;
                upstream.Extract(wave);
                if (i is not (1 or 100 or 500 or 1000 or 1500 or 2000)) continue;
                using var self = Process.GetCurrentProcess();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{i} utterances: {self.WorkingSet64 >> 20} MiB, {(Environment.CpuUsage.TotalTime - began).TotalSeconds / seconds:0.000} × real time"));
            }
        }
        finally
        {
            File.Delete(path);
        }
        return Task.CompletedTask;
    }
}
