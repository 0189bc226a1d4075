using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>How data2vec 2.0 and emotion2vec draw their masks; the defaults are emotion2vec's.</summary>
/// <param name="Probability">Share of frames masked in the end.</param>
/// <param name="Length">Frames of one block.</param>
/// <param name="Adjust">Added to the probability when the number of blocks is drawn, because blocks overlap.</param>
/// <param name="Dropout">Share of blocks drawn on top.</param>
/// <param name="AsPrinted">Masks as the paper's sentence reads, instead of what its code does.</param>
public sealed record MaskOptions(double Probability = 0.5, int Length = 5, double Adjust = 0.05, double Dropout = 0, bool AsPrinted = false)
{
    /// <param name="rows">Masked versions.</param>
    /// <param name="frames">Of the whole utterance.</param>
    public FrameMask Draw(int rows, int frames, SplitMix64 random) => AsPrinted
        ? Masks.Starts(rows, frames, Probability, Length, random)
        : Masks.Blocks(rows, frames, this, random);
}

/// <summary>Random masks.</summary>
public static class Masks
{
    /// <summary>
    /// Blocks around centres drawn with replacement; then frames are masked or unmasked at random until exactly
    /// ⌊frames · probability⌋ are masked in every row. Of the runs of masked frames about two in five are one frame long.
    /// </summary>
    public static FrameMask Blocks(int rows, int frames, MaskOptions options, SplitMix64 random)
    {
        var blocks = (int)(frames * ((options.Probability + options.Adjust) / options.Length) * (1 + options.Dropout));
        var wanted = (int)(frames * options.Probability);
        var masked = new bool[rows * frames];
        for (var row = 0; row < rows; row++)
        {
            var mask = masked.AsSpan(row * frames, frames);
            for (var b = 0; b < blocks; b++)
            {
                var first = random.Below(frames) - options.Length / 2;
                for (var t = first; t < first + options.Length; t++) mask[Math.Clamp(t, 0, frames - 1)] = true;
            }
            var count = mask.Count(true);
            Flip(mask, count > wanted, Math.Abs(count - wanted), random);
        }
        return new FrameMask(masked, frames);
    }

    /// <summary>
    /// Every frame is a start with the given probability, and it and the frames after it, <paramref name="length"/> in all,
    /// are masked: the paper's sentence to the letter. With 0.5 and 5 about 97 % are masked.
    /// </summary>
    public static FrameMask Starts(int rows, int frames, double probability, int length, SplitMix64 random)
    {
        var masked = new bool[rows * frames];
        for (var row = 0; row < rows; row++)
            for (var t = 0; t < frames; t++)
                if (Unit(random) < probability) masked.AsSpan(row * frames + t, Math.Min(length, frames - t)).Fill(true);
        return new FrameMask(masked, frames);
    }

    /// <summary>
    /// The masks of data2vec 1.0 (and wav2vec 2.0): spans whose starts are drawn without replacement and may overlap; rows
    /// of one batch are cut to the smallest number of masked frames by unmasking at random.
    /// </summary>
    /// <param name="probability">Times frames / length is the expected number of spans.</param>
    /// <param name="equalRows">Whether rows are cut to the same number.</param>
    public static FrameMask Spans(int rows, int frames, double probability, int length, SplitMix64 random, bool equalRows = true)
    {
        var masked = new bool[rows * frames];
        var counts = new int[rows];
        var spans = (int)(probability * frames / length + Unit(random));
        for (var row = 0; row < rows; row++)
        {
            var mask = masked.AsSpan(row * frames, frames);
            var starts = frames - (frames - length <= spans ? frames - spans - 1 : length);
            int[] choice = [.. Enumerable.Range(0, starts)];
            random.Shuffle(choice.AsSpan());
            foreach (var start in choice.AsSpan(0, Math.Min(spans, starts))) mask.Slice(start, Math.Min(length, frames - start)).Fill(true);
            counts[row] = mask.Count(true);
        }
        if (equalRows)
            for (var row = 0; row < rows; row++) Flip(masked.AsSpan(row * frames, frames), true, counts[row] - counts.Min(), random);
        return new FrameMask(masked, frames);
    }

    /// <summary>A number in [0, 1).</summary>
    internal static double Unit(SplitMix64 random) => (random.Next() >> 11) * (1.0 / (1L << 53));

    // Changes so many of the frames that have this value, any of them equally likely.
    private static void Flip(Span<bool> mask, bool value, int number, SplitMix64 random)
    {
        if (number == 0) return;
        var candidates = new List<int>();
        for (var t = 0; t < mask.Length; t++)
            if (mask[t] == value) candidates.Add(t);
        for (var i = 0; i < number; i++)
        {
            var j = i + random.Below(candidates.Count - i);
            (candidates[i], candidates[j]) = (candidates[j], candidates[i]);
            mask[candidates[i]] = !value;
        }
    }
}
