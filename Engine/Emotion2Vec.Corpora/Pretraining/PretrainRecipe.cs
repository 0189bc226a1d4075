using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Pretraining;

/// <summary>The network that is pre-trained, and the way of training that goes with it.</summary>
public enum PretrainArchitecture
{
    /// <summary>data2vec 2.0 with utterance tokens and utterance loss (Ma et al., 2023).</summary>
    Emotion2vec,

    /// <summary>data2vec 2.0 audio (Baevski et al., 2023): the same network without tokens.</summary>
    Data2vec2,

    /// <summary>data2vec 1.0 audio (Baevski et al., 2022), with tokens and utterance loss where a recipe adds them.</summary>
    Data2vec,
}

/// <summary>How the learning rate changes.</summary>
public enum RateSchedule
{
    /// <summary>Linear warm-up, then half a cosine to 0.</summary>
    Cosine,

    /// <summary>Linear rise, constant, exponential fall: data2vec 1.0.</summary>
    TriStage,
}

/// <summary>What the student's utterance embedding is (section 3.2 of the paper).</summary>
public enum UtteranceLoss
{
    /// <summary>No utterance loss: data2vec.</summary>
    None,

    /// <summary>The output of the first token; meant for models with one.</summary>
    Token,

    /// <summary>The mean output of all tokens: emotion2vec.</summary>
    Chunk,

    /// <summary>The mean over time of the predictions; meant for models without tokens.</summary>
    Global,

    /// <summary>The output of the last token: what the public data2vec 2.0 code has.</summary>
    Single,
}

/// <summary>What the utterance embedding is drawn to. The paper says: the temporal mean of the targets (Eq. 7).</summary>
public enum UtteranceTarget
{
    /// <summary>
    /// That of the normalised targets, as in the public configuration. It is zero up to rounding, because every layer is
    /// normalised over time.
    /// </summary>
    Normalized,

    /// <summary>That of the average of the feed-forward outputs, not normalised.</summary>
    RawFfn,

    /// <summary>That of the average of the block outputs.</summary>
    RawBlock,

    /// <summary>That of targets that are layer-normed after averaging. The frame loss then has these targets too.</summary>
    LayerNorm,
}

/// <summary>Sizes of the network. The defaults are emotion2vec base. Values are counts.</summary>
/// <param name="ExtractorChannels">Channels of the seven convolutions from the waveform to frames.</param>
/// <param name="Width">Values per frame, a multiple of <paramref name="Heads"/> and of the groups.</param>
/// <param name="Prenet">Blocks of the context encoder; none in data2vec 1.0.</param>
/// <param name="Depth">Main blocks.</param>
/// <param name="FeedForwardRatio">Width of the feed-forward networks ÷ <paramref name="Width"/>.</param>
/// <param name="UtteranceTokens">Learned tokens before the frames.</param>
/// <param name="PositionalDepth">Positional convolutions, one after the other.</param>
/// <param name="PositionalKernel">Frames in the kernel of each.</param>
/// <param name="DecoderDepth">Convolutions of the decoder; data2vec 1.0 has none.</param>
public sealed record PretrainSizes(
    int ExtractorChannels = 512, int Width = 768, int Heads = 12, int Prenet = 4, int Depth = 8, int FeedForwardRatio = 4, int UtteranceTokens = 10,
    int PositionalDepth = 5, int PositionalKernel = 19, int PositionalGroups = 16,
    int DecoderDepth = 4, int DecoderChannels = 384, int DecoderKernel = 7, int DecoderGroups = 16);

/// <summary>What the student is asked for. The defaults are emotion2vec's public configuration.</summary>
/// <param name="Clones">Masked versions of each utterance in a batch; data2vec 1.0 has one.</param>
/// <param name="TopLayers">k of Eq. 4: blocks that make the target, the last ones.</param>
/// <param name="UtteranceWeight">α of Eq. 10.</param>
/// <param name="FrameWeight">Weight of the frame loss: 1, or 0 for the utterance loss alone.</param>
/// <param name="DecoderNoise">Standard deviation of what the decoder sees at masked frames.</param>
/// <param name="InstanceNormLayers">Each target layer over time, per channel and utterance.</param>
/// <param name="BatchNormLayers">Each target layer over time and batch.</param>
/// <param name="LayerNormLayers">Each target layer over channels.</param>
/// <param name="LayerNormTargets">The average of the layers over channels.</param>
/// <param name="InstanceNormTargets">The average of the layers over time.</param>
public sealed record PretrainObjective(
    int Clones = 8, int TopLayers = 8, UtteranceLoss UtteranceLoss = UtteranceLoss.Chunk, UtteranceTarget UttTarget = UtteranceTarget.Normalized,
    double UtteranceWeight = 1, double FrameWeight = 1, double DecoderNoise = 0.01,
    bool InstanceNormLayers = true, bool BatchNormLayers = false, bool LayerNormLayers = false, bool LayerNormTargets = false, bool InstanceNormTargets = false);

