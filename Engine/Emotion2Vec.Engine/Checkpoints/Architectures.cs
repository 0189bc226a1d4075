using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>A published model: the tensors its checkpoint holds.</summary>
/// <param name="Name">Such as <c>emotion2vec_base</c>.</param>
/// <param name="Family">Such as <c>emotion2vec</c>; sizes of one family share their names' pattern.</param>
/// <param name="Tensors">Names (fairseq's) and shapes.</param>
public sealed record Architecture(string Name, string Family, ImmutableArray<TensorSpec> Tensors)
{
    /// <summary>All parameters, with those that only pre-training uses.</summary>
    public long Parameters { get; } = Tensors.Where(t => !Architectures.IsBuffer(t.Name)).Sum(t => t.Count);
}

/// <summary>
/// The names and shapes of the catalogue's models, written down by the pattern of their family. The counts agree with running the reference code:
/// emotion2vec base 93,790,988, data2vec 2.0 base 93,783,308 (both with decoder), data2vec 1.0 93,754,880.
/// </summary>
public static class Architectures
{
    private const string Audio = "modality_encoders.AUDIO.";

    /// <summary>Channels of an attention head, in all of them.</summary>
    private const int HeadWidth = 64;

    /// <summary>What features do without, by the beginning of its name: decoders (Whisper's too), prediction heads and quantizers of targets.</summary>
    internal static readonly ImmutableArray<string> PretrainingPrefixes =
    [
        Audio + "decoder.", "final_proj.", "quantizer.", "project_q.", "label_embs_concat", "wav2vec_predictions.", "decoder.", "proj_out.",
    ];

    /// <summary>Of these, what tells families of one network apart: a HuBERT is no wav2vec 2.0.</summary>
    private static readonly ImmutableArray<string> Distinctive = ["quantizer.", "project_q.", "label_embs_concat"];

    /// <summary>All models of the catalogue whose network is their own, in its order.</summary>
    public static ImmutableArray<Architecture> All { get; } = [.. UpstreamCatalogue.All.Where(u => u.Network is not null).Select(u => new Architecture(u.Name, u.Network!.Family, [.. Tensors(u, u.Network)]))];

