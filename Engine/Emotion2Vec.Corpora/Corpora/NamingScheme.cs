using System.Diagnostics.CodeAnalysis;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>How file names carry labels.</summary>
/// <param name="Example">A name and what its parts mean, for error messages.</param>
/// <param name="Pattern">
/// Regular expression for the end of a path below the corpus folder (<c>/</c>-separated, without extension) that begins
/// where a folder's or file's name begins. Groups: <c>emotion</c>; where there are such <c>speaker</c>, <c>text</c>,
/// <c>dialogue</c>, <c>split</c>; <c>id</c> where the id is not the file's name.
/// </param>
/// <param name="Labels">Class by what the group <c>emotion</c> matched.</param>
/// <param name="PassedOver">Pattern, likewise, of files that are published beside the corpus and are not part of it.</param>
public sealed record NamingScheme(
    string Example,
    [StringSyntax(StringSyntaxAttribute.Regex)] string Pattern,
    IReadOnlyDictionary<string, string> Labels,
    [StringSyntax(StringSyntaxAttribute.Regex)] string? PassedOver = null);
