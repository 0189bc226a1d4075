namespace Emotion2Vec.Corpora.Manifests;

/// <summary>One stretch of speech.</summary>
/// <param name="Id">Unique in its corpus; never empty.</param>
/// <param name="Path">Absolute path of the audio file.</param>
/// <param name="Label">Emotion class, already merged and spelled as the corpus defines; empty where it has no label.</param>
/// <param name="Speaker">Speaker id; null where the corpus has none.</param>
/// <param name="Text">Identity of the sentence spoken, where known (text leakage check).</param>
/// <param name="Session">Recording session, where the corpus has them.</param>
/// <param name="Split">Published part (<c>train</c>, <c>valid</c>, <c>test</c>), where there is one.</param>
/// <param name="Start">Seconds from the beginning of the file; null = from its beginning.</param>
/// <param name="End">Seconds; null = to its end.</param>
/// <param name="Audio">SHA-256 of the decoded samples (with rate and channels) of this stretch: equal for identical audio whatever the container.</param>
/// <param name="Seconds">Length.</param>
/// <param name="Dialogue">The conversation or recording it is part of, where the corpus has them.</param>
/// <param name="Turn">Place in the dialogue; only the order counts.</param>
public sealed record Utterance(
    string Id, string Path, string Label, string? Speaker = null, string? Text = null, string? Session = null,
    string? Split = null, double? Start = null, double? End = null, string Audio = "", double Seconds = 0,
    string? Dialogue = null, int? Turn = null);
