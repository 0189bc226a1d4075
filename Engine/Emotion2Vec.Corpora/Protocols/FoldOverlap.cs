using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>What the test part of a fold shares with its training part, and with its validation part where that is another.</summary>
/// <param name="Fold">Name of the fold.</param>
/// <param name="Train">Utterances.</param>
/// <param name="Validation">Utterances.</param>
/// <param name="Test">Utterances.</param>
/// <param name="TestSpeakers">Speakers of the test part, ordinal order.</param>
/// <param name="SharedSpeakers">Those of them heard before.</param>
/// <param name="TestTexts">Number of known texts of the test part.</param>
/// <param name="SharedTexts">Those of them heard before, ordinal order.</param>
/// <param name="TestDialogues">Number of known dialogues of the test part.</param>
/// <param name="SharedDialogues">Those of them heard before, ordinal order.</param>
/// <param name="IdenticalAudio">Test utterances whose recording was heard before, each with the utterance that it was heard as.</param>
public sealed record FoldOverlap(
    string Fold, int Train, int Validation, int Test, ImmutableArray<string> TestSpeakers, ImmutableArray<string> SharedSpeakers,
    int TestTexts, ImmutableArray<string> SharedTexts, int TestDialogues, ImmutableArray<string> SharedDialogues,
    ImmutableArray<(string Test, string Heard)> IdenticalAudio)
{
    /// <summary>Compares the parts of a fold.</summary>
    public static FoldOverlap Of(Manifest manifest, Fold fold)
    {
        var tested = fold.Test.ToHashSet();
        int[] heard = [.. fold.Train, .. fold.Validation.Where(p => !tested.Contains(p))];
        var recordings = heard.GroupBy(p => AudioUnits.AudioOf(manifest, p), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var (speakers, sharedSpeakers) = Compare(u => u.Speaker);
        var (texts, sharedTexts) = Compare(u => u.Text);
        var (dialogues, sharedDialogues) = Compare(u => u.Dialogue);
        return new FoldOverlap(fold.Name, fold.Train.Length, fold.Validation.Length, fold.Test.Length, speakers, sharedSpeakers,
            texts.Length, sharedTexts, dialogues.Length, sharedDialogues,
            [.. fold.Test.Where(p => recordings.ContainsKey(AudioUnits.AudioOf(manifest, p)))
                .Select(p => (manifest.Utterances[p].Id, manifest.Utterances[recordings[AudioUnits.AudioOf(manifest, p)]].Id))]);

        (ImmutableArray<string> Test, ImmutableArray<string> Shared) Compare(Func<Utterance, string?> property)
        {
            var before = heard.Select(p => property(manifest.Utterances[p])).OfType<string>().ToHashSet(StringComparer.Ordinal);
            ImmutableArray<string> test = [.. fold.Test.Select(p => property(manifest.Utterances[p])).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return (test, [.. test.Where(before.Contains)]);
        }
    }
}
