using System.Text;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests;

/// <summary>A published model's file of full size whose elements are holes of the disk: all names and shapes, all zeros.</summary>
internal static class HollowCheckpoint
{
    /// <param name="path">A .safetensors file.</param>
    /// <param name="extra">More tensors of 32-bit floats, by name and size.</param>
    public static string Write(string path, string model, params ReadOnlySpan<(string Name, long Count)> extra)
    {
        var at = 0L;
        var entries = new List<string>();
        foreach (var tensor in Architectures.Find(model).Tensors) Add(tensor.Name, tensor.Shape, tensor.Count);
        foreach (var (name, count) in extra) Add(name, [count], count);
        var header = Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        using var stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        stream.SetLength(stream.Position + at);
        return path;

        void Add(string name, IEnumerable<long> shape, long count) => entries.Add($$"""
            "{{name}}": {"dtype": "F32", "shape": [{{string.Join(',', shape)}}], "data_offsets": [{{at}}, {{at += count * 4}}]}
            """);
    }
}
