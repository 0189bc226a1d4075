using System.Diagnostics;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests;

/// <summary>Tests that measure the process, so nothing may run beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed class MemoryTests
{
    [Fact]
    public void Extraction_does_not_grow_over_two_thousand_utterances()
    {
        using var folder = new TemporaryFolder();
        using var upstream = ModelUpstream.Load("tiny", TinyModels.Write(folder.File("e.pt"), TinyModels.Emotion2Vec), new FeatureRules("all"), "cpu");
        float[][] waves = [.. Enumerable.Range(0, 10).Select(i => ModelUpstreamTests.Noise(1500 + 800 * i, (ulong)i))];
        void Run(int utterances)
        {
            for (var i = 0; i < utterances; i++) upstream.Extract(waves[i % waves.Length]);
        }
        Run(500);
        var (tensors, before) = (Live(), NativeMegabytes());
        Run(2000);
        Assert.Equal(tensors, Live());
        // One lost waveform per utterance would be 40 MB, one lost layer of its extractor more.
        Assert.InRange(NativeMegabytes() - before, -200, 15);
    }

    private static long Live() => TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Without the managed heap, whose size follows the collector's mood.</summary>
    private static long NativeMegabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return (self.PrivateMemorySize64 - GC.GetGCMemoryInfo().TotalCommittedBytes) >> 20;
    }
}
