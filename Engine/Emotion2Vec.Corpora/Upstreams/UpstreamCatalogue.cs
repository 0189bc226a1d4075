using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Where an upstream's numbers come from.</summary>
public enum UpstreamKind
{
    /// <summary>Signal processing alone: nothing learned, no checkpoint.</summary>
    Signal,

    /// <summary>A pre-trained encoder, read from a checkpoint.</summary>
    Model,

    /// <summary>Made elsewhere, read from files (<see cref="ImportedFeatures"/>).</summary>
    Imported,
}

/// <summary>What is known of an upstream before anything is computed.</summary>
/// <param name="Name">Name in grids and tables.</param>
/// <param name="Kind">Signal processing or model.</param>
/// <param name="Dimension">Values per frame and layer; 0 where the files tell.</param>
/// <param name="FrameRate">Frames per second of 16 kHz speech, up to edge effects; 0 where the files tell.</param>
/// <param name="Layers">Blocks whose output can be read (<see cref="FeatureRules"/>); 1 for signal processing.</param>
/// <param name="Parameters">Learned parameters as the published tables count them, with what only pre-training uses; of Whisper the encoder; 0 for signal processing.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="UtteranceTokens">Learned tokens before the frames.</param>
public sealed record Upstream(string Name, UpstreamKind Kind, int Dimension, double FrameRate, int Layers, long Parameters, string Paper, int UtteranceTokens = 0)
{
    /// <summary>Its network; null for signal processing, files, and where <see cref="Shapes"/> names the model that has it.</summary>
    public UpstreamNetwork? Network { get; init; }

    /// <summary>Name of the model with the same names and shapes, where another one was published first; null = its own.</summary>
    public string? Shapes { get; init; }

    /// <summary>Where its weights are found; null for signal processing.</summary>
    public PublishedWeights? Weights { get; init; }

    /// <summary>Corpora of this platform that it heard, without labels, when it was pre-trained.</summary>
    public ImmutableArray<string> Heard { get; init; } = [];

    /// <summary>Whether it has what the rules ask for.</summary>
    /// <exception cref="InputException">No such rule, layer or token.</exception>
    public FeatureRules Check(FeatureRules rules)
    {
        if (Kind == UpstreamKind.Imported && rules.CheckLayers().CheckTokens() != new FeatureRules())
            throw new InputException($"{Name}: features from files have one layer and no utterance tokens; there is nothing to choose");
        if (Kind == UpstreamKind.Signal && rules.CheckLayers().Layers is not (FeatureRules.Last or FeatureRules.All))
            throw new InputException($"{Name}: layer rule '{rules.Layers}', but it has one layer; '{FeatureRules.Last}' is what it has");
        return rules.Check(Name, Layers, UtteranceTokens);
    }
}

/// <summary>A network, as far as its width (<see cref="Upstream.Dimension"/>) and its layers do not tell. Together they say which tensors a checkpoint has.</summary>
/// <param name="Family">Which code of the engine runs it, such as <c>hubert</c>.</param>
/// <param name="LayerNorms">Of wav2vec 2.0, HuBERT, WavLM: every convolution is normalised over channels and layers what they read, as in large models; else the first convolution over time and layers their sums.</param>
/// <param name="Targets">Of wav2vec 2.0 and HuBERT: width in which pre-training compares targets.</param>
/// <param name="Prenet">Of emotion2vec and data2vec 2.0: layers of the context encoder.</param>
/// <param name="Decoder">Of emotion2vec and data2vec 2.0: width of the decoder.</param>
/// <param name="MelBins">Of Whisper: mel bands that it hears.</param>
/// <param name="Nearest">Of vq-wav2vec: codewords are the nearest ones (k-means), not those of the largest output (Gumbel).</param>
public sealed record UpstreamNetwork(string Family, bool LayerNorms = false, int Targets = 0, int Prenet = 0, int Decoder = 0, int MelBins = 80, bool Nearest = false);

/// <summary>Where the weights of a model are published. They are for the user to fetch: the platform never downloads anything.</summary>
/// <param name="File">Its name there.</param>
/// <param name="Address">Where it lies, or the page that leads to it.</param>
/// <param name="Licence">As the publisher states it.</param>
/// <param name="Key">What the state dict is saved under.</param>
/// <param name="Input">What happens to the waveform first.</param>
/// <param name="HuggingFace">The same weights in Hugging Face's names; null where there are none.</param>
public sealed record PublishedWeights(string File, string Address, string Licence, string Key, string Input, HuggingFaceWeights? HuggingFace = null);

