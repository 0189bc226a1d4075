using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>What a checkpoint is, in figures.</summary>
/// <param name="Family">Such as <c>data2vec2</c>; <c>unknown</c> where no family has such names.</param>
/// <param name="Architecture">The published model with just these names and shapes; null where there is none.</param>
/// <param name="Parameters">Learned numbers of the model, with what only pre-training uses; the teacher does not count.</param>
/// <param name="FeatureParameters">Those that feature extraction uses: without decoder, prediction head and quantizer.</param>
/// <param name="TeacherParameters">Those of the averaged teacher; 0 without one.</param>
/// <param name="Settings">The settings that matter for features, by their path.</param>
public sealed record CheckpointSummary(
    string Family, string? Architecture, long Parameters, long FeatureParameters, long TeacherParameters, ImmutableArray<(string Path, string Value)> Settings)
{
    /// <exception cref="InputException">Two of its names mean the same tensor.</exception>
    public static CheckpointSummary Of(CheckpointFile file)
    {
        var tensors = StateDictNames.ToFairseq(file.Path, file.Tensors);
        var (family, published) = Architectures.Detect(file.Path, file.Tensors);
        var learned = tensors.Where(t => t.Type.IsFloat() && !Architectures.IsBuffer(t.Name)).ToArray();
        return new CheckpointSummary(
            family, published?.Name, learned.Sum(t => t.Count), learned.Where(t => !Architectures.OnlyForPretraining(t.Name)).Sum(t => t.Count),
            file.Ema.Where(t => t.Type.IsFloat()).Sum(t => t.Count), Highlights(file.Config));
    }

    private static ImmutableArray<(string, string)> Highlights(JsonObject config)
    {
        string[] wanted =
        [
            "task._name", "task.normalize", "task.sample_rate", "model._name", "model.depth", "model.embed_dim", "model.num_heads", "model.average_top_k_layers", "model.clone_batch",
            "model.cls_type", "model.cls_loss", "model.modalities.audio.prenet_depth", "model.modalities.audio.num_extra_tokens", "model.modalities.audio.mask_prob",
            "model.modalities.audio.decoder.decoder_dim", "model.encoder_layers", "model.encoder_embed_dim", "model.extractor_mode", "optimization.max_update", "arch", "normalize", "conv_feature_layers",
            "encoder_layers", "encoder_embed_dim", "extractor_mode", "n_mels", "n_audio_ctx", "n_audio_state", "n_audio_layer",
        ];
        return [.. wanted.Select(path => (path, At(config, path))).Where(s => s.Item2 is not null).Select(s => (s.path, s.Item2!))];
    }

    private static string? At(JsonObject config, string path)
    {
        JsonNode? node = config;
        foreach (var key in path.Split('.')) node = (node as JsonObject)?[key];
        return node is JsonValue value ? value.ToString() : node?.ToJsonString();
    }
}
