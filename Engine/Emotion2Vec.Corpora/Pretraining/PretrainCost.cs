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

    /// <summary>Seconds on one core to extract features of so much speech, in utterances of a few seconds.</summary>
    public static double ExtractSeconds(PretrainSizes sizes, double speech)
    {
        const double clip = 3 * 16_000;
        var local = Local(sizes, clip, out var frames) + Positions(sizes, frames) + Encoder(sizes, sizes.UtteranceTokens + frames);
        return 2 * local * (speech * 16_000 / clip) / PerSecond;
    }

    /// <summary>Additions and multiplications of one full micro-batch, forwards and backwards (twice as many).</summary>
    private static double Operations(PretrainRecipe recipe)
    {
        var (s, batch) = (recipe.Sizes, recipe.Batches);
        var first = recipe.Architecture == PretrainArchitecture.Data2vec;
        double clip = batch.LongestClip, utterances = batch.Samples / clip, clones = first ? 1 : recipe.Objective.Clones;
        var extractor = Local(s, clip, out var frames);
        var positions = Positions(s, frames);
        // The student encodes what is not masked; data2vec 1.0 all of it.
        var visible = s.UtteranceTokens + (first ? frames : frames * (1 - recipe.Masks.Probability));
        var decoder = first ? frames * s.Width * s.Width
            : frames * (s.DecoderKernel * s.DecoderChannels / (double)s.DecoderGroups * (s.Width + (s.DecoderDepth - 1) * s.DecoderChannels) + (double)s.DecoderChannels * s.Width);
        var student = extractor + clones * (positions + Encoder(s, visible) + decoder);
        var teacher = positions + Encoder(s, s.UtteranceTokens + frames);
        return 2 * utterances * (3 * student + teacher);
    }

    /// <summary>Multiplications of extractor and projection; and the frames that come out.</summary>
    private static double Local(PretrainSizes s, double samples, out double frames)
    {
        double channels = s.ExtractorChannels, operations = 0;
        frames = samples;
        foreach (var (kernel, stride) in new[] { (10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2) })
        {
            frames = Math.Max(1, Math.Floor((frames - kernel) / stride) + 1);
            operations += frames * kernel * channels * (operations == 0 ? 1 : channels);
        }
        return operations + frames * channels * s.Width;
    }

    private static double Positions(PretrainSizes s, double frames) => frames * s.PositionalDepth * s.PositionalKernel * s.Width * s.Width / s.PositionalGroups;

    private static double Encoder(PretrainSizes s, double length) => (s.Prenet + s.Depth) * length * ((4 + 2 * s.FeedForwardRatio) * (double)s.Width * s.Width + 2 * length * s.Width);
}
