namespace Emotion2Vec.Corpora;

/// <summary>Suggests the name that was probably meant.</summary>
public static class Nearest
{
    /// <summary>
    /// <c> (did you mean 'emodb'?)</c> with a leading space, or an empty text when no name is near: more than a third of
    /// the longer name's letters (at least two) would have to change. The first name that begins with all of the text as a word
    /// (<c>ravdess</c>) comes before any that is merely near. Case and the difference between <c>-</c> and
    /// <c>_</c> do not count; of equally near names the first in ordinal order is suggested.
    /// </summary>
    public static string Hint(string name, IEnumerable<string> names)
    {
        var wanted = Fold(name);
        string[] all = [.. names];
        var best = all.FirstOrDefault(candidate => wanted.Length > 0 && Fold(candidate).StartsWith(wanted + "-", StringComparison.Ordinal)) ?? all
            .Select(candidate => (candidate, folded: Fold(candidate)))
            .Select(c => (c.candidate, edits: Distance(wanted, c.folded), allowed: Math.Max(2, Math.Max(wanted.Length, c.folded.Length) / 3)))
            // A short name must keep at least one of its letters, or everything would be near to it.
            .Where(c => c.edits <= c.allowed && c.edits < Math.Max(1, Math.Min(wanted.Length, c.candidate.Length)))
            .OrderBy(c => c.edits).ThenBy(c => c.candidate, StringComparer.Ordinal)
            .Select(c => c.candidate)
            .FirstOrDefault();
        return best is null ? "" : $" (did you mean '{best}'?)";
    }

    private static string Fold(string name) => name.ToLowerInvariant().Replace('_', '-');

    /// <summary>
    /// Insertions, deletions, substitutions and swaps of two neighbours (optimal string alignment) that turn one text
    /// into the other.
    /// </summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
