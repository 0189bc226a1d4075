using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>What a corpus that was read has in common with the published one.</summary>
/// <param name="Failures">What must not be: other counts, audio that is unexpectedly the same.</param>
/// <param name="Remarks">What is published like that: known duplicates, counts that differ from the paper's.</param>
public sealed record CorpusCheck(ImmutableArray<string> Failures, ImmutableArray<string> Remarks)
{
    private const int Named = 5;

    /// <summary>Seconds; decoders of compressed sound differ by less at the ends.</summary>
    private const double Slack = 0.25;

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
        if (EmoBoxFolder.List(corpus.Card, dataRoot) is { } listed)
            foreach (var (what, files) in DifferencesFrom(listed, manifest, corpus.Card.EmoBox!.Dataset, survey))
                if (files.Length > 0) failures.Add($"{what}: {string.Join(", ", files.Take(Named))}" + (files.Length > Named ? $" and {files.Length - Named} more" : ""));
        remarks.AddRange(corpus.Card.DifferencesFromPaper(manifest.Utterances.Length));
        return new CorpusCheck(failures.DrainToImmutable(), remarks.DrainToImmutable());
    }

    /// <summary>Of a corpus that could not be read.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="error">Why, file by file where files are bad.</param>
    /// <param name="dataRoot">Where it was looked for.</param>
    public static CorpusCheck Of(ICorpus corpus, InputException error, string dataRoot)
    {
        var reasons = error.InnerException is AggregateException all ? all.InnerExceptions.Select(e => e.Message) : [error.Message];
        return new CorpusCheck([.. reasons.Concat(corpus.Survey(dataRoot).Differences).Distinct(StringComparer.Ordinal)], []);
    }

    /// <summary>Which files EmoBox's list lacks or has besides, where counts differ; and whose audio cannot be what it lists, because it is longer or shorter.</summary>
    private static IEnumerable<(string What, string[] Files)> DifferencesFrom(IReadOnlyList<EmoBoxEntry> listed, Manifest manifest, string dataset, CorpusSurvey survey)
    {
        var keys = new EmoBoxKeys(manifest, dataset);
        var found = listed.Select(entry => (Entry: entry, Position: keys.Find(entry))).ToArray();
        if (!survey.Differences.IsEmpty)
        {
            yield return ("missing of EmoBox's list", [.. found.Where(f => f.Position is null).Select(f => f.Entry.File ?? f.Entry.Key)]);
            var known = found.Select(f => f.Position).ToHashSet();
            // Of some corpora it lists a part only.
            if (listed.Count == survey.Expected) yield return ("not in EmoBox's list", [.. manifest.Utterances.Where((_, i) => !known.Contains(i)).Select(u => u.Path)]);
        }
        yield return ("not as long as in EmoBox's list",
        [
            .. from f in found
               where f.Position is not null && f.Entry.Seconds is not null
               let utterance = manifest.Utterances[f.Position!.Value]
               where utterance.Start is null && Math.Abs(utterance.Seconds - f.Entry.Seconds!.Value) > Slack
               select string.Create(CultureInfo.InvariantCulture, $"{utterance.Path} ({utterance.Seconds:0.##} s instead of {f.Entry.Seconds:0.##})"),
        ]);
    }
}