/// <summary>Masks, as probabilities in [0, 1] and frames.</summary>
/// <param name="Probability">Share of frames masked in the end (data2vec 1.0: frames in spans, overlaps counted twice).</param>
/// <param name="Length">Frames of a block.</param>
/// <param name="Adjust">Added to the probability when the number of blocks is drawn.</param>
/// <param name="Dropout">Share of blocks drawn on top.</param>
/// <param name="AsPrinted">Masks as the paper's sentence reads, about 97 %, instead of what its code does.</param>
public sealed record PretrainMasks(double Probability = 0.5, int Length = 5, double Adjust = 0.05, double Dropout = 0, bool AsPrinted = false);

/// <summary>What training drops, as probabilities in [0, 1). data2vec 1.0 knows <paramref name="Encoder"/> and <paramref name="LayerDrop"/> only.</summary>
public sealed record PretrainDropout(
    double Encoder = 0.1, double Attention = 0.1, double PostFeedForward = 0.1, double Activation = 0,
    double Prenet = 0.1, double DecoderInput = 0.1, double LayerDrop = 0.05, double PrenetLayerDrop = 0.05)
{
    public static PretrainDropout None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>Adam in the reference's order.</summary>
/// <param name="LearningRate">The highest rate of the schedule.</param>
/// <param name="WeightDecay">Of every parameter.</param>
/// <param name="ClipNorm">Largest norm of the gradient of all parameters together; 0 = unlimited.</param>
public sealed record PretrainAdam(
    double LearningRate = 7.5e-5, double Beta1 = 0.9, double Beta2 = 0.98, double Epsilon = 1e-6, double WeightDecay = 0.01, double ClipNorm = 0);

/// <summary>The course of the learning rate over all updates.</summary>
/// <param name="WarmUp">Share of the updates that rise, in [0, 1).</param>
/// <param name="Hold">Share at the peak; tri-stage only.</param>
/// <param name="Fall">Share that falls; tri-stage only.</param>
public sealed record PretrainSchedule(RateSchedule Kind = RateSchedule.Cosine, double WarmUp = 0.05, double Hold = 0, double Fall = 0);

/// <summary>The teacher's decay τ (Eq. 11): linear from start to end over so many updates, then constant.</summary>
public sealed record PretrainTeacher(double Start = 0.999, double End = 0.99999, int Anneal = 20_000);

/// <summary>What one update sees.</summary>
/// <param name="Samples">Samples (16 kHz) of one micro-batch at most: utterances × the longest of them.</param>
/// <param name="ShortestClip">Shorter utterances are left out.</param>
/// <param name="LongestClip">Longer ones are cropped.</param>
/// <param name="Utterances">Utterances of one micro-batch at most; 0 = no limit.</param>
/// <param name="Accumulate">Micro-batches of one update: the paper's 4 GPUs × update frequency 4.</param>
public sealed record PretrainBatches(int Samples = 1_000_000, int ShortestClip = 16_000, int LongestClip = 320_000, int Utterances = 0, int Accumulate = 16);

/// <summary>When a run has collapsed. A limit of 0 never stops.</summary>
/// <param name="After">Updates before the spreads count, as in the reference.</param>
/// <param name="TargetSpread">Mean deviation of the targets that a run may not fall below.</param>
/// <param name="PredictionSpread">The same of predictions.</param>
/// <param name="RelativeError">
/// Squared error ÷ variance of the targets, averaged over 50 updates, that a run may not fall below: predictions that became
/// too easy while the targets keep their variance.
/// </param>
public sealed record PretrainStops(int After = 5000, double TargetSpread = 0.1, double PredictionSpread = 0.01, double RelativeError = 0.2);

/// <summary>
/// How a model is pre-trained: everything that its weights depend on besides data and initial weights. The defaults are
/// emotion2vec's public configuration with the paper's batches; <see cref="PretrainRecipes"/> has those of the other models.
/// </summary>
public sealed record PretrainRecipe
{
    public PretrainArchitecture Architecture { get; init; } = PretrainArchitecture.Emotion2vec;

    public PretrainSizes Sizes { get; init; } = new();

    public PretrainObjective Objective { get; init; } = new();

    public PretrainMasks Masks { get; init; } = new();

    public PretrainDropout Dropout { get; init; } = new();

    public PretrainAdam Adam { get; init; } = new();

    public PretrainSchedule Schedule { get; init; } = new();

    public PretrainTeacher Teacher { get; init; } = new();

    public PretrainBatches Batches { get; init; } = new();

    public PretrainStops Stops { get; init; } = new();

    /// <summary>Updates of the student in all; 0 gives the initial weights.</summary>
    public int Updates { get; init; } = 100_000;

    /// <summary>Of initial values, order, crops, masks, noise and dropout.</summary>
    public int Seed { get; init; } = 1;
}
