namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Normalisation over one utterance, each channel by itself.</summary>
internal static class UtteranceNorm
{
    /// <summary>(x − mean) / (standard deviation + 1e-5), the unbiased deviation over the frames; a constant channel becomes 0 (up to 1e-8).</summary>
    /// <param name="values">Row-major frames × <paramref name="channels"/>, at least two frames.</param>
    /// <param name="channels">Values per frame.</param>
    public static float[] Apply(ReadOnlySpan<double> values, int channels)
    {
        var frames = values.Length / channels;
        if (frames < 2) throw new ArgumentException($"{frames} frame(s) have no standard deviation", nameof(values));
        var normalised = new float[values.Length];
        for (var c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            for (var i = c; i < values.Length; i += channels) sum += values[i];
            var mean = sum / frames;
            for (var i = c; i < values.Length; i += channels) squares += (values[i] - mean) * (values[i] - mean);
            var scale = 1 / (Math.Sqrt(squares / (frames - 1)) + 1e-5);
            for (var i = c; i < values.Length; i += channels) normalised[i] = (float)((values[i] - mean) * scale);
        }
        return normalised;
    }
}
