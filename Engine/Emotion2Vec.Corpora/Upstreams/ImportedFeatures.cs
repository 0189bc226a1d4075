using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>
/// Features that were made elsewhere, such as BERT's of transcripts: a folder with <c>CORPUS.npy</c> (rows × dimension, float32 or float64, C order),
/// <c>CORPUS.emo</c> (an id a line; what follows a tab is not read) and <c>CORPUS.lengths</c> (rows of each utterance, a number a line; absent: one row each). It is what
/// <c>e2v extract</c> and the emotion2vec repository write. Utterances that the corpus does not have are passed over.
/// </summary>
public sealed partial class ImportedFeatures : IDisposable
{
    private readonly FileStream stream;
    private readonly Dictionary<string, (long First, int Rows)> places = new(StringComparer.Ordinal);
    private readonly long start; // of the numbers in the file
    private readonly int bytes; // of a number

    /// <param name="path">The <c>.npy</c> file.</param>
    /// <exception cref="InputException">A file is missing or malformed.</exception>
    public ImportedFeatures(string path)
    {
        Path = path;
        stream = OpenFile(path);
        try
        {
            (start, bytes, var rows, Dimension) = Header();
            var ids = Lines(System.IO.Path.ChangeExtension(path, ".emo")).Select(line => line.Split('\t')[0].Trim()).ToArray();
            var lengths = System.IO.Path.ChangeExtension(path, ".lengths");
            var counted = File.Exists(lengths);
            int[] counts = counted ? [.. Lines(lengths).Select((line, i) => Length(lengths, line, i + 1))] : [.. ids.Select(_ => 1)];
            if (counts.Length != ids.Length) throw new InputException($"{lengths}: {counts.Length} lengths for the {ids.Length} utterances of the .emo file beside it");
            long first = 0;
            for (var i = 0; i < ids.Length; first += counts[i++])
                if (!places.TryAdd(ids[i], (first, counts[i]))) throw new InputException($"{System.IO.Path.ChangeExtension(path, ".emo")}:{i + 1}: '{ids[i]}' is there twice");
            if (first != rows) throw new InputException($"{path}: {rows} rows, but {(counted ? ".lengths" : ".emo")} beside it {(counted ? "adds up to" : "has")} {first}");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The <c>.npy</c> file.</summary>
    public string Path { get; }

    /// <summary>Values per row.</summary>
    public int Dimension { get; }

    /// <summary>Where the features of a corpus lie in a folder. A corpus that is named by its manifest goes by the manifest's name.</summary>
    public static string Place(string folder, string corpus) =>
        System.IO.Path.Combine(folder, (CorpusCatalogue.IsManifest(corpus) ? System.IO.Path.GetFileNameWithoutExtension(corpus) : corpus) + ".npy");

    /// <summary>Opens the features of a corpus.</summary>
    /// <param name="path">The <c>.npy</c> file.</param>
    /// <param name="manifest">The corpus.</param>
    /// <exception cref="InputException">A file is missing or malformed, or an utterance of the corpus is not in it.</exception>
    public static ImportedFeatures Open(string path, Manifest manifest)
    {
        var features = new ImportedFeatures(path);
        string[] missing = [.. manifest.Utterances.Select(u => u.Id).Where(id => !features.places.ContainsKey(id))];
        if (missing.Length == 0) return features;
        var known = features.places.Count;
        features.Dispose();
        throw new InputException(string.Create(CultureInfo.InvariantCulture,
            $"{path}: has nothing of {missing.Length} of the {manifest.Utterances.Length} utterances of {manifest.Corpus}, the first is '{missing[0]}' (the .emo file beside it names {known})"));
    }

    /// <summary>Row-major rows × dimension of an utterance.</summary>
    /// <exception cref="InputException">A value is not finite.</exception>
    public float[] this[string id]
    {
        get
        {
            var (first, rows) = places[id];
            var data = new byte[(long)rows * Dimension * bytes];
            stream.Position = start + first * Dimension * bytes;
            stream.ReadExactly(data);
            var values = new float[rows * Dimension];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = bytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(4 * i)) : (float)BinaryPrimitives.ReadDoubleLittleEndian(data.AsSpan(8 * i));
                if (!float.IsFinite(values[i])) throw new InputException($"{Path}: '{id}' has a value that is not finite");
            }
            return values;
        }
    }

    /// <summary>Names the content of the files together.</summary>
    public static ImmutableArray<string> Files(string path) =>
        [path, .. new[] { ".emo", ".lengths" }.Select(ending => System.IO.Path.ChangeExtension(path, ending)).Where(File.Exists)];

    private (long Start, int Bytes, long Rows, int Dimension) Header()
    {
        var head = new byte[12];
        if (stream.Read(head) < head.Length || !head.AsSpan(0, 6).SequenceEqual((byte[])[0x93, .. "NUMPY"u8])) throw new InputException($"{Path}: is no .npy file");
        var (first, length) = head[6] == 1 ? (10, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8))) : (12, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)));
        if (length is < 0 or > 1 << 16) throw new InputException($"{Path}: is no .npy file");
        var description = new byte[length];
        stream.Position = first;
        if (stream.Read(description) < length) throw new InputException($"{Path}: is cut off");
        var text = Encoding.ASCII.GetString(description);
        var wide = text.Contains("'<f8'", StringComparison.Ordinal);
        if (!wide && !text.Contains("'<f4'", StringComparison.Ordinal) || text.Contains("'fortran_order': True", StringComparison.Ordinal) || Shape().Match(text) is not { Success: true } shape
            || !long.TryParse(shape.Groups["rows"].Value, CultureInfo.InvariantCulture, out var rows) || !int.TryParse(shape.Groups["values"].Value, CultureInfo.InvariantCulture, out var dimension) || dimension == 0)
            throw new InputException($"{Path}: is not an array of float32 or float64 with two dimensions (rows × values) in C order: {text.Trim()}");
        var size = wide ? 8 : 4;
        return stream.Length == first + length + rows * dimension * size ? (first + length, size, rows, dimension) : throw new InputException($"{Path}: is cut off");
    }

    private static int Length(string path, string line, int number) => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
        : throw new InputException($"{path}:{number}: '{line}' is not a number of rows");

    private static string[] Lines(string path)
    {
        try
        {
            return [.. File.ReadAllLines(path).Where(line => line.Trim().Length > 0)];
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: cannot be read: it must name the utterances of the .npy file beside it, one a line", e);
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: there are no such features, or they cannot be read", e);
        }
    }

    [GeneratedRegex(@"'shape': *\((?<rows>[0-9]+), *(?<values>[0-9]+),?\)", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    public void Dispose() => stream.Dispose();
}
