using System.Buffers.Binary;
using System.Numerics;
using Emotion2Vec.Engine.Checkpoints.Pickle;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// torch's file format before 1.6: five pickles (a magic number, the protocol version 1001, facts of the machine, the value
/// saved, the keys of its storages in order), then each storage as its number of elements (8 bytes) and its elements.
/// </summary>
internal static class TorchLegacy
{
    /// <summary>How such a file begins: protocol 2, a long of ten bytes, the magic number.</summary>
    public static readonly byte[] Magic = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>The value that was saved; its tensors get their bytes through <paramref name="storage"/>, null where they are not there.</summary>
    public static object? Read(CheckpointSource source, out Func<PickleStorage, TensorStorage?> storage)
    {
        var at = 0L;
        var types = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        object? Next(Func<PickleTuple, PickleStorage?> persistent)
        {
            var input = new PickleInput(source, at, source.Length - at);
            var value = new PickleMachine(input, persistent).Run();
            at = input.Position;
            return value;
        }

        PickleStorage? Persistent(PickleTuple id)
        {
            if (TorchZip.Persistent(id) is not { } root) return null;
            if (types.TryGetValue(root.Key, out var known) && known != root) throw source.Fail($"damaged: storage {root.Key} is described in two ways");
            types[root.Key] = root;
            // Very old files hold views of storages: (key of the view, offset, elements).
            if (id.Items is not [_, _, _, _, _, PickleTuple view]) return root;
            return view.Items is [_, long offset, long elements] && offset >= 0 && elements >= 0 && elements <= root.Elements && offset <= root.Elements - elements
                ? root with { ViewOffset = offset, Elements = elements }
                : null;
        }

        static PickleStorage? None(PickleTuple id) => null;

        if (Next(None) is not BigInteger || Next(None) is not 1001L) throw source.Fail("damaged: it begins like a file of torch but is of another version");
        var bigEndian = (Next(None) as PickleDict)?["little_endian"] is false;
        var value = Next(Persistent);
        if (Next(None) is not PickleList keys) throw source.Fail("damaged: the list of its storages is missing");
        var found = new Dictionary<string, TensorStorage>(StringComparer.Ordinal);
        foreach (var key in keys.Items)
        {
            if (key is not string name || !types.TryGetValue(name, out var described)) throw source.Fail("damaged: the list of its storages does not match its tensors");
            if (source.Length - at < 8) break;
            var elements = BinaryPrimitives.ReadInt64LittleEndian(source.Read(at, 8));
            if (bigEndian) elements = BinaryPrimitives.ReverseEndianness(elements);
            if (elements != described.Elements) throw source.Fail($"damaged: storage {name} has {elements} elements, {described.Elements} were announced");
            var bytes = (Int128)elements * (described.Type?.Bytes() ?? 1);
            if (bytes > source.Length - at - 8) break;
            found[name] = new FileStorage(source, at + 8, (long)bytes, bigEndian);
            at += 8 + (long)bytes;
        }
        storage = wanted => found.GetValueOrDefault(wanted.Key);
        return value;
    }
}
