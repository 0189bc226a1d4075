using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>What is written to a checkpoint; <see cref="CheckpointFile"/> reads the same parts back.</summary>
public sealed record CheckpointContents
{
    /// <summary>The model, under the names it shall have in the file.</summary>
    public required IReadOnlyCollection<CheckpointTensor> Model { get; init; }

    /// <summary>The averaged teacher; <c>model["_ema"]</c> in a <c>.pt</c>, names with <c>_ema.</c> in safetensors.</summary>
    public IReadOnlyCollection<CheckpointTensor> Ema { get; init; } = [];

    /// <summary>Other tensors, such as an optimizer's. Up to the first dot the name is the key they are saved under.</summary>
    public IReadOnlyCollection<CheckpointTensor> Other { get; init; } = [];

    /// <summary>The settings (<c>cfg</c>).</summary>
    public JsonObject Config { get; init; } = [];

    /// <summary>Other values to be saved by key, such as fairseq's <c>optimizer_history</c> and <c>extra_state</c>.</summary>
    public JsonObject Extra { get; init; } = [];

    /// <summary>Everything a checkpoint holds.</summary>
    public static CheckpointContents Of(CheckpointFile file) => new() { Model = file.Tensors, Ema = file.Ema, Other = file.Other, Config = file.Config, Extra = file.Extra };
}

/// <summary>Writes safetensors; the same contents give the same bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes the file, atomically. Larger elements come first, so that every tensor is aligned; else the order is kept.</summary>
    /// <exception cref="InputException">A tensor of a checkpoint that is read meanwhile is damaged.</exception>
    public static void Write(string path, CheckpointContents contents)
    {
        var tensors = contents.Model
            .Concat(contents.Ema.Select(t => t.Renamed(Safetensors.EmaPrefix + t.Name)))
            .Concat(contents.Other.Select(t => t.Renamed(Safetensors.OtherPrefix + t.Name)))
            .OrderByDescending(t => t.Type.Bytes()).ToArray();
        var header = Header(tensors, contents);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in tensors) stream.Write(tensor.ReadBytes());
        });
    }

    private static byte[] Header(CheckpointTensor[] tensors, CheckpointContents contents)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            if (contents.Config.Count > 0) json.WriteString(Safetensors.ConfigKey, contents.Config.ToJsonString());
            var extra = new JsonObject(contents.Extra.Where(e => e.Key != "format").Select(e => KeyValuePair.Create(e.Key, e.Value?.DeepClone())));
            if (extra.Count > 0) json.WriteString(Safetensors.ExtraKey, extra.ToJsonString());
            json.WriteString("format", "pt");
            json.WriteEndObject();
            var at = 0L;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", ElementTypes.All[(int)tensor.Type].Safetensors);
                Numbers(json, "shape", tensor.Shape);
                Numbers(json, "data_offsets", [at, at += tensor.Count * tensor.Type.Bytes()]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (bytes.Length % 8 != 0) bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
