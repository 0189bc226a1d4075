using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// The names of fairseq (for Whisper those of OpenAI), to which all others are led back: wrappers' prefixes go, Hugging
/// Face's names are translated, spellings that changed over time become one. The engine's models use these names.
/// </summary>
public static class StateDictNames
{
    /// <summary>What wraps a model in checkpoints: data-parallel training, FunASR, emotion2vec+, task heads of Hugging Face and fairseq.</summary>
    private static readonly string[] Prefixes = ["module.", "model.", "d2v_model.", "data2vec_audio.", "wav2vec2.", "hubert.", "wavlm.", "w2v_encoder.", "w2v_model."];

    // Hugging Face name = fairseq name, up to .weight and .bias; # is an index. The first row that fits counts, both ways.
    private static readonly ImmutableArray<Rule> Common = Rules("""
        masked_spec_embed = mask_emb
        feature_extractor.conv_layers.#.conv = feature_extractor.conv_layers.#.0
        feature_projection.layer_norm = layer_norm
        feature_projection.projection = post_extract_proj
        encoder.pos_conv_embed.layers.#.conv = encoder.pos_conv.#.0
        encoder.pos_conv_embed.conv = encoder.pos_conv.0
        encoder.layers.#.attention.gru_rel_pos_linear = encoder.layers.#.self_attn.grep_linear
        encoder.layers.#.attention.gru_rel_pos_const = encoder.layers.#.self_attn.grep_a
        encoder.layers.#.attention.rel_attn_embed = encoder.layers.#.self_attn.relative_attention_bias
        encoder.layers.#.attention = encoder.layers.#.self_attn
        encoder.layers.#.layer_norm = encoder.layers.#.self_attn_layer_norm
        encoder.layers.#.feed_forward.intermediate_dense = encoder.layers.#.fc1
        encoder.layers.#.feed_forward.output_dense = encoder.layers.#.fc2
        quantizer.codevectors = quantizer.vars
        project_hid = final_proj
        """);

    /// <summary>data2vec and large models normalize every layer of the extractor over channels, the others the first one over time.</summary>
    private static readonly ImmutableArray<Rule> LayerNorms = Rules("feature_extractor.conv_layers.#.layer_norm = feature_extractor.conv_layers.#.2.1");
    private static readonly ImmutableArray<Rule> GroupNorms = Rules("feature_extractor.conv_layers.#.layer_norm = feature_extractor.conv_layers.#.2");

    // Of the encoder and the decoder, each without its prefix; the norm after the last block has a name of its own in each.
    private static readonly ImmutableArray<Rule> Whisper = Rules("""
        embed_tokens = token_embedding
        embed_positions.weight = positional_embedding
        layers.#.self_attn.q_proj = blocks.#.attn.query
        layers.#.self_attn.k_proj = blocks.#.attn.key
        layers.#.self_attn.v_proj = blocks.#.attn.value
        layers.#.self_attn.out_proj = blocks.#.attn.out
        layers.#.self_attn_layer_norm = blocks.#.attn_ln
        layers.#.encoder_attn.q_proj = blocks.#.cross_attn.query
        layers.#.encoder_attn.k_proj = blocks.#.cross_attn.key
        layers.#.encoder_attn.v_proj = blocks.#.cross_attn.value
        layers.#.encoder_attn.out_proj = blocks.#.cross_attn.out
        layers.#.encoder_attn_layer_norm = blocks.#.cross_attn_ln
        layers.#.fc1 = blocks.#.mlp.0
        layers.#.fc2 = blocks.#.mlp.2
        layers.#.final_layer_norm = blocks.#.mlp_ln
        """);

    private static readonly ImmutableArray<Rule> WhisperEncoder = Whisper.AddRange(Rules("layer_norm = ln_post")), WhisperDecoder = Whisper.AddRange(Rules("layer_norm = ln"));

