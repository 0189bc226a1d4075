using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Pretraining.Runs;

namespace Emotion2Vec.Tests;

public sealed class ClipBatchesTests
{
    private static int[] Lengths(int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 500 + random.Below(9000))];
    }

    [Theory]
    [InlineData(1, 20_000, 0)]
    [InlineData(2, 20_000, 3)]
    [InlineData(3, 9_000, 0)]
    [InlineData(4, 1_000_000, 0)]
    public void An_epoch_has_every_clip_once_in_batches_within_the_limits(ulong seed, int samples, int utterances)
    {
        var lengths = Lengths(200, seed);
        var batches = new ClipBatches(lengths, new PretrainBatches(samples, 1000, 8000, utterances), seed: 5);
        var usable = Enumerable.Range(0, 200).Where(i => lengths[i] >= 1000).ToArray();
        Assert.Equal(usable.Length, batches.Utterances);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var all = Enumerable.Range(0, batches.PerEpoch).Select(i => batches[epoch * batches.PerEpoch + i]).ToArray();
            Assert.Equal(usable, all.SelectMany(b => b).Order());
            foreach (var batch in all)
            {
                var longest = batch.Max(i => Math.Min(lengths[i], 8000));
                Assert.True(batch.Length == 1 || batch.Length * longest <= samples);
                if (utterances > 0) Assert.True(batch.Length <= utterances);
            }
            // Neighbours in length stand together: the ranges of two batches do not overlap.
            var ranges = all.Select(b => (Low: b.Min(i => Math.Min(lengths[i], 8000)), High: b.Max(i => Math.Min(lengths[i], 8000)))).OrderBy(r => r.Low).ThenBy(r => r.High).ToArray();
            for (var i = 1; i < ranges.Length; i++) Assert.True(ranges[i - 1].High <= ranges[i].Low);
        }
    }

    [Fact]
    public void Order_depends_on_seed_and_epoch_and_on_nothing_before()
    {
        var lengths = Lengths(300, 1);
        var limits = new PretrainBatches(30_000, 500, 2000);
        var one = new ClipBatches(lengths, limits, 1);
        var late = Enumerable.Range(2 * one.PerEpoch, one.PerEpoch).SelectMany(i => one[i]).ToArray();
        var again = new ClipBatches(lengths, limits, 1);
        Assert.Equal(late, Enumerable.Range(2 * one.PerEpoch, one.PerEpoch).SelectMany(i => again[i]));
        Assert.NotEqual(late, Enumerable.Range(0, one.PerEpoch).SelectMany(i => again[i]));
        var other = new ClipBatches(lengths, limits, 2);
        Assert.NotEqual(late, Enumerable.Range(2 * one.PerEpoch, one.PerEpoch).SelectMany(i => other[i]));
    }

    [Fact]
    public void Clips_are_normalised_whole_and_kept_within_their_memory()
    {
        using var corpus = new TinyCorpus();
        // Room for about three of 30 clips of 16 to 24 kB.
        var small = new SpeechClips(corpus.Manifest.Utterances, capacity: 64_000);
        var large = new SpeechClips(corpus.Manifest.Utterances, capacity: 1 << 24);
        for (var round = 0; round < 2; round++)
            for (var i = 0; i < small.Count; i++) Assert.Equal(large.Read(i), small.Read(i));
        Assert.Same(large.Read(0), large.Read(0));
        Assert.Same(small.Read(29), small.Read(29));
        Assert.NotSame(large.Read(0), small.Read(0));
        var first = small.Read(0);
        for (var i = 1; i < small.Count; i++) small.Read(i);
        Assert.NotSame(first, small.Read(0));

        var clip = large.Read(3);
        Assert.Equal(large.Length(3), clip.Length);
        Assert.Equal(0, clip.Average(x => (double)x), 1e-6);
        Assert.Equal(1, clip.Average(x => (double)x * x), 1e-3);
        File.Delete(corpus.Manifest.Utterances[0].Path);
        Assert.Equal(large.Length(0), large.Read(0).Length); // from memory
        small.Read(1);
        TinyCorpus.Tone(corpus.Manifest.Utterances[2].Path, 300, 4000, 99);
        var changed = Assert.Throws<InputException>(() => new SpeechClips(corpus.Manifest.Utterances, 0).Read(2));
        Assert.Contains("the audio of 'u02' is not what the manifest describes", changed.Message);
    }
}
