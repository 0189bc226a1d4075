using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>
/// Sounds that a head can tell apart but not perfectly: per class a tone, per speaker a detuning, noise over all.
/// 16 kHz mono 16-bit WAV files and a manifest, the same bytes every time.
/// </summary>
internal static class TinyCorpus
{
    /// <summary>Sizes, in a grid file, of an emotion2vec that is pre-trained on it within seconds.</summary>
    public const string ModelSizes =
        "{extractor_channels: 16, width: 32, heads: 4, prenet: 1, depth: 2, utterance_tokens: 2, positional_depth: 2, positional_kernel: 5, positional_groups: 4, "
        + "decoder_depth: 2, decoder_channels: 16, decoder_groups: 4}";

    private static readonly string[] Labels = ["angry", "happy", "neutral", "sad"];

    /// <summary>Writes the corpus into a folder; returns the path of its manifest.</summary>
    public static string Write(string folder, int speakers = 4, int takes = 3, double seconds = 0.4)
    {
        var table = new StringBuilder("path,label,speaker,id,text\n");
        var random = new Random(7);
        for (var label = 0; label < Labels.Length; label++)
        {
            for (var speaker = 0; speaker < speakers; speaker++)
            {
                for (var take = 0; take < takes; take++)
                {
                    var id = $"s{speaker}-{Labels[label]}-{take}";
                    WriteTone(Path.Combine(folder, id + ".wav"), 180 + 60 * label + 15 * speaker, 0.2, seconds + 0.05 * take, random);
                    table.Append(CultureInfo.InvariantCulture, $"{id}.wav,{Labels[label]},s{speaker},{id},t{take}\n");
                }
            }
        }
        var manifest = Path.Combine(folder, "tiny.csv");
        File.WriteAllText(manifest, table.ToString());
        return manifest;
    }

    public static void WriteTone(string path, double hertz, double amplitude, double seconds, Random random)
    {
        const int rate = 16000;
        var samples = (int)(seconds * rate);
        var bytes = new byte[44 + 2 * samples];
        var span = bytes.AsSpan();
        "RIFF"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], rate);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], 2 * rate);
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 16);
        "data"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], 2 * samples);
        for (var i = 0; i < samples; i++)
        {
            var value = amplitude * Math.Sin(2 * Math.PI * hertz * i / rate) + 0.3 * (random.NextDouble() - 0.5);
            BinaryPrimitives.WriteInt16LittleEndian(span[(44 + 2 * i)..], (short)(32767 * Math.Clamp(value, -1, 1)));
        }
        File.WriteAllBytes(path, bytes);
    }
}
