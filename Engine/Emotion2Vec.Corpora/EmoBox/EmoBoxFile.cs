using System.Text.Json;

namespace Emotion2Vec.Corpora.EmoBox;

/// <summary>One utterance in a file of EmoBox.</summary>
/// <param name="Key">Its name there, <c>DATASET-…</c>.</param>
/// <param name="File">Path of its audio; null where none is given.</param>
/// <param name="Label">Its label, as the corpus spells it; null where none is given.</param>
/// <param name="Seconds">Length of its audio; null where none is given.</param>
/// <param name="Where">File and line, or file and position in it, for messages.</param>
public sealed record EmoBoxEntry(string Key, string? File, string? Label, double? Seconds, string Where);

/// <summary>
/// Reads EmoBox's lists: <c>.jsonl</c> with one object (<c>key</c>, <c>wav</c>, <c>emo</c>, …) per line, or <c>.json</c>
/// with one object whose members are keys.
/// </summary>
public static class EmoBoxFile
{
    /// <exception cref="InputException">Not JSON, an entry without key, or nothing in the file.</exception>
    public static IReadOnlyList<EmoBoxEntry> Read(string file)
    {
        var entries = new List<EmoBoxEntry>();
        if (file.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (line.AsSpan().IsWhiteSpace()) continue;
                using var document = Parse(line, file, number);
                var key = Text(document.RootElement, "key") ?? throw new InputException($"{file}:{number}: no member 'key' with a text");
                entries.Add(Entry(key, document.RootElement, $"{file}:{number}"));
            }
        }
        else
        {
            using var document = Parse(File.ReadAllText(file), file, null);
            foreach (var member in document.RootElement.EnumerateObject())
                entries.Add(Entry(member.Name, member.Value, $"{file}, entry {entries.Count + 1}"));
        }
        return entries.Count > 0 ? entries : throw new InputException($"{file}: no utterance in it");
    }

    private static EmoBoxEntry Entry(string key, JsonElement element, string where) => new(key, Text(element, "wav"), Text(element, "emo"), Number(element, "length"), where);

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

    private static double? Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
