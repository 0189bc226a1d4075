using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Pretraining;

namespace Emotion2Vec.Tests;

/// <summary>Masks and the order in which the student sees frames.</summary>
public sealed class MaskTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(99)]
    [InlineData(1000)]
    public void Blocks_mask_exactly_half_of_every_row(int frames)
    {
        var mask = new MaskOptions().Draw(50, frames, new SplitMix64(3));
        for (var row = 0; row < mask.Rows; row++) Assert.Equal(frames / 2, mask.Row(row).Count(true));
    }

    [Fact]
    public void The_same_seed_gives_the_same_mask_and_another_gives_another()
    {
        var first = new MaskOptions().Draw(8, 249, new SplitMix64(3));
        Assert.Equal(first.Positions(), new MaskOptions().Draw(8, 249, new SplitMix64(3)).Positions());
        Assert.NotEqual(first.Positions(), new MaskOptions().Draw(8, 249, new SplitMix64(4)).Positions());
    }

    /// <summary>1 − 0.5⁵ of the frames that have four before them.</summary>
    [Fact]
    public void Masks_as_printed_cover_nearly_everything()
    {
        var mask = new MaskOptions(AsPrinted: true).Draw(400, 249, new SplitMix64(3));
        Assert.InRange(mask.Count / (400.0 * 249), 0.96, 0.975);
    }

    [Theory]
    [InlineData(225, 0.65, 10)]
    [InlineData(24, 0.65, 10)]
    [InlineData(11, 0.9, 10)]
    public void Spans_mask_the_same_number_in_every_row(int frames, double probability, int length)
    {
        var mask = Masks.Spans(16, frames, probability, length, new SplitMix64(5));
        var counts = Enumerable.Range(0, 16).Select(row => mask.Row(row).Count(true)).ToList();
        Assert.Single(counts.Distinct());
        Assert.InRange(counts[0], 1, frames);
    }

    [Fact]
    public void Order_lists_unmasked_frames_first_and_restores()
    {
        var mask = new FrameMask([false, true, false, true, true, false, false, true], 4);
        var order = mask.Order();
        Assert.Equal(2, order.Kept);
        Assert.Equal([0, 2, 1, 2], order.KeptFrames());
        Assert.Equal([0, 2, 1, 3, 1, 2, 0, 3], order.Order);
        for (var row = 0; row < 2; row++)
            for (var t = 0; t < 4; t++) Assert.Equal(t, order.Order[row * 4 + order.Restore[row * 4 + t]]);
    }

    /// <summary>The first row decides how many are encoded, also where cropping left another number in other rows.</summary>
    [Fact]
    public void Cropped_rows_keep_as_many_as_the_first()
    {
        var mask = new FrameMask([true, true, false, false, false, true, true, false, true, true], 5).Crop([0, 2], 3);
        Assert.Equal([true, true, false], mask.Row(0).ToArray());
        Assert.Equal([false, true, true], mask.Row(1).ToArray());
        Assert.Equal([0L, 1L, 4L, 5L], mask.Positions());
        var uneven = FrameMask.Concat([new FrameMask([true, false, false], 3), new FrameMask([true, true, false], 3), new FrameMask([false, false, false], 3)]);
        var order = uneven.Order();
        Assert.Equal(2, order.Kept);
        Assert.Equal([1, 2, 2, 0, 0, 1], order.KeptFrames());
    }
}