    /// <summary>The tensors under fairseq's names, in the same order.</summary>
    /// <param name="file">For messages.</param>
    /// <exception cref="InputException">Two names become one.</exception>
    public static ImmutableArray<CheckpointTensor> ToFairseq(string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var stripped = tensors.Select(t => Strip(t.Name)).ToArray();
        var present = stripped.ToHashSet(StringComparer.Ordinal);
        var translate = Translation(present);
        var renamed = tensors.Zip(stripped, (tensor, name) => tensor.Renamed(Modern(translate(name)))).ToImmutableArray();
        var twins = tensors.Zip(renamed, (from, to) => (from.Name, To: to.Name)).GroupBy(n => n.To, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (twins is not null) throw new InputException($"{file}: tensors {string.Join(" and ", twins.Select(t => t.Name))} are the same tensor {twins.Key}");
        return renamed;
    }

    /// <summary>The tensors under Hugging Face's names (of the bare model, without a task's prefix); names it does not have stay.</summary>
    /// <exception cref="InputException">Hugging Face has no such model.</exception>
    public static ImmutableArray<CheckpointTensor> ToHuggingFace(string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var fairseq = ToFairseq(file, tensors);
        var names = fairseq.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        if (names.Contains("conv1.weight") && names.Contains("positional_embedding"))
        {
            return [.. fairseq.Select(t => t.Renamed(After("decoder.", t.Name) is { } inDecoder
                ? "decoder." + Apply(WhisperDecoder, r => r.ToHuggingFace(inDecoder), inDecoder) : t.Name == "proj_out.weight" ? t.Name : "encoder." + Apply(WhisperEncoder, r => r.ToHuggingFace(t.Name), t.Name)))];
        }
        if (!names.Any(n => n.StartsWith("feature_extractor.", StringComparison.Ordinal)) || !names.Contains("post_extract_proj.weight"))
            throw new InputException($"{file}: there are Hugging Face names for data2vec 1.0, wav2vec 2.0, HuBERT, WavLM and Whisper only");
        var rules = Common.AddRange(names.Contains("feature_extractor.conv_layers.0.2.1.weight") ? LayerNorms : GroupNorms);
        return [.. fairseq.Select(t => t.Renamed(Apply(rules, r => r.ToHuggingFace(t.Name), t.Name)))];
    }

    private static Func<string, string> Translation(HashSet<string> present)
    {
        bool Any(string prefix) => present.Any(n => n.StartsWith(prefix, StringComparison.Ordinal));
        if (present.Contains("encoder.conv1.weight"))
        {
            return name => After("encoder.", name) is { } inEncoder ? Apply(WhisperEncoder, r => r.ToFairseq(inEncoder), inEncoder)
                : After("decoder.", name) is { } inDecoder ? "decoder." + Apply(WhisperDecoder, r => r.ToFairseq(inDecoder), inDecoder) : name;
        }
        if (!Any("feature_projection.") && !Any("encoder.pos_conv_embed.")) return name => name;
        var rules = Common.AddRange(present.Contains("feature_extractor.conv_layers.1.layer_norm.weight") ? LayerNorms : GroupNorms);
        return name => Apply(rules, r => r.ToFairseq(name), name);
    }

    private static string? After(string prefix, string name) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private static string Strip(string name)
    {
        while (Prefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal)) is { } prefix) name = name[prefix.Length..];
        return name;
    }

    /// <summary>One spelling where versions differ: newer torch's weight norm, and older data2vec 1.0 checkpoints' head.</summary>
    private static string Modern(string name) => name
        .Replace(".parametrizations.weight.original0", ".weight_g", StringComparison.Ordinal)
        .Replace(".parametrizations.weight.original1", ".weight_v", StringComparison.Ordinal)
        .Replace("final_proj.0.", "final_proj.", StringComparison.Ordinal);

    private static string Apply(ImmutableArray<Rule> rules, Func<Rule, string?> rename, string name) => rules.Select(rename).FirstOrDefault(n => n is not null) ?? name;

    private static ImmutableArray<Rule> Rules(string table) =>
        [.. table.Split('\n').Select(line => line.Split(" = ")).Select(pair => new Rule(pair[0].Trim(), pair[1].Trim()))];

    private sealed class Rule(string huggingFace, string fairseq)
    {
        private readonly Regex fromHuggingFace = Pattern(huggingFace), fromFairseq = Pattern(fairseq);

        public string? ToFairseq(string name) => Rename(fromHuggingFace, fairseq, name);

        public string? ToHuggingFace(string name) => Rename(fromFairseq, huggingFace, name);

        private static string? Rename(Regex from, string to, string name) =>
            from.Match(name) is { Success: true } match ? to.Replace("#", match.Groups["index"].Value, StringComparison.Ordinal) + match.Groups["rest"].Value : null;

        private static Regex Pattern(string name) =>
            new("^" + Regex.Escape(name).Replace("\\#", "(?<index>[0-9]+)", StringComparison.Ordinal) + @"(?<rest>(\..+)?)$", RegexOptions.CultureInvariant);
    }
}
