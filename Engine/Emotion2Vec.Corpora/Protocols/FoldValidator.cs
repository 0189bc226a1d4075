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
        var tested = new int[manifest.Utterances.Length];
        foreach (var fold in folds)
        {
            CheckParts(protocol, manifest, fold);
            foreach (var position in fold.Test) tested[position]++;
            if (protocol.SpeakerIndependent && SharedSpeakers(manifest, fold) is [var speaker, ..])
                throw new InputException($"{manifest.Corpus}, {protocol.Name}, {fold.Name}: speaker '{speaker}' is in test and in training or validation");
        }
        if (protocol.Exhaustive && Array.FindIndex(tested, t => t != 1) is >= 0 and var wrong)
            throw new InputException($"{manifest.Corpus}, {protocol.Name}: utterance '{manifest.Utterances[wrong].Id}' is tested {tested[wrong]} times");
        return new FoldSet(protocol.Name, protocol.Version, manifest.Corpus, manifest.Hash,
            [.. folds.Select(f => f with { Warnings = [.. f.Warnings, .. Warnings(manifest, f)] })], Badges(manifest, folds));
    }

    /// <summary>Speakers of the test part who are also in training or validation, in ordinal order.</summary>
    public static string[] SharedSpeakers(Manifest manifest, Fold fold)
    {
        var seen = Speakers(fold.Train.Concat(fold.Validation));
        return [.. Speakers(fold.Test).Where(seen.Contains).Order(StringComparer.Ordinal)];

        HashSet<string> Speakers(IEnumerable<int> positions) =>
            positions.Select(p => manifest.Utterances[p].Speaker).OfType<string>().ToHashSet(StringComparer.Ordinal);
    }

    private static void CheckParts(Protocol protocol, Manifest manifest, Fold fold)
    {
        var where = $"{manifest.Corpus}, {protocol.Name}, {fold.Name}";
        var part = new string?[manifest.Utterances.Length];
        foreach (var (name, positions) in new[] { ("training", fold.Train), ("validation", fold.Validation), ("test", fold.Test) })
        {
            if (positions.IsEmpty) throw new InputException($"{where}: the {name} part is empty");
            for (var i = 0; i < positions.Length; i++)
            {
                var position = positions[i];
                if (part[position] is { } other)
                    throw new InputException($"{where}: utterance '{manifest.Utterances[position].Id}' is in {other} and in {name}");
                if (i > 0 && position < positions[i - 1]) throw new InvalidOperationException($"{where}: {name} positions do not ascend");
                part[position] = name;
            }
        }
        if (protocol.Exhaustive && Array.IndexOf(part, null) is >= 0 and var unused)
            throw new InputException($"{where}: utterance '{manifest.Utterances[unused].Id}' is in no part");
    }

    private static IEnumerable<string> Warnings(Manifest manifest, Fold fold)
    {
        var trained = fold.Train.Select(p => manifest.LabelIndices[p]).ToHashSet();
        for (var label = 0; label < manifest.Classes.Length; label++)
        {
            if (!trained.Contains(label))
                yield return $"class '{manifest.Classes[label]}' is absent from training ({fold.Test.Count(p => manifest.LabelIndices[p] == label)} in test)";
        }

        var seen = fold.Train.Concat(fold.Validation).GroupBy(p => AudioUnits.AudioOf(manifest, p)).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var twice = fold.Test.Where(p => seen.ContainsKey(AudioUnits.AudioOf(manifest, p))).ToArray();
        if (twice.Length > 0)
        {
            var other = seen[AudioUnits.AudioOf(manifest, twice[0])];
            yield return $"identical audio in test and in training or validation: '{manifest.Utterances[twice[0]].Id}' and '{manifest.Utterances[other].Id}'"
                + (twice.Length > 1 ? $" and {twice.Length - 1} more" : "");
        }

        var unused = manifest.Utterances.Length - fold.Train.Length - fold.Validation.Length - fold.Test.Length;
        if (unused > 0) yield return $"{unused} of {manifest.Utterances.Length} utterances are in no part";
    }

    private static ImmutableArray<string> Badges(Manifest manifest, ImmutableArray<Fold> folds)
    {
        var badges = ImmutableArray.CreateBuilder<string>();
        if (folds.Any(f => SharedSpeakers(manifest, f).Length > 0)) badges.Add("speaker-dependent");
        else if (manifest.Utterances.All(u => !string.IsNullOrEmpty(u.Speaker))) badges.Add("speaker-independent");
        else badges.Add("speakers unknown");
        return badges.DrainToImmutable();
    }
}
