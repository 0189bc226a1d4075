using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Where an upstream's numbers come from.</summary>
public enum UpstreamKind
{
    /// <summary>Signal processing alone: nothing learned, no checkpoint.</summary>
    Signal,

    /// <summary>A pre-trained encoder, read from a checkpoint.</summary>
    Model,
}

/// <summary>What is known of an upstream before anything is computed.</summary>
/// <param name="Name">Name in grids and tables.</param>
/// <param name="Kind">Signal processing or model.</param>
/// <param name="Dimension">Values per frame and layer.</param>
/// <param name="FrameRate">Frames per second of 16 kHz speech, up to edge effects.</param>
/// <param name="Layers">Blocks whose output can be read (<see cref="FeatureRules"/>); 1 for signal processing.</param>
/// <param name="Parameters">Learned parameters as the published tables count them, with what only pre-training uses; of Whisper the encoder; 0 for signal processing.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="UtteranceTokens">Learned tokens before the frames.</param>
public sealed record Upstream(string Name, UpstreamKind Kind, int Dimension, double FrameRate, int Layers, long Parameters, string Paper, int UtteranceTokens = 0)
{
    /// <summary>Name of the model with the same names and shapes, where another one was published first; null = its own.</summary>
    public string? Shapes { get; init; }

    /// <summary>Whether it has what the rules ask for.</summary>
    /// <exception cref="InputException">No such rule, layer or token.</exception>
    public FeatureRules Check(FeatureRules rules)
    {
        if (Kind == UpstreamKind.Signal && rules.CheckLayers().Layers is not (FeatureRules.Last or FeatureRules.All))
            throw new InputException($"{Name}: layer rule '{rules.Layers}', but it has one layer; '{FeatureRules.Last}' is what it has");
        return rules.Check(Name, Layers, UtteranceTokens);
    }
}

/// <summary>The upstreams a grid can name, as data; the engine computes them. Models are read from the user's checkpoint files.</summary>
public static class UpstreamCatalogue
{
    private const string MelCepstra = "Davis and Mermelstein, 1980", Quantised = "Baevski et al., 2019 (vq-wav2vec)", Wav2Vec2 = "Baevski et al., 2020",
        Hubert = "Hsu et al., 2021", WavLm = "Chen et al., 2022", Whisper = "Radford et al., 2022", Data2Vec2 = "Baevski et al., 2022 (Efficient self-supervised learning)";

    /// <summary>All upstreams, in the order of tables.</summary>
    public static ImmutableArray<Upstream> All { get; } =
    [
        new("fbank", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
        new("mfcc", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
        new("wav2vec_large", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 32_537_088, "Schneider et al., 2019"),
        new("vq_wav2vec", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 34_145_408, Quantised),
        new("vq_wav2vec_kmeans", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 33_014_272, Quantised),
        new("wav2vec2_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 95_044_608, Wav2Vec2),
        new("wav2vec2_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 317_390_592, Wav2Vec2),
        new("hubert_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_697_600, Hubert),
        new("hubert_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 316_609_408, Hubert),
        new("wavlm_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_381_936, WavLm),
        new("wavlm_base_plus", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_381_936, WavLm) { Shapes = "wavlm_base" },
        new("wavlm_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 315_453_120, WavLm),
        new("whisper_tiny", UpstreamKind.Model, Dimension: 384, FrameRate: 50, Layers: 4, Parameters: 7_632_384, Whisper),
        new("whisper_base", UpstreamKind.Model, Dimension: 512, FrameRate: 50, Layers: 6, Parameters: 19_822_592, Whisper),
        new("whisper_small", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 87_002_112, Whisper),
        new("whisper_medium", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 305_680_384, Whisper),
        new("whisper_large", UpstreamKind.Model, Dimension: 1280, FrameRate: 50, Layers: 32, Parameters: 634_864_640, Whisper),
        new("whisper_large_v3", UpstreamKind.Model, Dimension: 1280, FrameRate: 50, Layers: 32, Parameters: 635_048_960, Whisper),
        new("data2vec_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_754_880, "Baevski et al., 2022 (data2vec)"),
        new("data2vec2_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_783_308, Data2Vec2),
        new("data2vec2_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 315_184_144, Data2Vec2),
        new("emotion2vec_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_790_988, "Ma et al., 2023", UtteranceTokens: 10),
    ];

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(u => u.Name)];

    /// <param name="others">Names of a grid's own models, which may have been meant.</param>
    /// <exception cref="InputException">No upstream has this name.</exception>
    public static Upstream Find(string name, IEnumerable<string>? others = null)
    {
        if (All.FirstOrDefault(u => u.Name == name) is { } known) return known;
        string[] names = [.. Names, .. others ?? []];
        throw new InputException($"unknown upstream '{name}'{Nearest.Hint(name, names)}; there are {string.Join(", ", names.Distinct())}");
    }
}
