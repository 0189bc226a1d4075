using System.Globalization;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// Many names in one line: as they are when they are few, else those that differ in one number as one:
/// <c>encoder.layers.{0-2,5}.fc1.weight</c>. No name is left out.
/// </summary>
internal static class NameList
{
    private const int Few = 30;

    public static string Text(IReadOnlyCollection<string> names)
    {
        if (names.Count <= Few) return string.Join(", ", names);
        return string.Join(", ", names.GroupBy(FirstNumberOpen, StringComparer.Ordinal).Select(g => g.Key is "" || g.Count() == 1 ? string.Join(", ", g) : Folded([.. g])));
    }

    /// <summary>The name with its first index replaced; empty for a name without an index.</summary>
    private static string FirstNumberOpen(string name) => Index(name) is var (at, length) && length > 0 ? $"{name[..at]}*{name[(at + length)..]}" : "";

    private static string Folded(string[] names)
    {
        var (at, length) = Index(names[0]);
        var numbers = names.Select(n => int.Parse(n.AsSpan(at, Index(n).Length), CultureInfo.InvariantCulture)).Order().ToArray();
        var ranges = new List<string>();
        for (var i = 0; i < numbers.Length;)
        {
            var j = i;
            while (j + 1 < numbers.Length && numbers[j + 1] == numbers[j] + 1) j++;
            ranges.Add(i == j ? $"{numbers[i]}" : $"{numbers[i]}-{numbers[j]}");
            i = j + 1;
        }
        return $"{names[0][..at]}{{{string.Join(',', ranges)}}}{names[0][(at + length)..]}";
    }

    /// <summary>Where the first part between dots is that is a number of up to six digits; length 0 without one.</summary>
    private static (int At, int Length) Index(string name)
    {
        var at = 0;
        foreach (var part in name.Split('.'))
        {
            if (part.Length is > 0 and <= 6 && part.All(char.IsAsciiDigit)) return (at, part.Length);
            at += part.Length + 1;
        }
        return (0, 0);
    }
}
