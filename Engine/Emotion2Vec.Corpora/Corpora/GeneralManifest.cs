using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// A corpus described by a table: CSV with a header line, or JSONL with an object per line. Columns: <c>path</c>
/// (relative to the table's folder), <c>label</c> (not needed where labels are not); optional <c>speaker</c>, <c>id</c> (default: the path without
/// extension), <c>text</c>, <c>session</c>, <c>dialogue</c>, <c>turn</c> (a whole number), <c>split</c>, <c>start</c>, <c>end</c> (seconds).
/// A file NAME.labels.json beside NAME.csv maps labels to classes: a JSON object; a label that it sends to "" is no label.
/// </summary>
public static class GeneralManifest
{
    private static readonly string[] Columns = ["path", "label", "speaker", "id", "text", "session", "dialogue", "turn", "split", "start", "end"];

    private sealed record Row(string Origin, int Line, Dictionary<string, string> Fields);

    /// <param name="corpus">Name of the corpus.</param>
    /// <param name="path">The table, <c>.csv</c> or <c>.jsonl</c>.</param>
    /// <param name="synthetic">Made by a synthesizer.</param>
    /// <param name="index">Content hashes.</param>
    /// <param name="progress">Audio files done.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="labels">Whether every utterance must have a label.</param>
    /// <param name="within">What the paths of audio cannot leave; null = they may be anywhere.</param>
    /// <exception cref="InputException">What is wrong, with <c>file:line</c>.</exception>
    public static Manifest Scan(
        string corpus, string path, bool synthetic, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default, bool labels = true, DataRoot? within = null)
    {
        CheckEncoding(path);
        var rows = Path.GetExtension(path).ToLowerInvariant() == ".jsonl" ? ReadJsonLines(path) : ReadCsv(path, labels);
        if (rows.Count == 0) throw new InputException($"{path}: no utterance");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var labelMap = Path.ChangeExtension(path, ".labels.json");
        var map = LabelMap(within?.Admit(labelMap, path) ?? labelMap);
        var utterances = rows.Select(row => (Utterance: Mapped(ToUtterance(row, folder, labels), row.Origin), row.Origin)).ToArray();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (row, utterance) in rows.Zip(utterances, (r, u) => (r, u.Utterance)))
        {
            if (!lines.TryAdd(utterance.Id, row.Line))
                throw new InputException($"{row.Origin}: two utterances have the id '{utterance.Id}', the other on line {lines[utterance.Id]}");
            within?.Admit(utterance.Path, row.Origin);
            if (!File.Exists(utterance.Path)) throw new InputException($"{row.Origin}: no such audio file: {utterance.Path}");
        }
        var classes = utterances.Select(u => u.Utterance.Label).Where(label => label.Length > 0).Distinct().Order(StringComparer.Ordinal).ToArray();
        foreach (var (one, other) in from a in classes from b in classes where string.CompareOrdinal(a, b) < 0 && LookAlikes.Are(a, b) select (a, b))
        {
            var origin = utterances.Last(u => u.Utterance.Label == one).Origin;
            throw new InputException($"{origin}: the label '{one}' ({LookAlikes.Code(one)}) prints like '{other}' ({LookAlikes.Code(other)}), which is another class; write both in the same Unicode form (NFC)");
        }
        return ManifestBuilder.Build(corpus, classes, [.. utterances.Select(u => (u.Utterance, (string?)u.Origin))], synthetic, [], index, progress, cancellation);

