using System.Text;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests;

/// <summary>Files of full size whose elements are holes of the disk: all names and shapes, all zeros.</summary>
internal static class HollowCheckpoint
{
    /// <summary>That of a published model.</summary>
    public static string Write(string path, string model) => Write(path, Architectures.Find(model).Tensors);

    /// <param name="path">A .safetensors file.</param>
    public static string Write(string path, IEnumerable<TensorSpec> tensors)
    {
        var at = 0L;
        string[] entries = [.. tensors.Select(t => $$"""
            "{{t.Name}}": {"dtype": "F32", "shape": [{{string.Join(',', t.Shape)}}], "data_offsets": [{{at}}, {{at += t.Count * 4}}]}
            """)];
        var header = Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        using var stream = File.Create(path);
        stream.Write(BitConverter.GetBytes((long)header.Length));
        stream.Write(header);
        stream.SetLength(stream.Position + at);
        return path;
    }
}
