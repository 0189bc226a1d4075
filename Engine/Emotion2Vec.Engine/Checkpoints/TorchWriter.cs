using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints.Pickle;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// Writes a <c>.pt</c> that torch.load and fairseq read: torch's zip format, with fairseq's keys. The same contents give the
/// same bytes: records carry no time, and the pickle has no memo.
/// </summary>
public static class TorchWriter
{
    private const string Folder = "checkpoint/";

    /// <summary>Writes the file, atomically.</summary>
    /// <exception cref="InputException">A tensor is over 4 GB, or one of a checkpoint that is read meanwhile is damaged.</exception>
    public static void Write(string path, CheckpointContents contents)
    {
        var tensors = new List<CheckpointTensor>();
        var pickle = Pickle(contents, tensors);
        AtomicFile.Write(path, stream =>
        {
            var zip = new Records(stream);
            zip.Add(Folder + "data.pkl", pickle);
            zip.Add(Folder + "byteorder", "little"u8);
            for (var i = 0; i < tensors.Count; i++) zip.Add($"{Folder}data/{i}", tensors[i].ReadBytes());
            zip.Add(Folder + "version", "3\n"u8);
            zip.End();
        });
    }

    private static byte[] Pickle(CheckpointContents contents, List<CheckpointTensor> tensors)
    {
        var pickle = new PickleWriter();
        void Entries(IEnumerable<CheckpointTensor> all)
        {
            foreach (var tensor in all)
            {
                pickle.Text(tensor.Name);
                pickle.Tensor(tensor, $"{tensors.Count}");
                tensors.Add(tensor);
            }
        }

        pickle.OpenDict();
        pickle.Text("args");
        pickle.Null();
        pickle.Text("cfg");
        pickle.Value(contents.Config);
        pickle.Text("model");
        pickle.OpenOrderedDict();
        Entries(contents.Model);
        if (contents.Ema.Count > 0)
        {
            pickle.Text("_ema");
            pickle.OpenOrderedDict();
            Entries(contents.Ema);
            pickle.CloseDict();
        }
        pickle.CloseDict();

        var rest = Rest(contents);
        var others = contents.Other.ToLookup(t => t.Name.Split('.')[0], StringComparer.Ordinal);
        foreach (var (key, value) in rest)
        {
            pickle.Text(key);
            if (!others.Contains(key))
            {
                pickle.Value(value);
                continue;
            }
            pickle.OpenDict();
            foreach (var (inner, node) in value as JsonObject ?? [])
            {
                pickle.Text(inner);
                pickle.Value(node);
            }
            Entries(others[key].Select(t => t.Renamed(t.Name[Math.Min(t.Name.Length, key.Length + 1)..])));
            pickle.CloseDict();
        }
        pickle.CloseDict();
        return pickle.End();
    }

    /// <summary>What stands beside the model: what was given, and the keys without which fairseq does not load a checkpoint.</summary>
    private static JsonObject Rest(CheckpointContents contents)
    {
        var rest = (JsonObject)contents.Extra.DeepClone();
        foreach (var taken in (string[])["args", "cfg", "model"]) rest.Remove(taken);
        void Default(string key, JsonNode? value)
        {
            if (!rest.ContainsKey(key)) rest[key] = value;
        }

        Default("criterion", null);
        Default("optimizer_history", new JsonArray(new JsonObject { ["criterion_name"] = "ModelCriterion", ["optimizer_name"] = "FairseqAdam", ["lr_scheduler_state"] = new JsonObject(), ["num_updates"] = 0L }));
        Default("task_state", new JsonObject());
        Default("extra_state", new JsonObject { ["train_iterator"] = new JsonObject { ["epoch"] = 1L, ["iterations_in_epoch"] = 0L, ["shuffle"] = true }, ["val_loss"] = null });
        Default("last_optimizer_state", null);
        foreach (var tensor in contents.Other) Default(tensor.Name.Split('.')[0], new JsonObject());
        return rest;
    }

    /// <summary>A zip archive of uncompressed records, each aligned to 64 bytes by an extra field, as torch writes them.</summary>
    private sealed class Records(Stream stream)
    {
        private const int Alignment = 64;
        private readonly MemoryStream directory = new();
        private int count;

        public void Add(string name, ReadOnlySpan<byte> bytes)
        {
            if ((uint)bytes.Length >= uint.MaxValue) throw new InputException($"{name}: a tensor of over 4 GB cannot be written");
            var at = stream.Position;
            var text = Encoding.ASCII.GetBytes(name);
            var padding = (int)(Alignment - (at + 30 + text.Length + 4) % Alignment) % Alignment;
            var crc = Crc32.Of(bytes);
            Common(stream, 0x04034B50, [], crc, bytes.Length, text.Length, padding + 4);
            stream.Write(text);
            Write(stream, (ushort)0x4246, (ushort)padding);
            stream.Write(new byte[padding]);
            stream.Write(bytes);

            // The directory says where a record is; past 4 GB in an extra field of 64 bits.
            var far = at >= uint.MaxValue;
            Common(directory, 0x02014B50, [0, 0], crc, bytes.Length, text.Length, far ? 12 : 0);
            directory.Write(new byte[10]);
            Write(directory, far ? uint.MaxValue : (uint)at);
            directory.Write(text);
            if (far)
            {
                Write(directory, (ushort)1, (ushort)8);
                Write(directory, (ulong)at);
            }
            count++;
        }

        public void End()
        {
            var at = stream.Position;
            stream.Write(directory.ToArray());
            var end = stream.Position;
            Write(stream, 0x06064B50u);
            Write(stream, 44UL);
            Write(stream, (ushort)45, (ushort)45);
            Write(stream, 0u, 0u);
            Write(stream, (ulong)count, (ulong)count, (ulong)directory.Length, (ulong)at);
            Write(stream, 0x07064B50u, 0u);
            Write(stream, (ulong)end);
            Write(stream, 1u, 0x06054B50u);
            Write(stream, (ushort)0, (ushort)0, (ushort)Math.Min(count, 0xFFFF), (ushort)Math.Min(count, 0xFFFF));
            Write(stream, (uint)Math.Min(directory.Length, uint.MaxValue), (uint)Math.Min(at, uint.MaxValue));
            Write(stream, (ushort)0);
        }

        /// <summary>What a local header and a directory entry share: versions, flags, method 0, no time, checksum, sizes, lengths.</summary>
        private static void Common(Stream to, uint signature, ReadOnlySpan<byte> madeBy, uint crc, int size, int name, int extra)
        {
            Write(to, signature);
            to.Write(madeBy);
            Write(to, (ushort)45, (ushort)0x0800, (ushort)0, (ushort)0, (ushort)0x21);
            Write(to, crc, (uint)size, (uint)size);
            Write(to, (ushort)name, (ushort)extra);
        }

        private static void Write(Stream to, params ReadOnlySpan<ushort> values)
        {
            Span<byte> bytes = stackalloc byte[2];
            foreach (var value in values)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
                to.Write(bytes);
            }
        }

        private static void Write(Stream to, params ReadOnlySpan<uint> values)
        {
            Span<byte> bytes = stackalloc byte[4];
            foreach (var value in values)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
                to.Write(bytes);
            }
        }

        private static void Write(Stream to, params ReadOnlySpan<ulong> values)
        {
            Span<byte> bytes = stackalloc byte[8];
            foreach (var value in values)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                to.Write(bytes);
            }
        }
    }
}
