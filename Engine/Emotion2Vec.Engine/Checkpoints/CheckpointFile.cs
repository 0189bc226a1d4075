using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>How a checkpoint is stored.</summary>
public enum CheckpointFormat
{
    /// <summary>torch since 1.6: a zip archive.</summary>
    TorchZip,

    /// <summary>torch before 1.6: pickles, then storages.</summary>
    TorchLegacy,
    Safetensors,

    /// <summary>Hugging Face's index of several files.</summary>
    Sharded,
}

/// <summary>
/// A checkpoint of fairseq, emotion2vec, Hugging Face, Whisper or s3prl: torch's <c>.pt</c> and <c>.bin</c> in both formats,
/// safetensors, and an index of shards. Opening reads names, types, shapes and settings; elements are read from the file
/// when a tensor is asked for them, so keep it open until then. Nothing in a file is ever executed.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private readonly ImmutableArray<IDisposable> held;
    private readonly Dictionary<string, CheckpointTensor> byName;

    private CheckpointFile(string path, CheckpointFormat format, long bytes, CheckpointParts parts, ImmutableArray<IDisposable> held)
    {
        Path = path;
        Format = format;
        Bytes = bytes;
        Tensors = [.. parts.Tensors];
        Ema = [.. parts.Ema];
        Other = [.. parts.Other];
        Config = parts.Config;
        Extra = parts.Extra;
        this.held = held;
        byName = Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    public string Path { get; }

    public CheckpointFormat Format { get; }

    /// <summary>Bytes of the file, of all files where it is an index.</summary>
    public long Bytes { get; }

    /// <summary>The model's tensors under their names in the file, in its order.</summary>
    public ImmutableArray<CheckpointTensor> Tensors { get; }

    /// <summary>The averaged teacher that data2vec models keep in <c>model["_ema"]</c>; empty without one.</summary>
    public ImmutableArray<CheckpointTensor> Ema { get; }

    /// <summary>Tensors elsewhere, such as the optimizer's, under their path: <c>last_optimizer_state.state.0.exp_avg</c>.</summary>
    public ImmutableArray<CheckpointTensor> Other { get; }

    /// <summary>The settings it was trained with (<c>cfg</c>, else <c>args</c>, …) as plain JSON; empty without any.</summary>
    public JsonObject Config { get; }

    /// <summary>Everything else that was saved and is no tensor, by key.</summary>
    public JsonObject Extra { get; }

    /// <summary>Elements of the model's real-valued tensors; the teacher does not count.</summary>
    public long Parameters => Tensors.Where(t => t.Type.IsFloat()).Sum(t => t.Count);

    /// <summary>The model's tensor of this name in the file; null without one.</summary>
    public CheckpointTensor? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Opens a checkpoint and reads what it holds, but no elements.</summary>
    /// <exception cref="InputException">
    /// The file cannot be read, is no checkpoint, is truncated (the message lists the tensors) or damaged, or refers to a
    /// name other than those of tensors and settings (the message says which).
    /// </exception>
    public static CheckpointFile Open(string path)
    {
        var source = CheckpointSource.Open(path);
        try
        {
            var parts = new CheckpointParts();
            var format = Recognize(source);
            if (format == CheckpointFormat.Sharded) return OpenShards(source);
            if (format == CheckpointFormat.Safetensors)
            {
                Safetensors.Read(source, parts);
            }
            else
            {
                var saved = format == CheckpointFormat.TorchZip ? TorchZip.Read(source, out var storage) : TorchLegacy.Read(source, out storage);
                new CheckpointLayout(source, storage, parts).Read(saved);
            }
            if (parts.Truncated.Count > 0)
            {
                throw source.Fail($"truncated at {source.Length} bytes: the data of {parts.Truncated.Count} tensors is missing or incomplete: {NameList.Text(parts.Truncated)}");
            }
            RefuseTwins(source, parts.Tensors);
            RefuseTwins(source, parts.Ema);
            return new CheckpointFile(path, format, source.Length, parts, [source]);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads all tensor data once and compares it with the file's checksums, where its format has some (torch's zip).</summary>
    /// <exception cref="InputException">Data is damaged.</exception>
    public void CheckData()
    {
        foreach (var storage in Tensors.Concat(Ema).Concat(Other).Select(t => t.Storage).Distinct()) storage.Check();
    }

    public void Dispose()
    {
        foreach (var part in held) part.Dispose();
    }

    private static CheckpointFormat Recognize(CheckpointSource source)
    {
        if (source.Length == 0) throw source.Fail("is empty");
        var head = source.Read(0, (int)Math.Min(64, source.Length));
        if (head.AsSpan().StartsWith("PK\u0003\u0004"u8)) return CheckpointFormat.TorchZip;
        if (head.AsSpan().StartsWith(TorchLegacy.Magic)) return CheckpointFormat.TorchLegacy;
        if (head.Length >= 9 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) < 1UL << 40) return CheckpointFormat.Safetensors;
        if (head.AsSpan().TrimStart(" \r\n\t"u8).StartsWith("{"u8) && source.Length < 64 << 20) return CheckpointFormat.Sharded;
        if (head.AsSpan().StartsWith("version https://git-lfs"u8)) throw source.Fail("is a Git LFS pointer, not the checkpoint itself: fetch it with 'git lfs pull'");
        if (head[0] == '<') throw source.Fail("is a web page, not a checkpoint: the download went wrong");
        if (TorchLegacy.Magic.AsSpan().StartsWith(head)) throw source.Fail($"truncated at {source.Length} bytes");
        throw source.Fail("is no checkpoint: neither torch's zip or older format nor safetensors nor an index of shards");
    }

    /// <summary>An index maps tensor names to files beside it: {"weight_map": {"encoder.layer_norm.bias": "model-00001-of-00002.safetensors", …}}.</summary>
    private static CheckpointFile OpenShards(CheckpointSource source)
    {
        var map = WeightMap(source);
        var parts = new CheckpointParts();
        var held = new List<IDisposable> { source };
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(source.Path))!;
        var bytes = source.Length;
        var missing = new List<string>();
        try
        {
            foreach (var (file, names) in map.GroupBy(m => m.Value, m => m.Key).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.ToArray())))
            {
                if (file.Length == 0 || file != System.IO.Path.GetFileName(file)) throw source.Fail($"names the shard '{file}', which is no file beside it");
                var shard = Open(System.IO.Path.Combine(folder, file));
                held.Add(shard);
                if (shard.Format == CheckpointFormat.Sharded) throw source.Fail($"names the shard {file}, which is an index itself");
                bytes += shard.Bytes;
                foreach (var name in names)
                {
                    if (shard.Find(name) is { } tensor) parts.Tensors.Add(tensor);
                    else missing.Add(name);
                }
            }
            if (missing.Count > 0) throw source.Fail($"{missing.Count} tensors are not in the shards it names: {NameList.Text(missing)}");
            return new CheckpointFile(source.Path, CheckpointFormat.Sharded, bytes, parts, [.. held]);
        }
        catch
        {
            foreach (var part in held) part.Dispose();
            throw;
        }
    }

    private static Dictionary<string, string> WeightMap(CheckpointSource source)
    {
        try
        {
            using var json = JsonDocument.Parse(source.Read(0, (int)source.Length), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (json.RootElement.TryGetProperty("weight_map", out var map) && map.ValueKind == JsonValueKind.Object)
                return map.EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{source.Path}: is no checkpoint and no readable index of shards", e);
        }
        throw source.Fail("is JSON without a weight_map, so no index of shards");
    }

    private static void RefuseTwins(CheckpointSource source, IEnumerable<CheckpointTensor> tensors)
    {
        var twin = tensors.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (twin is not null) throw source.Fail($"damaged: two tensors are called {twin.Key}");
    }
}
