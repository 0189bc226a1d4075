using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Emotion2Vec.Tests.Checkpoints;

/// <summary>Files with pickles written opcode by opcode.</summary>
internal static class PickleFiles
{
    /// <summary>A zip file of torch with this pickle and these storages.</summary>
    public static string Zip(TemporaryFolder folder, byte[] pickle, params (string Key, byte[] Bytes)[] storages)
    {
        var path = folder.File($"{Guid.NewGuid():N}.pt");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", pickle);
        foreach (var (key, bytes) in storages) Add(zip, "archive/data/" + key, bytes);
        return path;
    }

    /// <summary>Text for opcodes, bytes as they are, numbers as one byte.</summary>
    public static byte[] Pickle(params object[] parts)
    {
        var bytes = new List<byte>();
        foreach (var part in parts)
        {
            bytes.AddRange(part switch
            {
                string text => Encoding.Latin1.GetBytes(text),
                byte[] raw => raw,
                int number => [(byte)number],
                _ => throw new ArgumentException($"no bytes for {part}", nameof(parts)),
            });
        }
        return [.. bytes];
    }

    /// <summary>Opcode X with its text.</summary>
    public static byte[] Text(string text) => [(byte)'X', .. U32((uint)text.Length), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>{"w": tensor} over storage "0" of the given elements; shape and strides are opcodes of two tuples.</summary>
    public static byte[] OneTensor(int elements, string offset, byte[] shape, byte[] strides, string storage = "FloatStorage") => Pickle(
        "\u0080\u0002}", Text("w"), "ctorch._utils\n_rebuild_tensor_v2\n((", Text("storage"), $"ctorch\n{storage}\n", Text("0"), Text("cpu"), "J", U32((uint)elements), "tQ",
        offset, shape, strides, "\u0089)tRs.");

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }
}
