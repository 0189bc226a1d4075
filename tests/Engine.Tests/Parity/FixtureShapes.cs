using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests.Parity;

/// <summary>
/// Sizes of a fixture's model, found as those of a checkpoint are: by shapes, then by settings. A fixture of full size may list no shapes: then it is the
/// published model of its name.
/// </summary>
internal static class FixtureShapes
{
    /// <summary>What neither shapes nor settings tell, the description may (heads, where norms stand); without it heads are four in tiny models.</summary>
    /// <param name="family">As <see cref="Architecture.Family"/>.</param>
    internal static ModelShapes Of(ParityFixture fixture, string family, JsonObject? standard = null)
    {
        var shapes = fixture.ParameterShapes().ToDictionary(p => p.Key, p => p.Value.ToImmutableArray(), StringComparer.Ordinal);
        if (shapes.Count == 0) shapes = family == "whisper" ? Whisper(fixture) : Published(fixture, family);
        if (fixture.Has("positional_embedding")) shapes.TryAdd("positional_embedding", [.. fixture.Shape("positional_embedding")]);
        var width = shapes.TryGetValue("post_extract_proj.weight", out var projection) ? projection[0] : shapes.TryGetValue("conv1.weight", out var convolution) ? convolution[0] : 0;
        var told = new JsonObject();
        if (Regex.Match(fixture.Description, @"(\d+) heads") is { Success: true } heads) told["heads"] = int.Parse(heads.Groups[1].Value);
        else if (width is > 0 and < 384) told["heads"] = 4;
        if (fixture.Description.Contains("pre-LN", StringComparison.OrdinalIgnoreCase)) told["layer_norm_first"] = true;
        else if (fixture.Description.Contains("post-LN", StringComparison.OrdinalIgnoreCase)) told["layer_norm_first"] = false;
        return new(fixture.Case, shapes, [.. fixture.SettingParts, told, standard]);
    }

    private static Dictionary<string, ImmutableArray<long>> Published(ParityFixture fixture, string family)
    {
        var models = Architectures.All.Where(a => a.Family == family).ToArray();
        var named = models.FirstOrDefault(a => a.Name[(a.Name.LastIndexOf('_') + 1)..] is var size && fixture.Case.Split('_', '-').Contains(size)) ?? models[0];
        return named.Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name)).ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
    }

    /// <summary>From OpenAI's names of its dimensions, in the settings or in words; without them the base model.</summary>
    private static Dictionary<string, ImmutableArray<long>> Whisper(ParityFixture fixture)
    {
        long Told(long standard, string word, params string[] keys) => keys.Select(k => fixture.Setting(k)).FirstOrDefault(v => v is not null) is { } set ? (long)set
            : Regex.Match(fixture.Description, word) is { Success: true } match ? long.Parse(match.Groups[1].Value) : standard;
        var (bins, frames, width, layers) = (Told(80, @"n_mels (\d+)", "n_mels"), Told(1500, @"n_ctx (\d+)", "n_audio_ctx", "n_ctx"), Told(512, @"state (\d+)", "n_audio_state", "n_state", "state"), Told(6, @"(\d+) layers", "n_audio_layer", "n_layer", "layers"));
        var shapes = new Dictionary<string, ImmutableArray<long>>(StringComparer.Ordinal)
        {
            ["conv1.weight"] = [width, bins, 3], ["positional_embedding"] = [frames, width], ["blocks.0.mlp.0.weight"] = [4 * width, width],
        };
        for (var i = 0; i < layers; i++) shapes[$"blocks.{i}.attn.query.weight"] = [width, width];
        return shapes;
    }

    /// <summary>Of final features and stages: 1e-4 at base size.</summary>
    internal static double Tolerance(long width) => width >= 512 ? 1e-4 : 5e-5;
}
