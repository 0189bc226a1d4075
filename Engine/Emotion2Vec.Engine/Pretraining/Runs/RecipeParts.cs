using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>From a recipe as data to what computes it.</summary>
internal static class RecipeParts
{
    internal static Data2Vec2Sizes Data2Vec2(PretrainSizes s) => new()
    {
        Extractor = ConvolutionalExtractor.Standard(s.ExtractorChannels),
        Width = s.Width,
        Heads = s.Heads,
        Prenet = s.Prenet,
        Depth = s.Depth,
        FeedForwardRatio = s.FeedForwardRatio,
        UtteranceTokens = s.UtteranceTokens,
        PositionalDepth = s.PositionalDepth,
        PositionalKernel = s.PositionalKernel,
        PositionalGroups = s.PositionalGroups,
        DecoderDepth = s.DecoderDepth,
        DecoderChannels = s.DecoderChannels,
        DecoderKernel = s.DecoderKernel,
        DecoderGroups = s.DecoderGroups,
    };

    internal static Data2Vec1Sizes Data2Vec1(PretrainSizes s) => new()
    {
        Extractor = ConvolutionalExtractor.Standard(s.ExtractorChannels),
        Width = s.Width,
        Heads = s.Heads,
        Depth = s.Depth,
        FeedForward = s.Width * s.FeedForwardRatio,
        UtteranceTokens = s.UtteranceTokens,
        PositionalDepth = s.PositionalDepth,
        PositionalKernel = s.PositionalKernel,
        PositionalGroups = s.PositionalGroups,
    };

    internal static Data2Vec2Objective Objective(PretrainObjective o) => new()
    {
        Clones = o.Clones,
        TopLayers = o.TopLayers,
        Norms = new TargetNorms(o.InstanceNormLayers, o.BatchNormLayers, o.LayerNormLayers, o.LayerNormTargets, o.InstanceNormTargets),
        Utterance = o.UtteranceLoss,
        UtteranceTarget = o.UttTarget,
        UtteranceWeight = o.UtteranceWeight,
        FrameWeight = o.FrameWeight,
        NoiseDeviation = o.DecoderNoise,
    };

    internal static MaskOptions Masks(PretrainMasks m) => new(m.Probability, m.Length, m.Adjust, m.Dropout, m.AsPrinted);

    internal static Data2Vec2Dropout Dropout(PretrainDropout d) =>
        new(d.Encoder, d.Attention, d.PostFeedForward, d.Activation, d.Prenet, d.DecoderInput, d.LayerDrop, d.PrenetLayerDrop);

    internal static ILearningRate LearningRate(PretrainRecipe recipe)
    {
        var (schedule, peak, updates) = (recipe.Schedule, recipe.Adam.LearningRate, recipe.Updates);
        return schedule.Kind == RateSchedule.Cosine
            ? new CosineRate(peak, (long)Math.Round(schedule.WarmUp * updates), Math.Max(1, updates))
            : new TriStageRate(peak, updates, schedule.WarmUp, schedule.Hold, schedule.Fall);
    }

    internal static TeacherDecay Decay(PretrainTeacher t) => new(t.Start, t.End, t.Anneal);
}
