using System.Collections.Immutable;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>What a corpus that was read has in common with the published one.</summary>
/// <param name="Failures">What must not be: other counts, audio that is unexpectedly the same.</param>
/// <param name="Remarks">What is published like that: known duplicates, counts that differ from the paper's.</param>
public sealed record CorpusCheck(ImmutableArray<string> Failures, ImmutableArray<string> Remarks)
{
    private const int Named = 5;

    /// <summary>Compares a corpus with its card, and with EmoBox's list of it where that lies in the data root.</summary>
    public static CorpusCheck Of(ICorpus corpus, Manifest manifest, string dataRoot)
    {
        var (failures, remarks) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        var survey = corpus.Survey(dataRoot);
        failures.AddRange(survey.Differences);
        foreach (var group in ManifestBuilder.SameAudio(manifest.Utterances))
        {
            var ids = group.Select(u => u.Id).ToArray();
            if (corpus.Card.Duplicates.Any(known => ids.All(known.Contains))) remarks.Add($"identical audio, as published: {string.Join(", ", ids)}");
            else failures.Add($"identical audio: {string.Join(", ", group.Select(u => u.Path))}");
        }
        if (survey.Found < survey.Expected && EmoBoxFolder.List(corpus.Card, dataRoot) is { } listed)
        {
            var keys = new EmoBoxKeys(manifest, corpus.Card.EmoBox!.Dataset);
            var missing = listed.Where(entry => keys.Find(entry) is null).Select(entry => entry.File ?? entry.Key).ToArray();
            if (missing.Length > 0)
                failures.Add($"missing of EmoBox's list: {string.Join(", ", missing.Take(Named))}" + (missing.Length > Named ? $" and {missing.Length - Named} more" : ""));
        }
        remarks.AddRange(corpus.Card.DifferencesFromPaper(manifest.Utterances.Length));
        return new CorpusCheck(failures.DrainToImmutable(), remarks.DrainToImmutable());
    }
}
