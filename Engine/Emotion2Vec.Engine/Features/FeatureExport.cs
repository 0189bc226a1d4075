using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Engine.Features;

/// <summary>
/// Features in the emotion2vec repository's own format: <c>NAME.npy</c>, all frames one after the other (float32, C order,
/// frames × dimension; with several layers frames × layers × dimension); <c>NAME.lengths</c>, frames per utterance, one number a
/// line; <c>NAME.emo</c>, id, tab, label, one utterance a line. Utterances in manifest order. Frames are copied from the mapped
/// file, so that memory does not depend on the corpus.
/// </summary>
public static class FeatureExport
{
    /// <summary>Writes the files, each whole or not at all; <c>.emo</c> only where every utterance has a label.</summary>
    /// <returns>The paths of what was written.</returns>
    /// <exception cref="InputException">An id or a label holds a tab or a line break.</exception>
    /// <exception cref="DamagedFeaturesException">Frames changed since they were written.</exception>
    public static IReadOnlyList<string> Write(FeatureFile features, Manifest manifest, string folder, string name, CancellationToken cancel)
    {
        var npy = Path.Combine(folder, name + ".npy");
        var written = new List<string> { npy };
        AtomicFile.Write(npy, stream =>
        {
            stream.Write(Header(features));
            for (var i = 0; i < features.Utterances; i++)
            {
                cancel.ThrowIfCancellationRequested();
                stream.Write(MemoryMarshal.AsBytes(features[i]));
            }
            // Once the frames are there: a cancelled export leaves the files of an earlier one as they were.
            Lines(".lengths", Enumerable.Range(0, features.Utterances).Select(i => features.FrameCount(i).ToString(CultureInfo.InvariantCulture)));
            if (manifest.Labelled) Lines(".emo", manifest.Utterances.Select(u => $"{OneWord(u.Id)}\t{OneWord(u.Label)}"));
        });
        return written;

        void Lines(string ending, IEnumerable<string> lines)
        {
            var path = Path.Combine(folder, name + ending);
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
                foreach (var line in lines) writer.WriteLine(line);
            });
            written.Add(path);
        }
    }

    /// <summary>Writes the hidden layer of a head: FILE.npy, one row per utterance, and beside it FILE.emo with their ids and labels.</summary>
    /// <param name="rows">Row-major utterances × H.</param>
    /// <param name="utterances">Positions in the manifest, in the rows' order.</param>
    /// <exception cref="InputException">An id or a label holds a tab or a line break.</exception>
    public static void WriteHidden(string path, ReadOnlyMemory<float> rows, Manifest manifest, IReadOnlyList<int> utterances) =>
        WriteRows(path, rows, [.. utterances.Select(i => manifest.Utterances[i]).Select(u => $"{OneWord(u.Id)}\t{OneWord(u.Label)}")]);

    /// <summary>Writes one row per line of <paramref name="lines"/>, and the lines beside it (FILE.emo).</summary>
    internal static void WriteRows(string path, ReadOnlyMemory<float> rows, IReadOnlyList<string> lines)
    {
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header($"{lines.Count}, {rows.Length / lines.Count}"));
            stream.Write(MemoryMarshal.AsBytes(rows.Span));
        });
        AtomicFile.Write(Path.ChangeExtension(path, ".emo"), stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            foreach (var line in lines) writer.WriteLine(line);
        });
    }

    /// <summary>Format 1.0: magic, version, length of the description, the description filled up to a multiple of 64 bytes.</summary>
    private static byte[] Header(FeatureFile features) =>
        Header(features.Layers == 1 ? $"{features.Frames}, {features.Dimension}" : $"{features.Frames}, {features.Layers}, {features.Dimension}");

    private static byte[] Header(string shape)
    {
        var description = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}";
        var bytes = new byte[(10 + description.Length + 1 + 63) / 64 * 64];
        bytes.AsSpan().Fill((byte)' ');
        ReadOnlySpan<byte> magic = [0x93, .. "NUMPY"u8, 1, 0];
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(bytes.Length - 10));
        Encoding.ASCII.GetBytes(description, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    private static string OneWord(string text) => text.AsSpan().IndexOfAny("\t\n\r") < 0 ? text
        : throw new InputException($"'{text.ReplaceLineEndings(" ")}' holds a tab or a line break, which an .emo file cannot");
}