/// <summary>Weights at Hugging Face: <c>model.safetensors</c> or <c>pytorch_model.bin</c>.</summary>
/// <param name="Repository">Owner and name.</param>
/// <param name="Licence">As the page there states it, which may be another one than the authors' own.</param>
public sealed record HuggingFaceWeights(string Repository, string Licence);

/// <summary>The upstreams a grid can name, as data; the engine computes them. Models are read from the user's checkpoint files.</summary>
public static class UpstreamCatalogue
{
    private const string MelCepstra = "Davis and Mermelstein, 1980", Quantised = "Baevski et al., 2019 (vq-wav2vec)", Wav2Vec2 = "Baevski et al., 2020",
        Hubert = "Hsu et al., 2021", WavLm = "Chen et al., 2022", Whisper = "Radford et al., 2022", Data2Vec2 = "Baevski et al., 2022 (Efficient self-supervised learning)";
    // Whisper's addresses name the SHA-256 of the file before the file.
    private const string Fairseq = "https://dl.fbaipublicfiles.com/", Unilm = "https://github.com/microsoft/unilm/tree/master/wavlm", OpenAi = "https://openaipublic.azureedge.net/main/whisper/models/";
    private const string Apache = "Apache 2.0", ShareAlike = "CC BY-SA 3.0";
    // Families whose checkpoints have settings may be told otherwise by them.
    private const string Always = "as it is", Settings = ", where the file's settings do not say otherwise", AsItIs = Always + Settings, Normalised = "mean 0, variance 1" + Settings;

