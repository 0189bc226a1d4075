using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Protocols;

/// <summary>Corpora drawn at random from a seed: sizes, speakers, classes and duplicates of many proportions. No class is smaller than any protocol has folds.</summary>
internal static class GeneratedManifests
{
    private const int LeastPerClass = 12;

    public static IEnumerable<(int Seed, Manifest Manifest)> Many(int count, int leastSpeakers, int mostSpeakers, bool duplicates, int leastUtterances = 30)
    {
        for (var seed = 1; seed <= count; seed++)
        {
            var random = new SplitMix64((ulong)seed * 7919);
            var speakers = leastSpeakers + random.Below(mostSpeakers - leastSpeakers + 1);
            var classes = 2 + random.Below(7);
            var size = Math.Max(leastUtterances, speakers) + random.Below(300);
            classes = Math.Clamp(size / LeastPerClass, 1, classes);
            yield return (seed, new Manifest($"generated-{seed}", Enumerable.Range(0, classes).Select(ClassName), Utterances(random, size, speakers, classes, duplicates)));
        }
    }

    private static string ClassName(int c) => "class-" + c;

    private static IEnumerable<Utterance> Utterances(SplitMix64 random, int size, int speakers, int classes, bool duplicates)
    {
        // Every speaker occurs at least once; a tenth of the utterances repeat an earlier one's audio.
        var recordings = new List<string>();
        for (var i = 0; i < size; i++)
        {
            var audio = duplicates && i > 0 && random.Below(10) == 0 ? recordings[random.Below(i)] : $"audio-{i}";
            recordings.Add(audio);
            yield return new Utterance(
                $"u{random.Below(1_000_000):D6}-{i}", $"/audio/{i}.wav", ClassName(i < LeastPerClass * classes ? i % classes : random.Below(classes)),
                Speaker: $"s{(i < speakers ? i : random.Below(speakers)):D2}", Audio: audio, Seconds: 1);
        }
    }

    /// <summary>The same corpus, its utterances handed over in another order.</summary>
    public static Manifest Permuted(this Manifest manifest, ulong seed)
    {
        var utterances = manifest.Utterances.ToArray();
        new SplitMix64(seed).Shuffle(utterances.AsSpan());
        return new Manifest(manifest.Corpus, manifest.Classes, utterances);
    }

    /// <summary>The same corpus with labels exchanged at random.</summary>
    public static Manifest Relabelled(this Manifest manifest, ulong seed)
    {
        var labels = manifest.Utterances.Select(u => u.Label).ToArray();
        new SplitMix64(seed).Shuffle(labels.AsSpan());
        return new Manifest(manifest.Corpus, manifest.Classes, manifest.Utterances.Select((u, i) => u with { Label = labels[i] }));
    }
}
