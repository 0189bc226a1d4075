using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>How much of a corpus is on disk.</summary>
public enum CorpusState
{
    /// <summary>No folder, or nothing of it in the folder.</summary>
    Absent,

    /// <summary>Less than published.</summary>
    Partial,

    /// <summary>As many utterances of every class as published.</summary>
    Complete,

    /// <summary>All that its annotations list, where they list it; its publisher gives no number, so that nothing tells whether it is all there is.</summary>
    Uncounted,

    /// <summary>Other numbers than published, and not just fewer.</summary>
    Different,

    /// <summary>The folder cannot be read as this corpus.</summary>
    Unreadable,

    /// <summary>Several folders hold it.</summary>
    Ambiguous,
}

/// <summary>What names and annotations tell of a corpus, before any audio is decoded.</summary>
/// <param name="Folder">Where it lies; null where it is absent or in several places.</param>
/// <param name="State">How much is there.</param>
/// <param name="Found">Utterances whose audio files are there.</param>
/// <param name="Expected">Utterances published, or listed by the annotations; null where nobody tells.</param>
/// <param name="Differences">From what was published, or why the folder cannot be read.</param>
public sealed record CorpusSurvey(string? Folder, CorpusState State, int Found, int? Expected, ImmutableArray<string> Differences)
{
    /// <summary>In a word or two: <c>absent</c>, <c>partial 34/535</c>, <c>complete</c>, <c>uncounted 31729</c>.</summary>
    public string Text => State switch
    {
        CorpusState.Partial => $"partial {Found}/{Expected}",
        CorpusState.Uncounted => $"uncounted {Found}",
        CorpusState.Different => $"differs {Found}/{Expected}",
        _ => State.ToString().ToLowerInvariant(),
    };
}
