namespace Emotion2Vec.Corpora.Pretraining;

/// <summary>What a recipe will cost, for plans: multiplications of the matrix products and convolutions of full micro-batches.</summary>
public static class PretrainCost
{
    /// <summary>
    /// Additions and multiplications per second that one core of a current server does over a whole update, everything between
    /// the products included: measured with base size on an AMD EPYC (Zen 5) and OpenBLAS with 512-bit kernels.
    /// </summary>
    private const double PerSecond = 60e9;

    /// <summary>Seconds of all updates on one core.</summary>
    public static double Seconds(PretrainRecipe recipe) => recipe.Updates * (double)recipe.Batches.Accumulate * Operations(recipe) / PerSecond;

    /// <summary>Epochs that all updates make of so many hours of speech, if every micro-batch is full.</summary>
    public static double Epochs(PretrainRecipe recipe, double hours) =>
        recipe.Updates * (double)recipe.Batches.Accumulate * recipe.Batches.Samples / 16_000 / 3600 / hours;

    /// <summary>Additions and multiplications of one full micro-batch, forwards and backwards (twice as many).</summary>
    private static double Operations(PretrainRecipe recipe)
    {
        var (s, batch) = (recipe.Sizes, recipe.Batches);
        var first = recipe.Architecture == PretrainArchitecture.Data2vec;
        double clip = batch.LongestClip, utterances = batch.Samples / clip, clones = first ? 1 : recipe.Objective.Clones;
        double channels = s.ExtractorChannels, width = s.Width;

        var extractor = 0.0;
        var frames = clip;
        foreach (var (kernel, stride) in new[] { (10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2) })
        {
            frames = Math.Max(1, Math.Floor((frames - kernel) / stride) + 1);
            extractor += frames * kernel * channels * (extractor == 0 ? 1 : channels);
        }
        extractor += frames * channels * width;
        var positions = frames * s.PositionalDepth * s.PositionalKernel * width * width / s.PositionalGroups;
        // The student encodes what is not masked; data2vec 1.0 all of it.
        var visible = s.UtteranceTokens + (first ? frames : frames * (1 - recipe.Masks.Probability));
        var decoder = first ? frames * width * width
            : frames * (s.DecoderKernel * s.DecoderChannels / (double)s.DecoderGroups * (width + (s.DecoderDepth - 1) * s.DecoderChannels) + s.DecoderChannels * width);
        var student = extractor + clones * (positions + Encoder(visible) + decoder);
        var teacher = positions + Encoder(s.UtteranceTokens + frames);
        return 2 * utterances * (3 * student + teacher);

        double Encoder(double length) => (s.Prenet + s.Depth) * length * ((4 + 2 * s.FeedForwardRatio) * width * width + 2 * length * width);
    }
}
