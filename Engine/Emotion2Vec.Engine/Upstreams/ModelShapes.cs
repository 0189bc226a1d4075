using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// The names, shapes and settings of a checkpoint, so that a model of any size loads. Shapes come first; settings tell what no shape does,
/// and a published model's value stands in for what neither does.
/// </summary>
internal sealed class ModelShapes
{
    private readonly string file;
    private readonly IReadOnlyDictionary<string, ImmutableArray<long>> shapes;
    private readonly JsonObject[] settings;

    /// <param name="file">For messages.</param>
    /// <param name="shapes">By fairseq's names (OpenAI's for Whisper).</param>
    /// <param name="settings">Looked through in this order.</param>
    internal ModelShapes(string file, IReadOnlyDictionary<string, ImmutableArray<long>> shapes, params IEnumerable<JsonObject?> settings)
    {
        (this.file, this.shapes) = (file, shapes);
        this.settings = [.. settings.OfType<JsonObject>()];
    }

    /// <summary>Of a checkpoint: fairseq keeps settings under <c>model</c> and <c>task</c>, older files and WavLM at the top, s3prl under <c>task_cfg</c>.</summary>
    internal static ModelShapes Of(CheckpointFile file) => new(
        file.Path, StateDictNames.ToFairseq(file.Path, file.Tensors).ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal),
        file.Config["model"] as JsonObject, file.Config["task"] as JsonObject, file.Config, file.Extra["task_cfg"] as JsonObject);

    internal bool Has(string name) => shapes.ContainsKey(name);

    /// <summary>A shape whose sizes are positive and fit an int; of so many dimensions, where that is asked for.</summary>
    /// <exception cref="InputException">It is missing, or has another form.</exception>
    internal int[] Shape(string name, int? dimensions = null)
    {
        if (!shapes.TryGetValue(name, out var shape)) throw new InputException($"{file}: the sizes of the model cannot be told: tensor {name} is missing");
        if (shape.Any(d => d is < 1 or > int.MaxValue) || dimensions is { } n && shape.Length != n)
            throw new InputException($"{file}: the sizes of the model cannot be told: tensor {name} has shape {TensorSpec.Text(shape)}");
        return [.. shape.Select(d => (int)d)];
    }

    /// <summary>What to throw where a model is of a family but computes something that none of its published models does.</summary>
    internal InputException Unlike(string what) => new($"{file}: {what}, which no published model of the family has");

    /// <summary>How many consecutive indices there are, from <paramref name="first"/> on.</summary>
    internal int Run(string before, string after, int first = 0)
    {
        var i = first;
        while (shapes.ContainsKey(before + i.ToString(CultureInfo.InvariantCulture) + after)) i++;
        return i - first;
    }

    internal bool? Flag(params IEnumerable<string> keys) => Setting<bool>(keys, value => value.TryGetValue<bool>(out var flag) ? flag : null);

    internal double? Number(params IEnumerable<string> keys) =>
        Setting<double>(keys, value =>
            value.TryGetValue<double>(out var number) ? number : value.TryGetValue<long>(out var whole) ? whole : value.TryGetValue<int>(out var small) ? small : null);

    internal string? Text(params IEnumerable<string> keys)
    {
        foreach (var value in Values(keys)) if (value.TryGetValue<string>(out var text)) return text;
        return null;
    }

    /// <summary>Heads of attention, of which shapes tell nothing: as the settings say, else as in the catalogue's models of this family and width, all of which have 64 values each.</summary>
    /// <exception cref="InputException">The settings do not say, and there is no such model: HuBERT X-Large, for one, has 16 heads in 1280 values.</exception>
    internal int Heads(string family, int width) =>
        Number("encoder_attention_heads", "num_attention_heads", "n_audio_head", "heads", "num_heads") is { } n && n >= 1 && width % n == 0 ? (int)n
        : UpstreamCatalogue.All.Any(u => u.Network?.Family == family && u.Dimension == width) ? width / TensorPatterns.HeadWidth
        : throw new InputException($"{file}: the sizes of the model cannot be told: its settings do not say how many attention heads it has, and none of the catalogue's models of the family is {width} wide");

    /// <summary>
    /// The convolutions from the waveform to frames: channels and kernels by their shapes, strides by the settings (<c>conv_feature_layers</c>), else
    /// by <paramref name="stride"/>.
    /// </summary>
    /// <param name="at">Prefix of their names.</param>
    /// <param name="stride">Of a layer, by its index.</param>
    internal ImmutableArray<ExtractorLayer> Extractor(string at, Func<int, int> stride)
    {
        var layers = Enumerable.Range(0, Run(at + "conv_layers.", ".0.weight")).Select(i => Shape($"{at}conv_layers.{i}.0.weight", 3)).ToArray();
        if (layers.Length == 0) throw new InputException($"{file}: the sizes of the model cannot be told: tensor {at}conv_layers.0.0.weight is missing");
        var written = Strides(Text("conv_feature_layers"));
        return [.. layers.Select((shape, i) => new ExtractorLayer(shape[0], shape[2], written.Length == layers.Length ? written[i] : stride(i)))];
    }

    /// <summary>Strides of fairseq's notation: <c>[(512, 10, 5)] + [(512, 3, 2)] * 4</c>; empty where it is another.</summary>
    private static int[] Strides(string? layers)
    {
        if (layers is null) return [];
        var strides = new List<int>();
        foreach (Match part in Regex.Matches(layers, @"\[((?:\s*\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)\s*,?)+)\s*\](?:\s*\*\s*(\d+))?", RegexOptions.CultureInvariant))
        {
            var times = part.Groups[2].Success && int.TryParse(part.Groups[2].Value, out var given) ? Math.Min(given, 64) : 1;
            var group = Regex.Matches(part.Groups[1].Value, @"(\d+)\s*\)").Select(m => int.TryParse(m.Groups[1].Value, out var stride) && stride > 0 ? stride : 1).ToArray();
            for (var i = 0; i < times; i++) strides.AddRange(group);
        }
        return [.. strides];
    }

    private T? Setting<T>(IEnumerable<string> keys, Func<JsonValue, T?> read) where T : struct
    {
        foreach (var value in Values(keys)) if (read(value) is { } found) return found;
        return null;
    }

    private IEnumerable<JsonValue> Values(IEnumerable<string> keys) => settings.SelectMany(part => keys.Select(key => part[key]).OfType<JsonValue>());
}
