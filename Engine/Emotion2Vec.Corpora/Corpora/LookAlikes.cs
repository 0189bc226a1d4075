using System.Globalization;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// Texts that print alike and are not the same: a letter with its accent as one character or as two (Unicode's composed and decomposed
/// forms). They are found, not made the same: without ICU, which this platform does not ask for, .NET's Normalize changes nothing.
/// </summary>
internal static class LookAlikes
{
    /// <summary>Whether two different texts are alike but for letters that the one composes and the other does not.</summary>
    internal static bool Are(string a, string b)
    {
        if (a == b || !(a + b).Any(IsPart)) return false;
        var (left, right) = (Letters(a), Letters(b));
        return left.Length == right.Length && left.Zip(right).All(l => l.First == l.Second || AreForms(l.First, l.Second) || AreForms(l.Second, l.First));
    }

    /// <summary>Characters in hexadecimal, as Unicode's tables name them.</summary>
    internal static string Code(string text) => string.Join(' ', text.EnumerateRunes().Select(r => $"U+{r.Value:X4}"));

    // The base alone is another letter: α is not ά.
    private static bool AreForms(string composed, string decomposed) =>
        decomposed.Any(IsPart) && !composed.Any(IsPart) && !char.IsAscii(composed[0]) && !decomposed.StartsWith(composed, StringComparison.Ordinal);

    /// <summary>Accents, sound marks of kana and parts of Korean syllables: what decomposed letters are made with.</summary>
    private static bool IsPart(char c) => c is (>= '\u0300' and <= '\u036f') or '\u3099' or '\u309a' or (>= '\u1100' and <= '\u11ff');

    private static string[] Letters(string text)
    {
        var letters = new List<string>();
        for (var each = StringInfo.GetTextElementEnumerator(text); each.MoveNext();) letters.Add(each.GetTextElement());
        return [.. letters];
    }
}
