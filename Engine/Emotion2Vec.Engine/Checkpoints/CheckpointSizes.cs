using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// Sizes of a model from its checkpoint's shapes, so that any size loads without its settings. What shapes do not tell comes
/// from the settings, else is as in the published models: strides 5, 2, 2, …, and 64 values per head in data2vec 1.0.
/// </summary>
public static class CheckpointSizes
{
    private const string Audio = "modality_encoders.AUDIO.";

    /// <summary>Sizes of a data2vec 2.0 or emotion2vec checkpoint, with or without its decoder.</summary>
    /// <exception cref="InputException">It is another model, or lacks tensors that give the sizes.</exception>
    public static Data2Vec2Sizes Data2Vec2(CheckpointFile file)
    {
        var shapes = Shapes(file);
        var width = Shape(shapes, file, Audio + "project_features.2.weight", 2)[0];
        var positions = Shape(shapes, file, Audio + "relative_positional_encoder.1.0.weight", 3);
        var alibi = Shape(shapes, file, Audio + "alibi_scale", null);
        var published = Data2Vec2Sizes.Base;
        var sizes = published with
        {
            Extractor = Extractor(shapes, file, Audio + "local_encoder."),
            Width = width,
            Heads = alibi.Length >= 3 ? alibi[^3] : throw new InputException($"{file.Path}: tensor {Audio}alibi_scale does not tell the number of heads"),
            Prenet = Run(shapes, Audio + "context_encoder.blocks.", ".norm1.weight"),
            Depth = Run(shapes, "blocks.", ".norm1.weight"),
            FeedForwardRatio = Shape(shapes, file, "blocks.0.mlp.fc1.weight", 2)[0] / width,
            UtteranceTokens = shapes.TryGetValue(Audio + "extra_tokens", out var tokens) && tokens.Length == 3 ? (int)tokens[1] : 0,
            PositionalDepth = Run(shapes, Audio + "relative_positional_encoder.", ".0.weight", first: 1),
            PositionalKernel = positions[2],
            PositionalGroups = width / positions[1],
            NormEpsilon = (file.Config["model"] as JsonObject)?["norm_eps"] is JsonValue epsilon && epsilon.TryGetValue<double>(out var value) && value is > 0 and < 1 ? value : published.NormEpsilon,
        };
        if (!shapes.ContainsKey(Audio + "decoder.blocks.0.0.weight")) return sizes;
        var decoder = Shape(shapes, file, Audio + "decoder.blocks.0.0.weight", 3);
        return sizes with
        {
            DecoderDepth = Run(shapes, Audio + "decoder.blocks.", ".0.weight"), DecoderChannels = decoder[0], DecoderKernel = decoder[2], DecoderGroups = width / decoder[1],
        };
    }

    /// <summary>Sizes of a data2vec 1.0 checkpoint, in names of fairseq or Hugging Face.</summary>
    /// <exception cref="InputException">It is another model, or lacks tensors that give the sizes.</exception>
    public static Data2Vec1Sizes Data2Vec1(CheckpointFile file)
    {
        var shapes = Shapes(file);
        var positions = Shape(shapes, file, "encoder.pos_conv.0.0.weight", 3);
        var width = Shape(shapes, file, "post_extract_proj.weight", 2)[0];
        var heads = (file.Config["model"] as JsonObject)?["encoder_attention_heads"] is JsonValue given && given.TryGetValue<long>(out var n) && n > 0 && width % n == 0 ? (int)n : Math.Max(1, width / 64);
        return Data2Vec1Sizes.Base with
        {
            Extractor = Extractor(shapes, file, "feature_extractor."),
            Width = width,
            Heads = heads,
            Depth = Run(shapes, "encoder.layers.", ".fc1.weight"),
            FeedForward = Shape(shapes, file, "encoder.layers.0.fc1.weight", 2)[0],
            UtteranceTokens = shapes.TryGetValue("encoder.extra_tokens", out var tokens) && tokens.Length == 3 ? (int)tokens[1] : 0,
            PositionalDepth = Run(shapes, "encoder.pos_conv.", ".0.weight"),
            PositionalKernel = positions[2],
            PositionalGroups = width / positions[1],
        };
    }

    private static Dictionary<string, ImmutableArray<long>> Shapes(CheckpointFile file) =>
        StateDictNames.ToFairseq(file.Path, file.Tensors).ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);

    /// <summary>A shape whose sizes are positive and fit an int; of so many dimensions, where that is asked for.</summary>
    private static int[] Shape(Dictionary<string, ImmutableArray<long>> shapes, CheckpointFile file, string name, int? dimensions)
    {
        if (!shapes.TryGetValue(name, out var shape)) throw new InputException($"{file.Path}: the sizes of the model cannot be told: tensor {name} is missing");
        if (shape.Any(d => d is < 1 or > int.MaxValue) || dimensions is { } n && shape.Length != n)
            throw new InputException($"{file.Path}: the sizes of the model cannot be told: tensor {name} has shape {TensorSpec.Text(shape)}");
        return [.. shape.Select(d => (int)d)];
    }

    private static ImmutableArray<ExtractorLayer> Extractor(Dictionary<string, ImmutableArray<long>> shapes, CheckpointFile file, string at) =>
        [.. Enumerable.Range(0, Run(shapes, at + "conv_layers.", ".0.weight")).Select(i =>
        {
            var shape = Shape(shapes, file, $"{at}conv_layers.{i}.0.weight", 3);
            return new ExtractorLayer(shape[0], shape[2], i == 0 ? 5 : 2);
        })];

    /// <summary>How many consecutive indices there are, from <paramref name="first"/> on.</summary>
    private static int Run(Dictionary<string, ImmutableArray<long>> shapes, string before, string after, int first = 0)
    {
        var i = first;
        while (shapes.ContainsKey(before + i.ToString(System.Globalization.CultureInfo.InvariantCulture) + after)) i++;
        return i - first;
    }
}
