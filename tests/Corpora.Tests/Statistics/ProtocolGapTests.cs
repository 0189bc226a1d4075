using Emotion2Vec.Corpora.Statistics;

namespace Emotion2Vec.Corpora.Tests.Statistics;

/// <summary>The difference between two protocols on the same utterances.</summary>
public sealed class ProtocolGapTests
{
    private const int Utterances = 40, Speakers = 5;

    private static readonly ResamplingUnits Units = new([.. Enumerable.Range(0, Utterances).Select(u => u % Speakers)]);

    [Fact]
    public void On_the_same_folds_it_is_the_paired_difference()
    {
        var (a, b) = (Row(u => u / 10, Right(3)), Row(u => u / 10, Right(2)));
        var paired = PairedComparison.Of(a, b, Units, 2).Wa;
        var gap = ProtocolGap.Of(a, b, Units, 2)!;
        Assert.NotEqual(0, gap.Difference);
        Assert.Equal((paired.Difference, paired.Interval), (gap.Difference, gap.Interval));
    }

    /// <summary>What makes a speaker hard in both cancels out although the folds are others: a speaker's accuracy is the same under both.</summary>
    [Fact]
    public void Other_folds_of_the_same_utterances_are_drawn_with_the_same_speakers()
    {
        bool Hard(int utterance) => utterance % Speakers == 0;
        var random = Row(u => u / 20, u => !Hard(u)); // two folds, all speakers in each
        var bySpeaker = Row(u => u % Speakers, u => !Hard(u));
        var gap = ProtocolGap.Of(random, bySpeaker, Units, 2)!;
        Assert.Equal(0, gap.Difference, 1e-12);
        Assert.Equal(0, gap.Interval!.Low, 1e-12);
        Assert.Equal(0, gap.Interval.High, 1e-12);
        Assert.Equal(1, ProtocolGap.Of(Row(u => u / 20, _ => true), Row(u => u % Speakers, _ => false), Units, 2)!.Difference);
    }

    [Fact]
    public void Other_utterances_have_no_gap() =>
        Assert.Null(ProtocolGap.Of(Row(u => u / 10, Right(3)), [.. Row(u => u / 10, Right(2)).SkipLast(1)], Units, 2));

    private static Func<int, bool> Right(int every) => u => u % every != 0;

    private static TestedFold[] Row(Func<int, int> foldOf, Func<int, bool> right) =>
    [
        .. Enumerable.Range(0, Utterances).GroupBy(foldOf).Select(fold => new TestedFold(
            fold.Key, 1, [.. fold], [.. fold.Select(u => u / 2 % 2)], [.. fold.Select(u => right(u) ? u / 2 % 2 : 1 - (u / 2 % 2))])),
    ];
}
