namespace Emotion2Vec.Corpora;

/// <summary>Numbers of things in messages.</summary>
public static class Counted
{
    /// <summary><c>1 file</c>, <c>2 files</c>.</summary>
    public static string Of(int n, string noun) => n == 1 ? $"1 {noun}" : $"{n} {noun}s";
}
