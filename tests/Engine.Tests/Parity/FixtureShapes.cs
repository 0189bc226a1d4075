using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Sizes of a fixture's model, found as those of a checkpoint are: by shapes, then by settings.</summary>
internal static class FixtureShapes
{
    /// <summary>What neither shapes nor settings tell, the description may (heads, where norms stand); without it heads are four in tiny models.</summary>
    internal static ModelShapes Of(ParityFixture fixture, JsonObject? standard = null)
    {
        var shapes = fixture.ParameterShapes().ToDictionary(p => p.Key, p => p.Value.ToImmutableArray(), StringComparer.Ordinal);
        if (fixture.Has("positional_embedding")) shapes.TryAdd("positional_embedding", [.. fixture.Shape("positional_embedding")]);
        var width = shapes.TryGetValue("post_extract_proj.weight", out var projection) ? projection[0] : shapes.TryGetValue("conv1.weight", out var convolution) ? convolution[0] : 0;
        var told = new JsonObject();
        if (Regex.Match(fixture.Description, @"(\d+) heads") is { Success: true } heads) told["heads"] = int.Parse(heads.Groups[1].Value);
        else if (width is > 0 and < 384) told["heads"] = 4;
        if (fixture.Description.Contains("pre-LN", StringComparison.OrdinalIgnoreCase)) told["layer_norm_first"] = true;
        else if (fixture.Description.Contains("post-LN", StringComparison.OrdinalIgnoreCase)) told["layer_norm_first"] = false;
        return new(fixture.Case, shapes, [.. fixture.SettingParts, told, standard]);
    }

    /// <summary>Of final features and stages: 1e-4 at base size.</summary>
    internal static double Tolerance(long width) => width >= 512 ? 1e-4 : 5e-5;
}