    private static IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network)
    {
        var (dim, targets) = (model.Dimension, network.Targets);
        return network.Family switch
        {
            "emotion2vec" or "data2vec2" => Data2Vec2(model, network),
            "data2vec" => [.. SpeechTransformer(model, network, chained: true), .. Linear("final_proj", dim, dim)],
            "wav2vec2" => [.. SpeechTransformer(model, network, bias: network.LayerNorms), .. Targets(dim, targets)],
            "hubert" => [.. SpeechTransformer(model, network), Spec("label_embs_concat", 504, targets), .. Linear("final_proj", targets, dim)],
            "wavlm" => [.. SpeechTransformer(model, network), .. GatedPositions(dim, model.Layers)],
            "wav2vec" => [.. Wav2Vec(convolutions: 7), .. Steps()],
            "vq_wav2vec" => [.. Wav2Vec(convolutions: 8), .. network.Nearest ? KMeans() : Gumbel(), .. Steps()],
            "whisper" => Whisper(dim, model.Layers, network.MelBins),
            _ => throw new InvalidOperationException($"{model.Name}: no family '{network.Family}'"),
        };
    }

    /// <summary>True for tensors that only pre-training uses: feature extraction does without.</summary>
    public static bool OnlyForPretraining(string name) => PretrainingPrefixes.Any(h => name.StartsWith(h, StringComparison.Ordinal));

    /// <summary>True for what is stored but not learned: Whisper's table of sinusoids. Parameter counts leave it out.</summary>
    public static bool IsBuffer(string name) => name == "positional_embedding";

    /// <exception cref="InputException">There is none of this name.</exception>
    public static Architecture Find(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new InputException($"unknown architecture '{name}'{Nearest.Hint(name, All.Select(a => a.Name))}; there are {string.Join(", ", All.Select(a => a.Name))}");

    /// <summary>
    /// What a checkpoint is, by its names: the published model if its names and shapes are those (those that only pre-training
    /// uses may be missing), else its family; <c>unknown</c> where no family has such names.
    /// </summary>
    /// <param name="tensors">Under fairseq's names, as <see cref="StateDictNames.ToFairseq"/> gives them.</param>
    public static (string Family, Architecture? Published) Detect(IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var names = tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var family = Family(names);
        var shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        var published = All.FirstOrDefault(a => a.Family == family && HasAll(a, shapes));
        // Without their heads wav2vec 2.0 and HuBERT have the same names: the sizes may tell.
        if (published is null && family == "wav2vec2" && !names.Any(n => Distinctive.Any(h => n.StartsWith(h, StringComparison.Ordinal)))) published = All.FirstOrDefault(a => a.Family == "hubert" && HasAll(a, shapes));
        return (published?.Family ?? family, published);
    }

    /// <summary>Whether a checkpoint can be that model: it has all of its tensors but perhaps those that only pre-training uses, and of those none that the model lacks.</summary>
    /// <param name="tensors">Under fairseq's names.</param>
    public static bool Fits(Architecture architecture, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        var own = architecture.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return HasAll(architecture, shapes) && shapes.Keys.All(n => own.Contains(n) || !Distinctive.Any(h => n.StartsWith(h, StringComparison.Ordinal)));
    }

    private static bool HasAll(Architecture architecture, Dictionary<string, ImmutableArray<long>> shapes) => architecture.Tensors.All(t =>
        shapes.TryGetValue(t.Name, out var shape) ? shape.SequenceEqual(t.Shape) || shape.Length < t.Shape.Length && t.Name.EndsWith("alibi_scale", StringComparison.Ordinal)
            : OnlyForPretraining(t.Name) || t.Name == "mask_emb");

    private static string Family(HashSet<string> names)
    {
        bool Any(string beginning) => names.Any(n => n.StartsWith(beginning, StringComparison.Ordinal));
        if (Any(Audio)) return names.Contains(Audio + "extra_tokens") ? "emotion2vec" : "data2vec2";
        if (names.Contains("positional_embedding") && names.Contains("conv1.weight")) return "whisper";
        if (Any("feature_aggregator.")) return Any("vector_quantizer.") ? "vq_wav2vec" : "wav2vec";
        if (!Any("feature_extractor.conv_layers.") || !Any("encoder.layers.")) return "unknown";
        if (names.Contains("encoder.layers.0.self_attn.grep_a")) return "wavlm";
        if (names.Contains("encoder.pos_conv.1.0.weight")) return "data2vec";
        if (Any("quantizer.")) return "wav2vec2";
        // Without their heads wav2vec 2.0 and HuBERT have the same names.
        return names.Contains("label_embs_concat") || Any("final_proj.") ? "hubert" : "wav2vec2";
    }

    private static IEnumerable<TensorSpec> Data2Vec2(Upstream model, UpstreamNetwork network)
    {
        var (dim, decoder) = (model.Dimension, network.Decoder);
        return
        [
            .. model.UtteranceTokens > 0 ? (TensorSpec[])[Spec(Audio + "extra_tokens", 1, model.UtteranceTokens, dim)] : [],
            Spec(Audio + "alibi_scale", 1, 1, dim / HeadWidth, 1, 1),
            .. Extractor(Audio + "local_encoder.", layerNorms: true),
            .. Pair(Audio + "project_features.1", 512), .. Linear(Audio + "project_features.2", dim, 512),
            .. Enumerable.Range(1, 5).SelectMany(i => Convolution(Audio + $"relative_positional_encoder.{i}.0", dim, dim / 16, 19)),
            .. Enumerable.Range(0, network.Prenet).SelectMany(i => Block(Audio + $"context_encoder.blocks.{i}.", dim)),
            .. Pair(Audio + "context_encoder.norm", dim),
            .. Enumerable.Range(0, 4).SelectMany(i => Convolution(Audio + $"decoder.blocks.{i}.0", decoder, (i == 0 ? dim : decoder) / 16, 7)),
            .. Linear(Audio + "decoder.proj", dim, decoder),
            .. Enumerable.Range(0, model.Layers - network.Prenet).SelectMany(i => Block($"blocks.{i}.", dim)),
        ];
    }

    private static IEnumerable<TensorSpec> Block(string at, int dim) =>
    [
        .. Pair(at + "norm1", dim), .. Linear(at + "attn.qkv", 3 * dim, dim), .. Linear(at + "attn.proj", dim, dim),
        .. Pair(at + "norm2", dim), .. Linear(at + "mlp.fc1", 4 * dim, dim), .. Linear(at + "mlp.fc2", dim, 4 * dim),
    ];

    /// <summary>data2vec 1.0, wav2vec 2.0, HuBERT and WavLM without what only some have.</summary>
    /// <param name="chained">Five positional convolutions and layer norms in the extractor: data2vec.</param>
    private static IEnumerable<TensorSpec> SpeechTransformer(Upstream model, UpstreamNetwork network, bool chained = false, bool bias = false)
    {
        var dim = model.Dimension;
        IEnumerable<TensorSpec> positions = chained
            ? Enumerable.Range(0, 5).SelectMany(i => Convolution($"encoder.pos_conv.{i}.0", dim, dim / 16, 19))
            : [Spec("encoder.pos_conv.0.bias", dim), Spec("encoder.pos_conv.0.weight_g", 1, 1, 128), Spec("encoder.pos_conv.0.weight_v", dim, dim / 16, 128)];
        return
        [
            Spec("mask_emb", dim), .. Extractor("feature_extractor.", network.LayerNorms || chained, bias), .. Linear("post_extract_proj", dim, 512), .. positions,
            .. Enumerable.Range(0, model.Layers).Select(i => $"encoder.layers.{i}.").SelectMany(at => (TensorSpec[])
            [
                .. Linear(at + "self_attn.k_proj", dim, dim), .. Linear(at + "self_attn.v_proj", dim, dim),
                .. Linear(at + "self_attn.q_proj", dim, dim), .. Linear(at + "self_attn.out_proj", dim, dim),
                .. Pair(at + "self_attn_layer_norm", dim), .. Linear(at + "fc1", 4 * dim, dim), .. Linear(at + "fc2", dim, 4 * dim),
                .. Pair(at + "final_layer_norm", dim),
            ]),
            .. Pair("encoder.layer_norm", dim), .. Pair("layer_norm", 512),
        ];
    }

    /// <summary>wav2vec 2.0's quantiser of targets and its two projections.</summary>
    private static IEnumerable<TensorSpec> Targets(long dim, long final) =>
        [Spec("quantizer.vars", 1, 640, final / 2), .. Linear("quantizer.weight_proj", 640, 512), .. Linear("project_q", final, final), .. Linear("final_proj", final, dim)];

    /// <summary>WavLM's gated relative position bias; the table of 320 buckets is in the first layer only.</summary>
    private static IEnumerable<TensorSpec> GatedPositions(int dim, int layers) =>
    [
        Spec("encoder.layers.0.self_attn.relative_attention_bias.weight", 320, dim / HeadWidth),
        .. Enumerable.Range(0, layers).Select(i => $"encoder.layers.{i}.self_attn.")
            .SelectMany(at => (TensorSpec[])[Spec(at + "grep_a", 1, dim / HeadWidth, 1, 1), .. Linear(at + "grep_linear", 8, HeadWidth)]),
    ];

    /// <summary>Seven convolutions, hop 320; a norm after each (over channels), or after the first (over time).</summary>
    private static IEnumerable<TensorSpec> Extractor(string at, bool layerNorms, bool bias = false)
    {
        int[] kernels = [10, 3, 3, 3, 3, 2, 2];
        for (var i = 0; i < kernels.Length; i++)
        {
            yield return Spec(at + $"conv_layers.{i}.0.weight", 512, i == 0 ? 1 : 512, kernels[i]);
            if (bias) yield return Spec(at + $"conv_layers.{i}.0.bias", 512);
            if (!layerNorms && i > 0) continue;
            foreach (var spec in Pair(at + $"conv_layers.{i}.2{(layerNorms ? ".1" : "")}", 512)) yield return spec;
        }
    }

    private static IEnumerable<TensorSpec> Wav2Vec(int convolutions)
    {
        int[] kernels = [10, 8, 4, 4, 4, 1, 1, 1];
        return
        [
            .. Enumerable.Range(0, convolutions).SelectMany(i => (TensorSpec[])
                [Spec($"feature_extractor.conv_layers.{i}.0.weight", 512, i == 0 ? 1 : 512, kernels[i]), .. Pair($"feature_extractor.conv_layers.{i}.2", 512)]),
            .. Enumerable.Range(0, 12).SelectMany(i => (TensorSpec[])
                [.. Convolution($"feature_aggregator.conv_layers.{i}.1", 512, 512, i + 2), .. Pair($"feature_aggregator.conv_layers.{i}.3", 512)]),
        ];
    }

    private static IEnumerable<TensorSpec> Gumbel() =>
        [Spec("vector_quantizer.vars", 1, 640, 256), .. Linear("vector_quantizer.weight_proj.0.0", 1024, 512), .. Linear("vector_quantizer.weight_proj.1", 640, 1024)];

    /// <summary>One table of codewords for both groups, each projected by itself.</summary>
    private static IEnumerable<TensorSpec> KMeans() =>
        [Spec("vector_quantizer.embedding", 320, 1, 256), Spec("vector_quantizer.projection.0.weight", 512, 256, 1), .. Pair("vector_quantizer.projection.1", 512)];

    /// <summary>The head that predicts the next 12 frames: a transposed convolution.</summary>
    private static IEnumerable<TensorSpec> Steps() =>
        [Spec("wav2vec_predictions.project_to_steps.weight", 512, 512, 1, 12), Spec("wav2vec_predictions.project_to_steps.bias", 512)];

    private static IEnumerable<TensorSpec> Whisper(int dim, int layers, int bins) =>
    [
        Spec("positional_embedding", 1500, dim), .. Convolution("conv1", dim, bins, 3), .. Convolution("conv2", dim, dim, 3),
        .. Enumerable.Range(0, layers).Select(i => $"blocks.{i}.").SelectMany(at => (TensorSpec[])
        [
            .. Linear(at + "attn.query", dim, dim), Spec(at + "attn.key.weight", dim, dim), .. Linear(at + "attn.value", dim, dim), .. Linear(at + "attn.out", dim, dim),
            .. Pair(at + "attn_ln", dim), .. Linear(at + "mlp.0", 4 * dim, dim), .. Linear(at + "mlp.2", dim, 4 * dim), .. Pair(at + "mlp_ln", dim),
        ]),
        .. Pair("ln_post", dim),
    ];

    private static TensorSpec Spec(string name, params long[] shape) => new(name, [.. shape]);

    private static IEnumerable<TensorSpec> Pair(string at, long size) => [Spec(at + ".weight", size), Spec(at + ".bias", size)];

    private static IEnumerable<TensorSpec> Linear(string at, long to, long from) => [Spec(at + ".weight", to, from), Spec(at + ".bias", to)];

    private static IEnumerable<TensorSpec> Convolution(string at, long to, long from, long kernel) => [Spec(at + ".weight", to, from, kernel), Spec(at + ".bias", to)];
}
