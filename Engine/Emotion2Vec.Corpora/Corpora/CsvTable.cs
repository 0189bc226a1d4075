using System.Text;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>Reads comma-separated values as RFC 4180 defines them, with the line on which each record begins.</summary>
internal static class CsvTable
{
    /// <summary>The records of a file with a header line, fields by column.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Columns that are needed; others are passed over.</param>
    /// <exception cref="InputException">A column is missing, a record has another number of fields than the header, or as <see cref="Read"/>.</exception>
    internal static IEnumerable<(string Origin, Func<string, string> Field)> ReadNamed(string path, params string[] columns)
    {
        Dictionary<string, int>? header = null;
        var width = 0;
        foreach (var (line, fields) in Read(path))
        {
            var origin = $"{path}:{line}";
            if (header is null)
            {
                width = fields.Count;
                header = fields.Select((name, i) => (name, i)).DistinctBy(f => f.name).ToDictionary(f => f.name, f => f.i, StringComparer.Ordinal);
                foreach (var column in columns.Where(c => !header.ContainsKey(c))) throw new InputException($"{origin}: no column '{column}'{Nearest.Hint(column, header.Keys)}");
                continue;
            }
            if (fields.Count != width) throw new InputException($"{origin}: {fields.Count} fields, the header has {width}");
            yield return (origin, column => fields[header[column]]);
        }
    }

    /// <summary>
    /// The records of a UTF-8 file. Fields may be quoted (with commas, line breaks and doubled quotes inside); unquoted
    /// fields are trimmed; empty lines are skipped.
    /// </summary>
    /// <exception cref="InputException">A quote that does not end, or text beside a quoted field.</exception>
    internal static IEnumerable<(int Line, List<string> Fields)> Read(string path)
    {
        var text = File.ReadAllText(path);
        var (at, line) = (0, 1);
        while (at < text.Length)
        {
            var first = line;
            var fields = new List<string>();
            do fields.Add(text.AsSpan(at).TrimStart(' ').StartsWith("\"") ? Quoted() : Plain());
            while (at < text.Length && text[at++] == ',');
            if (at > 0 && text[at - 1] == '\n') line++;
            if (fields is not [""]) yield return (first, fields);
        }

        // Both leave `at` on the comma or line feed behind the field.
        string Plain()
        {
            var length = text.AsSpan(at).IndexOfAny(',', '\n');
            var field = length < 0 ? text[at..] : text.Substring(at, length);
            at += field.Length;
            return field.Trim();
        }

        string Quoted()
        {
            var opened = line;
            var field = new StringBuilder();
            at = text.IndexOf('"', at) + 1;
            for (; ; at++)
            {
                if (at >= text.Length) throw new InputException($"{path}:{opened}: a quote is opened and never closed");
                if (text[at] == '\n') line++;
                if (text[at] != '"') field.Append(text[at]);
                else if (at + 1 < text.Length && text[at + 1] == '"') field.Append(text[at++]);
                else break;
            }
            at++;
            if (Plain() is { Length: > 0 } rest) throw new InputException($"{path}:{line}: '{rest}' behind a quoted field");
            return field.ToString();
        }
    }
}
