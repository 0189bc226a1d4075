using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>emobox</c>: the fold files of the EmoBox benchmark, under the data root as
/// <c>emobox/DATASET/fold_K/DATASET_{train,valid,test}_fold_K.jsonl</c> (one object with <c>key</c> and <c>wav</c> per
/// line) or <c>.json</c> (one object whose members are keys). DATASET is the corpus name or, where there is no such
/// folder, the name without its last <c>-part</c> (ravdess-speech → ravdess); of a manifest file, its name without extension. A key names the utterance whose id it is,
/// with or without the prefix <c>DATASET-</c>; else the one whose file has the name of <c>wav</c> (extensions aside).
/// Where a fold has no validation file, a random fifth of its training part (rounded down) validates: EmoBox's own rule
/// is a random 80/20 split too, but by Python's generator.
/// </summary>
public sealed class EmoBoxFolds : Protocol
{
    private const ulong Seed = 1;

    public override string Name => "emobox";
    public override string Description => "EmoBox's published folds; a random fifth of training validates where there is no validation file";

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var folder = FindFolder(manifest.Corpus, Path.Combine(dataRoot ?? throw new InputException($"{Name}: no data folder is named (--data or E2V_DATA)"), "emobox"));
        var dataset = Path.GetFileName(folder);
        var numbers = Directory.EnumerateDirectories(folder, "fold_*")
            .Select(d => int.TryParse(Path.GetFileName(d)["fold_".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? k : 0)
            .Where(k => k > 0).Order().ToArray();
        if (numbers.Length == 0) throw new InputException($"{folder}: no folder fold_1, fold_2, …");
        var keys = new KeyMap(manifest, dataset);
        return [.. numbers.Select(k => ReadFold(manifest, keys, folder, dataset, k))];
    }

    private static Fold ReadFold(Manifest manifest, KeyMap keys, string folder, string dataset, int number)
    {
        var partOf = new Dictionary<int, string>();
        int[] Read(string part, bool required)
        {
            var stem = Path.Combine(folder, $"fold_{number}", $"{dataset}_{part}_fold_{number}");
            var file = new[] { stem + ".jsonl", stem + ".json" }.FirstOrDefault(File.Exists);
            if (file is null) return required ? throw new InputException($"{stem}.jsonl: no such file") : [];
            var entries = ReadEntries(file);
            var unknown = entries.Where(e => keys.Find(e) is null).ToArray();
            if (unknown.Length > 0)
                throw new InputException($"{unknown[0].Where}: '{unknown[0].Key}' is no utterance of {manifest.Corpus}" + (unknown.Length > 1 ? $", nor are {unknown.Length - 1} more keys of {entries.Count}" : ""));
            foreach (var entry in entries)
            {
                var position = keys.Find(entry)!.Value;
                if (!partOf.TryAdd(position, part))
                    throw new InputException($"{entry.Where}: utterance '{manifest.Utterances[position].Id}' is {(partOf[position] == part ? "twice" : $"in {partOf[position]} and")} in {part}");
            }
            return [.. entries.Select(e => keys.Find(e)!.Value).Order()];
        }

        var (train, validation, test) = (Read("train", true), Read("valid", false), Read("test", true));
        if (validation.Length == 0)
        {
            if (AudioUnits.Of(manifest, train).Length < 2) throw new InputException($"{folder}, fold {number}: the training part is too small to draw a validation part from it");
            (validation, train) = AudioUnits.Draw(manifest, train, Math.Max(1, train.Length / 5), SplitMix64.Stream(Seed, (ulong)number));
        }
        return new Fold($"fold {number}", [.. train], [.. validation], [.. test], []);
    }

    private static string FindFolder(string corpus, string emobox)
    {
        if (!Directory.Exists(emobox)) throw new InputException($"{emobox}: no such folder; EmoBox's data folder belongs there");
        for (var name = CorpusCatalogue.IsManifest(corpus) ? Path.GetFileNameWithoutExtension(corpus) : corpus; ; name = name[..name.LastIndexOf('-')])
        {
            if (name.Length > 0 && Directory.Exists(Path.Combine(emobox, name))) return Path.Combine(emobox, name);
            if (!name.Contains('-'))
            {
                var known = Directory.EnumerateDirectories(emobox).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal).ToArray();
                throw new InputException($"{emobox}: EmoBox has no folds for '{corpus}'{Nearest.Hint(corpus, known)}; there are {string.Join(", ", known)}");
            }
        }
    }

    /// <param name="Where">File and line, or file and position in it, for messages.</param>
    private sealed record Entry(string Key, string? File, string Where);

    private static List<Entry> ReadEntries(string file)
    {
        var entries = new List<Entry>();
        if (file.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (line.AsSpan().IsWhiteSpace()) continue;
                using var document = Parse(line, file, number);
                var key = Text(document.RootElement, "key") ?? throw new InputException($"{file}:{number}: no member 'key' with a text");
                entries.Add(new Entry(key, Text(document.RootElement, "wav"), $"{file}:{number}"));
            }
        }
        else
        {
            using var document = Parse(File.ReadAllText(file), file, null);
            foreach (var member in document.RootElement.EnumerateObject())
                entries.Add(new Entry(member.Name, Text(member.Value, "wav"), $"{file}, entry {entries.Count + 1}"));
        }
        return entries.Count > 0 ? entries : throw new InputException($"{file}: no utterance in it");
    }

    private static JsonDocument Parse(string json, string file, int? line)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            throw new InputException($"{file}:{line ?? 1 + e.LineNumber}: not JSON", e);
        }
        throw new InputException($"{file}:{line ?? 1}: not a JSON object");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>From EmoBox's keys to manifest positions.</summary>
    private sealed class KeyMap(Manifest manifest, string dataset)
    {
        private readonly Dictionary<string, int> _ids = manifest.Utterances.Select((u, i) => (u.Id, i)).ToDictionary(u => u.Id, u => u.i, StringComparer.Ordinal);

        // A file name that occurs twice, or a file that holds several utterances, names none of them.
        private readonly Dictionary<string, int> _files = manifest.Utterances.Select((u, i) => (Name: Path.GetFileNameWithoutExtension(u.Path), i))
            .GroupBy(u => u.Name, StringComparer.Ordinal).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single().i, StringComparer.Ordinal);

        public int? Find(Entry entry)
        {
            if (_ids.TryGetValue(entry.Key, out var position)) return position;
            if (entry.Key.StartsWith(dataset + "-", StringComparison.Ordinal) && _ids.TryGetValue(entry.Key[(dataset.Length + 1)..], out position)) return position;
            return entry.File is not null && _files.TryGetValue(Path.GetFileNameWithoutExtension(entry.File), out position) ? position : null;
        }
    }
}
