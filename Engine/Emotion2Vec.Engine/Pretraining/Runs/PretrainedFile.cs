using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>
/// The checkpoint of a finished training: fairseq's keys, the teacher as <c>_ema</c>, in <c>cfg</c> what a loader asks for, and
/// the recipe and the result beside it. The same training gives the same bytes.
/// </summary>
internal static class PretrainedFile
{
    private const string Key = "e2v_result";

    public static void Write(string path, PretrainModel model, PretrainSpec spec, PretrainResult result)
    {
        var (recipe, first) = (spec.Training, spec.Training.Architecture == PretrainArchitecture.Data2vec);
        var settings = new JsonObject
        {
            ["task"] = new JsonObject { ["_name"] = "audio_pretraining", ["normalize"] = true, ["sample_rate"] = 16000 },
            ["model"] = first
                ? new JsonObject { ["_name"] = "data2vec_audio", ["encoder_attention_heads"] = recipe.Sizes.Heads, ["average_top_k_layers"] = recipe.Objective.TopLayers }
                : new JsonObject { ["_name"] = "data2vec_multi", ["num_heads"] = recipe.Sizes.Heads, ["norm_eps"] = 1e-5, ["average_top_k_layers"] = recipe.Objective.TopLayers, ["clone_batch"] = recipe.Objective.Clones },
        };
        TorchWriter.Write(path, new CheckpointContents
        {
            Model = TorchTensors.LiveModule(model.Student),
            Ema = TorchTensors.LiveModule(model.Teacher),
            Config = settings,
            Extra = new JsonObject
            {
                ["optimizer_history"] = new JsonArray(new JsonObject { ["num_updates"] = result.Updates }),
                [Key] = CanonicalJson.Write(result),
                ["e2v_spec"] = spec.ToJson(),
            },
        });
    }

    /// <summary>The result with what only the file tells.</summary>
    public static PretrainResult Complete(string path, PretrainResult result) =>
        result with { Sha256 = CheckpointLinks.Hash(path), Bytes = new FileInfo(path).Length };

    /// <summary>What a whole file says of itself; null where there is none.</summary>
    public static PretrainResult? Existing(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var file = CheckpointFile.Open(path);
            file.CheckData();
            return file.Extra[Key]?.GetValue<string>() is { } result ? Complete(path, CanonicalJson.Read<PretrainResult>(result)) : null;
        }
        catch (Exception e) when (e is InputException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
