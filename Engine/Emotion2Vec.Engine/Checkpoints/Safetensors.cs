using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// Safetensors: 8 bytes with the length of a JSON header, the header {name: {dtype, shape, data_offsets}}, the elements.
/// The optional <c>__metadata__</c> maps text to text; this program keeps a checkpoint's settings there as JSON.
/// </summary>
internal static class Safetensors
{
    public const string EmaPrefix = "_ema.", OtherPrefix = "_other.", ConfigKey = "cfg", ExtraKey = "extra";
    private const int HeaderLimit = 32 << 20;

    public static void Read(CheckpointSource source, CheckpointParts parts)
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(source.Read(0, 8));
        if (length > HeaderLimit) throw source.Fail($"damaged or no checkpoint: a safetensors header of {length} bytes");
        if (8 + (long)length > source.Length) throw source.Fail($"truncated at {source.Length} bytes: inside the header of {length} bytes");
        var start = 8 + (long)length;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var ends = new List<(long From, long To, string Name)>();
        using var header = Parse(source, source.Read(8, (int)length));
        try
        {
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (!names.Add(entry.Name)) throw source.Fail($"damaged: two tensors are called {entry.Name}");
                if (entry.Name == "__metadata__") ReadMetadata(source, entry.Value, parts);
                else ends.Add(ReadTensor(source, start, entry.Name, entry.Value, parts));
            }
        }
        catch (InvalidOperationException e)
        {
            // Escapes that are no text, such as half a surrogate pair, are found only when the text is asked for.
            throw new InputException($"{source.Path}: damaged: the safetensors header holds text that is none", e);
        }
        ends.Sort();
        for (var i = 1; i < ends.Count; i++)
        {
            if (ends[i].From < ends[i - 1].To) throw source.Fail($"damaged: tensors {ends[i - 1].Name} and {ends[i].Name} overlap");
        }
    }

    private static JsonDocument Parse(CheckpointSource source, byte[] header)
    {
        try
        {
            var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        }
        catch (JsonException)
        {
            // Said below, as for a header that is JSON but no object.
        }
        throw source.Fail("damaged or no checkpoint: its safetensors header is no JSON object");
    }

    private static (long, long, string) ReadTensor(CheckpointSource source, long start, string name, JsonElement entry, CheckpointParts parts)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !entry.TryGetProperty("shape", out var shape) || Numbers(shape) is not { } sizes
            || !entry.TryGetProperty("data_offsets", out var offsets) || Numbers(offsets) is not [var from, var to] || from < 0 || to < from)
            throw source.Fail($"damaged: the header's entry for tensor {name} is wrong");
        var row = ElementTypes.All.FirstOrDefault(r => r.Safetensors == dtype.GetString());
        if (row.Safetensors is null) throw source.Fail($"tensor {name} has the unknown type '{dtype}'");
        if (to > source.Length - start)
        {
            parts.Truncated.Add(name);
            return (from, to, name);
        }
        var tensor = CheckpointTensor.View(name, row.Type, sizes, CheckpointTensor.RowMajor(sizes), 0, new FileStorage(source, start + from, to - from), out var fault)
            ?? throw source.Fail($"damaged: tensor {name} {fault}");
        if (tensor.Count * row.Bytes != to - from) throw source.Fail($"damaged: tensor {name} of shape {tensor.ShapeText} has {to - from} bytes");
        if (name.StartsWith(EmaPrefix, StringComparison.Ordinal)) parts.Ema.Add(tensor.Renamed(name[EmaPrefix.Length..]));
        else if (name.StartsWith(OtherPrefix, StringComparison.Ordinal)) parts.Other.Add(tensor.Renamed(name[OtherPrefix.Length..]));
        else parts.Tensors.Add(tensor);
        return (from, to, name);
    }

    private static void ReadMetadata(CheckpointSource source, JsonElement metadata, CheckpointParts parts)
    {
        if (metadata.ValueKind != JsonValueKind.Object || metadata.EnumerateObject().Any(e => e.Value.ValueKind != JsonValueKind.String))
            throw source.Fail("damaged: __metadata__ is no map from text to text");
        foreach (var entry in metadata.EnumerateObject())
        {
            var text = entry.Value.GetString()!;
            if (entry.Name == ConfigKey && Object(text) is { } config) parts.Config = config;
            else if (entry.Name == ExtraKey && Object(text) is { } extra) Merge(parts.Extra, extra);
            else if (entry.Name != "format") parts.Extra[entry.Name] = text;
        }
    }

    private static void Merge(JsonObject target, JsonObject from)
    {
        foreach (var (key, value) in from.ToArray())
        {
            from.Remove(key);
            target[key] = value;
        }
    }

    private static JsonObject? Object(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ImmutableArray<long>? Numbers(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        var numbers = ImmutableArray.CreateBuilder<long>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var value)) return null;
            numbers.Add(value);
        }
        return numbers.ToImmutable();
    }
}
