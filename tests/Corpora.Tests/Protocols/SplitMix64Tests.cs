using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Protocols;

public sealed class SplitMix64Tests
{
    /// <summary>The published first outputs for the states 0 and 1234567.</summary>
    [Fact]
    public void GivesThePublishedNumbers()
    {
        var zero = new SplitMix64(0);
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F], new[] { zero.Next(), zero.Next(), zero.Next() });
        var other = new SplitMix64(1234567);
        Assert.Equal(
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(_ => other.Next()));
    }

    [Fact]
    public void BoundedNumbersAreEven()
    {
        var random = SplitMix64.Stream(1, 0);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[random.Below(7)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400)); // ± 4.3 standard deviations
    }

    [Fact]
    public void ShuffleIsAPermutationAndReachesEveryPlace()
    {
        var reached = new int[5, 5];
        for (var seed = 0UL; seed < 2_000; seed++)
        {
            int[] items = [0, 1, 2, 3, 4];
            SplitMix64.Stream(seed, 3).Shuffle(items.AsSpan());
            Assert.Equal([0, 1, 2, 3, 4], items.Order());
            for (var place = 0; place < 5; place++) reached[items[place], place]++;
        }
        Assert.All(reached.Cast<int>(), count => Assert.InRange(count, 320, 480)); // 400 ± 4.5 standard deviations
    }

    [Fact]
    public void StreamsDiffer() => Assert.NotEqual(SplitMix64.Stream(1, 1).Next(), SplitMix64.Stream(1, 2).Next());
}
