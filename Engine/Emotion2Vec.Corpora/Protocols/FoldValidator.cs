using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// Looks at folds as a sceptical reader would: nothing in two parts, everything used as promised, no speaker on both
/// sides where the protocol promises none. What is legitimate but must be known becomes a warning or a badge.
/// </summary>
internal static class FoldValidator
{
    public static FoldSet Check(Protocol protocol, Manifest manifest, ImmutableArray<Fold> folds)
    {
        foreach (var fold in folds) CheckParts(protocol, manifest, fold);
        if (protocol.Exhaustive) CheckTests(protocol, manifest, folds);
        var overlaps = folds.Select(f => FoldOverlap.Of(manifest, f)).ToArray();
        if (protocol.SpeakerIndependent && overlaps.FirstOrDefault(o => o.SharedSpeakers.Length > 0) is { } shared)
            throw new InputException($"{manifest.Corpus}, {protocol.Name}, {shared.Fold}: speaker '{shared.SharedSpeakers[0]}' is in test and in training or validation");
        return new FoldSet(protocol.Name, protocol.Version, manifest.Corpus, manifest.Hash,
            [.. folds.Zip(overlaps, (f, o) => f with { Warnings = [.. f.Warnings, .. Warnings(manifest, f, o)] })], [.. BadgesOf(protocol, manifest, folds, overlaps)]);
    }

    private static void CheckParts(Protocol protocol, Manifest manifest, Fold fold)
    {
        var where = $"{manifest.Corpus}, {protocol.Name}, {fold.Name}";
        if (protocol.Optimistic && !fold.Validation.SequenceEqual(fold.Test)) throw new InvalidOperationException($"{where}: validation is not the test part");
        var part = new string?[manifest.Utterances.Length];
        foreach (var (name, positions) in new[] { ("training", fold.Train), ("validation", protocol.Optimistic ? [] : fold.Validation), ("test", fold.Test) })
        {
            if (positions.IsEmpty && !(protocol.Optimistic && name == "validation")) throw new InputException($"{where}: the {name} part is empty");
            for (var i = 0; i < positions.Length; i++)
            {
                var position = positions[i];
                if (part[position] is { } other)
                    throw new InputException($"{where}: utterance '{manifest.Utterances[position].Id}' is in {other} and in {name}");
                if (i > 0 && position < positions[i - 1]) throw new InvalidOperationException($"{where}: {name} positions do not ascend");
                part[position] = name;
            }
        }
        if (protocol.Exhaustive && Labelled(manifest).FirstOrDefault(p => part[p] is null, -1) is >= 0 and var unused)
            throw new InputException($"{where}: utterance '{manifest.Utterances[unused].Id}' is in no part");
    }

    /// <summary>Every utterance is tested once, and every class can be in every test part.</summary>
    private static void CheckTests(Protocol protocol, Manifest manifest, ImmutableArray<Fold> folds)
    {
        var tested = new int[manifest.Utterances.Length];
        foreach (var position in folds.SelectMany(f => f.Test)) tested[position]++;
        if (Labelled(manifest).FirstOrDefault(p => tested[p] != 1, -1) is >= 0 and var wrong)
            throw new InputException($"{manifest.Corpus}, {protocol.Name}: utterance '{manifest.Utterances[wrong].Id}' is tested {tested[wrong]} times");
        for (var label = 0; label < manifest.Classes.Length; label++)
        {
            var size = manifest.LabelIndices.Count(l => l == label);
            if (size < folds.Length)
                throw new InputException($"{manifest.Corpus}: class '{manifest.Classes[label]}' has {Counted.Of(size, "utterance")}, fewer than the {folds.Length} folds of {protocol.Name}; leave it out or merge it");
        }
    }

    private static IEnumerable<int> Labelled(Manifest manifest) => Enumerable.Range(0, manifest.Utterances.Length).Where(p => manifest.LabelIndices[p] >= 0);

    private static IEnumerable<string> Warnings(Manifest manifest, Fold fold, FoldOverlap overlap)
    {
        var trained = fold.Train.Select(p => manifest.LabelIndices[p]).ToHashSet();
        for (var label = 0; label < manifest.Classes.Length; label++)
        {
            if (!trained.Contains(label))
                yield return $"class '{manifest.Classes[label]}' is absent from training ({fold.Test.Count(p => manifest.LabelIndices[p] == label)} in test)";
        }
        if (overlap.IdenticalAudio is [var (test, heard), .. var more])
            yield return $"identical audio in test and in training or validation: '{test}' and '{heard}'" + (more.Length > 0 ? $" and {more.Length} more" : "");
        if (overlap.SharedDialogues.Length > 0)
            yield return $"{overlap.SharedDialogues.Length} of {overlap.TestDialogues} dialogues of the test part are also in training or validation";
        var unused = Labelled(manifest).Except([.. fold.Train, .. fold.Validation, .. fold.Test]).Count();
        if (unused > 0) yield return $"{unused} of {manifest.Utterances.Length} utterances are in no part";
    }

    private static IEnumerable<string> BadgesOf(Protocol protocol, Manifest manifest, ImmutableArray<Fold> folds, FoldOverlap[] overlaps)
    {
        if (overlaps.Any(o => o.SharedSpeakers.Length > 0)) yield return Badges.SpeakerDependent;
        else if (folds.SelectMany(f => (int[])[.. f.Train, .. f.Validation, .. f.Test]).Distinct().All(p => !string.IsNullOrEmpty(manifest.Utterances[p].Speaker))) yield return Badges.SpeakerIndependent;
        else yield return Badges.SpeakersUnknown;
        if (overlaps.Any(o => o.SharedTexts.Length > 0)) yield return Badges.TextDependent;
        if (protocol.Optimistic) yield return Badges.Optimistic;
        if (overlaps.Any(o => o.IdenticalAudio.Length > 0)) yield return Badges.IdenticalAudio;
    }
}
