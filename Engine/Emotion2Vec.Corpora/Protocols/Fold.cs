using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>One split of a corpus. Parts hold manifest positions, ascending.</summary>
/// <param name="Name">For people: <c>fold 3</c>, <c>speaker 08</c>.</param>
/// <param name="Train">Positions that training sees.</param>
/// <param name="Validation">Positions that choose the epoch.</param>
/// <param name="Test">Positions that are reported.</param>
/// <param name="Warnings">E.g. a class absent from training, identical audio on both sides.</param>
public sealed record Fold(
    string Name, ImmutableArray<int> Train, ImmutableArray<int> Validation, ImmutableArray<int> Test, ImmutableArray<string> Warnings);
