namespace Emotion2Vec.Engine.Pretraining;

/// <summary>Which frames are masked: one row per masked version of an utterance, the versions of an utterance together.</summary>
public sealed class FrameMask
{
    private readonly bool[] masked;

    /// <param name="masked">Row-major rows × <paramref name="frames"/>; kept, not copied.</param>
    public FrameMask(bool[] masked, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        if (masked.Length % frames != 0) throw new ArgumentException($"{masked.Length} values are not rows of {frames} frames", nameof(masked));
        (this.masked, Frames, Rows) = (masked, frames, masked.Length / frames);
    }

    public int Rows { get; }

    public int Frames { get; }

    /// <summary>Masked frames of all rows: the size of the sample in the loss.</summary>
    public int Count => masked.Count(m => m);

    /// <summary>All rows, one after the other.</summary>
    internal bool[] Flags => masked;

    public ReadOnlySpan<bool> Row(int row) => masked.AsSpan(row * Frames, Frames);

    /// <summary>
    /// The same frames as a window of the utterance: what remains of masks that were drawn for the whole utterance when a
    /// batch is cropped. Rows may then differ in their number of masked frames.
    /// </summary>
    /// <param name="start">First frame kept, of each row.</param>
    public FrameMask Crop(ReadOnlySpan<int> start, int frames)
    {
        var cropped = new bool[Rows * frames];
        for (var row = 0; row < Rows; row++) Row(row).Slice(start[row], frames).CopyTo(cropped.AsSpan(row * frames));
        return new FrameMask(cropped, frames);
    }

    /// <summary>The rows of several masks of equal length, one mask after the other.</summary>
    public static FrameMask Concat(IReadOnlyList<FrameMask> masks)
    {
        if (masks.Any(m => m.Frames != masks[0].Frames)) throw new ArgumentException("the masks differ in their number of frames", nameof(masks));
        return new FrameMask([.. masks.SelectMany(m => m.masked)], masks[0].Frames);
    }

    /// <summary>Every masked frame, as row × <see cref="Frames"/> + frame, ascending.</summary>
    public long[] Positions()
    {
        var positions = new long[Count];
        for (int i = 0, n = 0; i < masked.Length; i++)
            if (masked[i]) positions[n++] = i;
        return positions;
    }

    /// <summary>
    /// The order in which the student sees the frames: the unmasked of a row, ascending, then its masked ones. As many are
    /// encoded in every row as the first row leaves unmasked; where another row differs (cropped masks) some of its unmasked
    /// frames are left to the decoder, or some masked ones are encoded. The reference's sort is not stable, so its order
    /// within a row is accidental; the results do not depend on it.
    /// </summary>
    public FrameOrder Order()
    {
        var kept = Frames - Row(0).Count(true);
        var order = new long[Rows * Frames];
        var restore = new long[Rows * Frames];
        for (var row = 0; row < Rows; row++)
        {
            var next = row * Frames;
            var mask = Row(row);
            for (var t = 0; t < Frames; t++)
                if (!mask[t]) order[next++] = t;
            for (var t = 0; t < Frames; t++)
                if (mask[t]) order[next++] = t;
            for (var i = 0; i < Frames; i++) restore[row * Frames + order[row * Frames + i]] = i;
        }
        return new FrameOrder(Rows, Frames, kept, order, restore);
    }
}

/// <summary>An order of the frames of every row.</summary>
/// <param name="Kept">How many of each row are encoded, the first in the order.</param>
/// <param name="Order">Row-major rows × frames: the frame at each place.</param>
/// <param name="Restore">Row-major rows × frames: the place of each frame.</param>
public sealed record FrameOrder(int Rows, int Frames, int Kept, long[] Order, long[] Restore)
{
    /// <summary>The frames encoded: row-major rows × <see cref="Kept"/>.</summary>
    public long[] KeptFrames()
    {
        var kept = new long[Rows * Kept];
        for (var row = 0; row < Rows; row++) Order.AsSpan(row * Frames, Kept).CopyTo(kept.AsSpan(row * Kept));
        return kept;
    }
}
