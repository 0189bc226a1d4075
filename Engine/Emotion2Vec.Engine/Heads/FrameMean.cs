namespace Emotion2Vec.Engine.Heads;

/// <summary>The mean over frames, in double precision.</summary>
internal static class FrameMean
{
    /// <param name="frames">Row-major frames × <paramref name="row"/>, at least one frame.</param>
    /// <param name="row">Values per frame.</param>
    public static float[] Of(ReadOnlySpan<float> frames, int row)
    {
        var sum = new double[row];
        for (var i = 0; i < frames.Length; i += row)
            for (var c = 0; c < row; c++) sum[c] += frames[i + c];
        var count = frames.Length / row;
        return [.. sum.Select(s => (float)(s / count))];
    }
}