        Utterance Mapped(Utterance utterance, string origin) => map is null || utterance.Label.Length == 0 ? utterance
            : map.TryGetValue(utterance.Label, out var label) ? utterance with { Label = label }
            : throw new InputException($"{origin}: the label '{utterance.Label}' is not in {Path.GetFileName(Path.ChangeExtension(path, ".labels.json"))}{Nearest.Hint(utterance.Label, map.Keys)}");
    }

    /// <summary>Classes by label; null where there is no such file.</summary>
    private static Dictionary<string, string>? LabelMap(string file)
    {
        if (!File.Exists(file)) return null;
        CheckEncoding(file);
        try
        {
            var map = JsonSerializer.Deserialize<Dictionary<string, string?>>(File.ReadAllText(file)) ?? throw new InputException($"{file}: not a JSON object");
            return map.ToDictionary(m => m.Key, m => m.Value ?? throw new InputException($"{file}: '{m.Key}' is null; a class was expected, or \"\" for no label"), StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new InputException($"{file}:{1 + e.LineNumber}: not a JSON object of texts", e);
        }
    }

    /// <summary>Audio files without a table: a corpus without labels, its ids the names of the files.</summary>
    /// <param name="paths">At least one.</param>
    /// <exception cref="InputException">A file that cannot be read, or two of one name.</exception>
    public static Manifest OfFiles(IReadOnlyList<string> paths, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var utterances = paths.Select(path => new Utterance(Path.GetFileNameWithoutExtension(path), Path.GetFullPath(path), "")).ToArray();
        if (utterances.GroupBy(u => u.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twins)
            throw new InputException($"{string.Join(" and ", twins.Select(u => u.Path))} have the same name, '{twins.Key}'; a manifest (.csv) gives them ids");
        return ManifestBuilder.Build("files", [], [.. utterances.Select(u => (u, (string?)null))], synthetic: false, [], index, progress, cancellation);
    }

    /// <summary>Bytes of another encoding would be read as one and the same replacement character: two labels could become one.</summary>
    private static void CheckEncoding(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var number = 0;
        foreach (var line in bytes.AsSpan().Split((byte)'\n'))
        {
            number++;
            if (!Utf8.IsValid(bytes.AsSpan(line))) throw new InputException($"{path}:{number}: not UTF-8");
        }
    }

    private static Utterance ToUtterance(Row row, string folder, bool labels)
    {
        string? Optional(string column) => row.Fields.TryGetValue(column, out var value) && value.Length > 0 ? value : null;
        string Required(string column) => Optional(column) ?? throw new InputException($"{row.Origin}: '{column}' is empty");
        double? Seconds(string column) => Optional(column) is not { } text ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= 0 ? value
            : throw new InputException($"{row.Origin}: '{column}' is '{text}', not a time in seconds");

        int? Whole(string column) => Optional(column) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
            : throw new InputException($"{row.Origin}: '{column}' is '{text}', not a whole number");

        var path = Required("path");
        var (start, end) = (Seconds("start"), Seconds("end"));
        if (end <= (start ?? 0)) throw new InputException($"{row.Origin}: 'end' is not after 'start'");
        var id = Optional("id") ?? DefaultId(path, start, end);
        var split = Optional("split") is { } part ? FixedSplit.Check(part, $"{row.Origin}: utterance '{id}'") : null;
        return new Utterance(id, Path.GetFullPath(path, folder), labels ? Required("label") : Optional("label") ?? "", Optional("speaker"), Optional("text"), Optional("session"), split, start, end,
            Dialogue: Optional("dialogue"), Turn: Whole("turn"));
    }

    /// <summary>Free of this machine's folders, because ids are part of the manifest's hash.</summary>
    private static string DefaultId(string path, double? start, double? end)
    {
        var name = Path.ChangeExtension(Path.IsPathRooted(path) ? Path.GetFileName(path) : path, null).Replace('\\', '/');
        return start is null && end is null ? name : string.Create(CultureInfo.InvariantCulture, $"{name}@{start ?? 0}-{end}");
    }

    private static List<Row> ReadCsv(string path, bool labels)
    {
        string[]? header = null;
        var rows = new List<Row>();
        foreach (var (line, fields) in CsvTable.Read(path))
        {
            var origin = $"{path}:{line}";
            if (header is null)
            {
                header = [.. fields.Select(name => Column(name, origin))];
                if (header.GroupBy(name => name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new InputException($"{origin}: column '{twice.Key}' occurs twice");
                foreach (var column in Columns.Take(labels ? 2 : 1).Except(header)) throw new InputException($"{origin}: no column '{column}'");
                continue;
            }
            if (fields.Count != header.Length) throw new InputException($"{origin}: {fields.Count} fields, the header has {header.Length}");
            rows.Add(new Row(origin, line, header.Zip(fields).ToDictionary(f => f.First, f => f.Second)));
        }
        return rows;
    }

    private static List<Row> ReadJsonLines(string path)
    {
        var rows = new List<Row>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            var origin = $"{path}:{number}";
            try
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.ValueKind != JsonValueKind.Object) throw new InputException($"{origin}: not a JSON object");
                var fields = new Dictionary<string, string>();
                foreach (var member in json.RootElement.EnumerateObject())
                {
                    var value = member.Value.ValueKind switch
                    {
                        JsonValueKind.String => member.Value.GetString()!.Trim(),
                        JsonValueKind.Number => member.Value.GetRawText(),
                        JsonValueKind.Null => "",
                        var kind => throw new InputException($"{origin}: '{member.Name}' is {kind.ToString().ToLowerInvariant()}; text or a number was expected"),
                    };
                    if (!fields.TryAdd(Column(member.Name, origin), value)) throw new InputException($"{origin}: '{member.Name}' occurs twice");
                }
                rows.Add(new Row(origin, number, fields));
            }
            catch (JsonException e)
            {
                throw new InputException($"{origin}: not JSON (byte {e.BytePositionInLine + 1})", e);
            }
        }
        return rows;
    }

    private static string Column(string name, string origin) => Columns.Contains(name) ? name
        : name.IndexOfAny([';', '\t']) >= 0 ? throw new InputException($"{origin}: unknown column '{name}': columns are separated by commas")
        : throw new InputException($"{origin}: unknown column '{name}'{Nearest.Hint(name, Columns)}: known are {string.Join(", ", Columns)}");
}