    /// <summary>All upstreams, in the order of tables.</summary>
    public static ImmutableArray<Upstream> All { get; } =
    [
        new("fbank", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
        new("mfcc", UpstreamKind.Signal, Dimension: 80, FrameRate: 100, Layers: 1, Parameters: 0, MelCepstra),
        new("mfcc39", UpstreamKind.Signal, Dimension: 39, FrameRate: 43, Layers: 1, Parameters: 0, MelCepstra),
        new("wav2vec_large", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 32_537_088, "Schneider et al., 2019")
            { Network = new("wav2vec"), Weights = new("wav2vec_large.pt", Fairseq + "fairseq/wav2vec/wav2vec_large.pt", "MIT", "model", Always) },
        new("vq_wav2vec", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 34_145_408, Quantised)
            { Network = new("vq_wav2vec"), Weights = new("vq-wav2vec.pt", Fairseq + "fairseq/wav2vec/vq-wav2vec.pt", "MIT", "model", Always) },
        new("vq_wav2vec_kmeans", UpstreamKind.Model, Dimension: 512, FrameRate: 100, Layers: 12, Parameters: 33_014_272, Quantised)
            { Network = new("vq_wav2vec", Nearest: true), Weights = new("vq-wav2vec_kmeans.pt", Fairseq + "fairseq/wav2vec/vq-wav2vec_kmeans.pt", "MIT", "model", Always) },
        new("wav2vec2_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 95_044_608, Wav2Vec2)
            { Network = new("wav2vec2", Targets: 256), Weights = new("wav2vec_small.pt", Fairseq + "fairseq/wav2vec/wav2vec_small.pt", "MIT", "model", AsItIs, new("facebook/wav2vec2-base", Apache)) },
        new("wav2vec2_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 317_390_592, Wav2Vec2)
            { Network = new("wav2vec2", LayerNorms: true, Targets: 768), Weights = new("wav2vec_vox_new.pt", Fairseq + "fairseq/wav2vec/wav2vec_vox_new.pt", "MIT", "model", Normalised, new("facebook/wav2vec2-large-lv60", Apache)) },
        new("hubert_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_697_600, Hubert)
            { Network = new("hubert", Targets: 256), Weights = new("hubert_base_ls960.pt", Fairseq + "hubert/hubert_base_ls960.pt", "MIT", "model", AsItIs, new("facebook/hubert-base-ls960", Apache)) },
        new("hubert_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 316_609_408, Hubert)
            { Network = new("hubert", LayerNorms: true, Targets: 768), Weights = new("hubert_large_ll60k.pt", Fairseq + "hubert/hubert_large_ll60k.pt", "MIT", "model", Normalised, new("facebook/hubert-large-ll60k", Apache)) },
        new("wavlm_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_381_936, WavLm)
            { Network = new("wavlm"), Weights = new("WavLM-Base.pt", Unilm, "MIT", "model", AsItIs, new("microsoft/wavlm-base", ShareAlike)) },
        new("wavlm_base_plus", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 94_381_936, WavLm)
            { Shapes = "wavlm_base", Weights = new("WavLM-Base+.pt", Unilm, "MIT", "model", AsItIs, new("microsoft/wavlm-base-plus", ShareAlike)) },
        new("wavlm_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 315_453_120, WavLm)
            { Network = new("wavlm", LayerNorms: true), Weights = new("WavLM-Large.pt", Unilm, "MIT", "model", Normalised, new("microsoft/wavlm-large", ShareAlike)) },
        new("whisper_tiny", UpstreamKind.Model, Dimension: 384, FrameRate: 50, Layers: 4, Parameters: 7_632_384, Whisper)
            { Network = new("whisper"), Weights = new("tiny.pt", OpenAi + "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9/tiny.pt", "MIT", "model_state_dict", Always, new("openai/whisper-tiny", Apache)) },
        new("whisper_base", UpstreamKind.Model, Dimension: 512, FrameRate: 50, Layers: 6, Parameters: 19_822_592, Whisper)
            { Network = new("whisper"), Weights = new("base.pt", OpenAi + "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e/base.pt", "MIT", "model_state_dict", Always, new("openai/whisper-base", Apache)) },
        new("whisper_small", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 87_002_112, Whisper)
            { Network = new("whisper"), Weights = new("small.pt", OpenAi + "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794/small.pt", "MIT", "model_state_dict", Always, new("openai/whisper-small", Apache)) },
        new("whisper_medium", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 305_680_384, Whisper)
            { Network = new("whisper"), Weights = new("medium.pt", OpenAi + "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1/medium.pt", "MIT", "model_state_dict", Always, new("openai/whisper-medium", Apache)) },
        new("whisper_large", UpstreamKind.Model, Dimension: 1280, FrameRate: 50, Layers: 32, Parameters: 634_864_640, Whisper)
            { Network = new("whisper"), Weights = new("large-v2.pt", OpenAi + "81f7c96c852ee8fc832187b0132e569d6c3065a3252ed18e56effd0b6a73e524/large-v2.pt", "MIT", "model_state_dict", Always, new("openai/whisper-large-v2", Apache)) },
        new("whisper_large_v3", UpstreamKind.Model, Dimension: 1280, FrameRate: 50, Layers: 32, Parameters: 635_048_960, Whisper)
            { Network = new("whisper", MelBins: 128), Weights = new("large-v3.pt", OpenAi + "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb/large-v3.pt", "MIT", "model_state_dict", Always, new("openai/whisper-large-v3", Apache)) },
        new("data2vec_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_754_880, "Baevski et al., 2022 (data2vec)")
            { Network = new("data2vec"), Weights = new("audio_base_ls.pt", Fairseq + "fairseq/data2vec/audio_base_ls.pt", "MIT", "model", Normalised, new("facebook/data2vec-audio-base", Apache)) },
        new("data2vec2_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_783_308, Data2Vec2)
            { Network = new("data2vec2", Prenet: 4, Decoder: 384), Weights = new("base_libri.pt", Fairseq + "fairseq/data2vec2/base_libri.pt", "MIT", "model", Normalised) },
        new("data2vec2_large", UpstreamKind.Model, Dimension: 1024, FrameRate: 50, Layers: 24, Parameters: 315_184_144, Data2Vec2)
            { Network = new("data2vec2", Prenet: 8, Decoder: 768), Weights = new("large_vox.pt", Fairseq + "fairseq/data2vec2/large_vox.pt", "MIT", "model", Normalised) },
        new("emotion2vec_base", UpstreamKind.Model, Dimension: 768, FrameRate: 50, Layers: 12, Parameters: 93_790_988, "Ma et al., 2023", UtteranceTokens: 10)
            { Network = new("emotion2vec", Prenet: 4, Decoder: 384), Weights = new("emotion2vec_base.pt", "https://huggingface.co/emotion2vec/emotion2vec_base", "FunASR's model licence", "model", Normalised), Heard = PretrainingCorpora.Emo262 },
        new("bert", UpstreamKind.Imported, Dimension: 0, FrameRate: 0, Layers: 1, Parameters: 0, "Devlin et al., 2019; features of the transcripts, from files"),
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
