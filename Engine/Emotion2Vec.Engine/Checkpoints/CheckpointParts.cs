using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Emotion2Vec.Engine.Checkpoints.Pickle;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>What a reader finds in a file, sorted into the parts of a checkpoint.</summary>
internal sealed class CheckpointParts
{
    public List<CheckpointTensor> Tensors { get; } = [];

    public List<CheckpointTensor> Ema { get; } = [];

    public List<CheckpointTensor> Other { get; } = [];

    public JsonObject Config { get; set; } = [];

    public JsonObject Extra { get; } = [];

    /// <summary>Names of tensors whose bytes are not in the file.</summary>
    public List<string> Truncated { get; } = [];
}

/// <summary>
/// Finds the parts in what torch saved. fairseq saves {args, cfg, model, …} with the teacher as <c>model["_ema"]</c>,
/// Whisper {dims, model_state_dict}, s3prl {task_cfg, model_cfg, model_weight}, Hugging Face the bare state dict.
/// </summary>
internal sealed class CheckpointLayout(CheckpointSource source, Func<PickleStorage, TensorStorage?> storage, CheckpointParts parts)
{
    private const string EmaKey = "_ema";
    private const int MaximalDepth = 60, MaximalNodes = 500_000;
    private static readonly string[] ModelKeys = ["state_dict", "model_state_dict", "model", "model_weight"];
    private static readonly string[] ConfigKeys = ["cfg", "args", "model_cfg", "dims"];
    private readonly Dictionary<string, TensorStorage?> storages = new(StringComparer.Ordinal);
    private int nodes;

    public void Read(object? saved)
    {
        if (saved is not PickleDict root) throw source.Fail("holds no state dict: what was saved is no dict");
        var modelKey = ModelKeys.FirstOrDefault(k => root[k] is PickleDict d && HoldsTensors(d));
        if (modelKey is null)
        {
            if (!HoldsTensors(root)) throw source.Fail("holds no state dict: no tensors by name were found in it");
            Model(root, "", 0);
            return;
        }
        Model((PickleDict)root[modelKey]!, "", 0);
        var configKey = ConfigKeys.FirstOrDefault(k => root[k] is not null);
        foreach (var (key, value) in root.Items)
        {
            var name = Text(key);
            if (name == modelKey) continue;
            if (name == configKey) parts.Config = Json(value, name, 0) as JsonObject ?? [];
            else if (Json(value, name, 0) is { } node) parts.Extra[name] = node;
        }
    }

    private static bool HoldsTensors(PickleDict dict) =>
        dict.Items.Any(i => i.Value is PickleTensor || i.Value is PickleDict inner && inner.Items.Any(j => j.Value is PickleTensor));

    private void Model(PickleDict dict, string prefix, int depth)
    {
        foreach (var (key, value) in dict.Items)
        {
            Count(depth);
            var name = prefix + Text(key);
            if (value is PickleTensor tensor) Add(parts.Tensors, name, tensor);
            else if (value is PickleDict ema && Text(key).Split('.')[^1] == EmaKey) Ema(ema, depth + 1);
            else if (value is PickleDict inner) Model(inner, name + ".", depth + 1);
        }
    }

    private void Ema(PickleDict dict, int depth)
    {
        foreach (var (key, value) in dict.Items)
        {
            Count(depth);
            if (value is PickleTensor tensor) Add(parts.Ema, Text(key), tensor);
        }
    }

    private void Add(List<CheckpointTensor> list, string name, PickleTensor tensor)
    {
        var held = tensor.Storage;
        if (!storages.TryGetValue(held.Key, out var bytes)) storages[held.Key] = bytes = storage(held);
        if (bytes is null)
        {
            parts.Truncated.Add(name);
            return;
        }
        // An untyped storage counts bytes, a typed one elements; a view of it must not leave what the pickle announced.
        var size = held.Type is null ? 1 : tensor.Type.Bytes();
        if (held.Type is { } type && type != tensor.Type) throw source.Fail($"damaged: tensor {name} and its storage have different types");
        if (tensor.Offset > long.MaxValue - held.ViewOffset) throw source.Fail($"damaged: tensor {name} begins outside its storage");
        var view = CheckpointTensor.View(name, tensor.Type, tensor.Shape, tensor.Strides, held.ViewOffset + tensor.Offset, bytes, out var fault)
            ?? throw source.Fail($"damaged: tensor {name} {fault}");
        if ((Int128)held.Elements * size > bytes.Length) throw source.Fail($"damaged: tensor {name} has a storage of {bytes.Length} bytes, too few for {held.Elements} elements");
        list.Add(view);
    }

    /// <summary>Plain settings of any kind; tensors on the way are listed in <see cref="CheckpointParts.Other"/>. Null for what has no use as data.</summary>
    private JsonNode? Json(object? value, string path, int depth)
    {
        Count(depth);
        switch (value)
        {
            case null or byte[]: return null;
            case string s: return JsonValue.Create(s);
            case bool b: return JsonValue.Create(b);
            case long n: return JsonValue.Create(n);
            case double d: return double.IsFinite(d) ? JsonValue.Create(d) : JsonValue.Create(d.ToString(CultureInfo.InvariantCulture));
            case BigInteger n: return JsonValue.Create(n.ToString(CultureInfo.InvariantCulture));
            case PickleGlobal g: return JsonValue.Create(g.FullName);
            case PickleTensor t:
                Add(parts.Other, path, t);
                return null;
            case PickleTuple t: return List(t.Items, path, depth);
            case PickleList l: return List(l.Items, path, depth);
            case PickleDict d: return Dict(d, path, depth);
            case PickleObject o: return Object(o, path, depth);
            default: return null;
        }
    }

    private JsonNode? Object(PickleObject o, string path, int depth)
    {
        // OmegaConf: containers keep their entries in _content, leaves their value in _val; _parent leads back up.
        if (o.Class.Module.StartsWith("omegaconf.", StringComparison.Ordinal))
            return o.Attributes is { } a ? Json(a["_content"] ?? a["_val"], path, depth + 1) : null;
        if (o.Class.FullName is "numpy.dtype" or "numpy.ndarray") return null;
        if (o.Attributes is { } attributes) return Dict(attributes, path, depth);
        return o.Arguments is [var only] ? Json(only, path, depth + 1) : List(o.Arguments, path, depth);
    }

    private JsonObject Dict(PickleDict dict, string path, int depth)
    {
        var json = new JsonObject();
        foreach (var (key, value) in dict.Items)
        {
            var name = Text(key);
            var node = Json(value, $"{path}.{name}", depth + 1);
            if (value is not PickleTensor) json[name] = node;
        }
        return json;
    }

    private JsonArray List(IReadOnlyList<object?> items, string path, int depth)
    {
        var json = new JsonArray();
        for (var i = 0; i < items.Count; i++)
        {
            var node = Json(items[i], $"{path}.{i}", depth + 1);
            if (items[i] is not PickleTensor) json.Add(node);
        }
        return json;
    }

    /// <summary>Shared values are spelt out at each place, which a malicious file could use to grow without end.</summary>
    private void Count(int depth)
    {
        if (depth > MaximalDepth) throw source.Fail($"its values are nested over {MaximalDepth} levels deep");
        if (++nodes > MaximalNodes) throw source.Fail($"holds over {MaximalNodes} values");
    }

    private static string Text(object? key) => key switch
    {
        string s => s,
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        bool b => b ? "True" : "False",
        null => "None",
        _ => "?",
    };
}
