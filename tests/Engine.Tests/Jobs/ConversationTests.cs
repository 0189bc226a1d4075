using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Features;

namespace Emotion2Vec.Tests;

/// <summary>
/// Emotion prediction on dialogues whose rule is known: a turn has the emotion after that of the turn three before it (a, b, c, a), but for one turn in eight, which
/// has any other. Nothing can be right more often than the rule, and the turn before tells nothing.
/// </summary>
public sealed class ConversationTests : IDisposable
{
    private const int Conversations = 100, TurnsEach = 16, Dimension = 6;

    private readonly TemporaryFolder folder = new();
    private readonly HomeFolder home;
    private readonly Manifest manifest;
    private readonly FoldSpec fold;
    private readonly HashSet<string> lawful = [], opening = [];

    public ConversationTests()
    {
        home = new HomeFolder(folder.Path).Create();
        var random = new SplitMix64(8);
        double Uniform() => (random.Next() >> 11) * (1.0 / (1L << 53));
        var utterances = new List<Utterance>();
        for (var d = 0; d < Conversations; d++)
        {
            var emotions = new List<int>();
            for (var t = 0; t < TurnsEach; t++)
            {
                var rule = t < 3 ? (int)(3 * Uniform()) : (emotions[t - 3] + 1) % 3;
                var emotion = Uniform() < 1 / 8.0 ? (rule + 1 + (int)(2 * Uniform())) % 3 : rule;
                emotions.Add(emotion);
                for (var u = 0; u <= (int)(2 * Uniform()); u++) // one utterance or two
                {
                    var id = $"d{d:000}-{utterances.Count:0000}";
                    if (emotion == rule) lawful.Add(id);
                    if (t < 3) opening.Add(id);
                    utterances.Add(new Utterance(id, "", "abc"[emotion].ToString(), t % 2 == 0 ? "x" : "y", Dialogue: $"d{d:000}", Turn: utterances.Count));
                }
            }
        }
        manifest = new Manifest("talk", ["a", "b", "c"], utterances);
        ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
        FeatureFileWriter.Write(home.Features("talk"), utterances.Count, 1, Dimension, writer =>
        {
            foreach (var label in manifest.LabelIndices)
                writer.Append([.. Enumerable.Range(0, (1 + (int)(3 * Uniform())) * Dimension).Select(i => (float)((i % Dimension == label ? 1 : 0) + 0.2 * (Uniform() - 0.5)))], 0);
        });
        // The first fold has what the rule tells, the second one the three turns before as well.
        var folds = new FoldSet("test", 1, "talk", manifest.Hash, [.. new[] { false, true }.Select(all =>
        {
            int[] Of(int first, int last) => [.. Enumerable.Range(0, utterances.Count).Where(p =>
                int.Parse(manifest.Utterances[p].Dialogue![1..]) is var d && d >= first && d <= last && (all || !opening.Contains(manifest.Utterances[p].Id)))];
            return new Fold($"all {all}", [.. Of(0, 49)], [.. Of(50, 59)], [.. Of(60, Conversations - 1)], []);
        })], []);
        folds.Save(home);
        fold = new FoldSpec("talk", manifest.Hash, "speech", "talk", "test", folds.Hash, 0, HeadCatalogue.Find("conversation") with { Hidden = 24, Epochs = 25, Batch = 32, LearningRate = 5e-3 }, 1);
    }

    private FoldResult Run(FoldSpec spec) => CanonicalJson.Read<FoldResult>(new JobRunner(home, "cpu").Run(spec.Key(), spec, _ => { }, default));

    [Fact]
    public void A_rule_that_needs_history_is_found_with_history_only()
    {
        var result = Run(fold);
        var ceiling = result.Test.Count(p => lawful.Contains(manifest.Utterances[p].Id)) / (double)result.Test.Length;
        Assert.InRange(ceiling, 0.75, 0.92);
        Assert.InRange(result.Wa, ceiling - 0.02, ceiling + 0.02);
        Assert.InRange(result.Ua, result.Wa - 0.04, result.Wa + 0.04);
        Assert.InRange(result.MacroF1, result.Wa - 0.04, result.Wa + 0.04);

        var without = fold with { Head = fold.Head with { Turns = 1, Epochs = 8 } };
        Assert.InRange(Run(without).Wa, 0, 0.45);
        Assert.InRange(Run(without with { Head = without.Head with { Turns = 2 } }).Wa, 0, 0.45);
        Assert.Equal(Run(without).Logits, Run(without).Logits);
    }

    [Fact]
    public void Utterances_that_open_a_dialogue_are_left_out_and_the_result_says_so()
    {
        var result = Run(fold with { Fold = 1, Head = fold.Head with { Epochs = 1 } });
        var first = manifest.Utterances.GroupBy(u => u.Dialogue).SelectMany(g => g.TakeWhile(u => u.Speaker == "x")).Select(u => u.Id).ToHashSet();
        var tested = result.Test.Select(p => manifest.Utterances[p]).ToArray();
        Assert.DoesNotContain(tested, u => first.Contains(u.Id));
        Assert.Equal(manifest.Utterances.Count(u => string.CompareOrdinal(u.Dialogue, "d060") >= 0 && !first.Contains(u.Id)), tested.Length);
        Assert.Contains("utterances that open a dialogue have nothing before them and are left out", result.Warnings);
    }

    [Fact]
    public void A_corpus_without_dialogues_is_refused()
    {
        using var corpus = new TinyCorpus();
        corpus.RunExtract();
        Assert.Equal("tiny: the head conversation needs dialogue, turn and speaker of every utterance; 'u00' has no dialogue",
            Assert.Throws<InputException>(() => corpus.RunFold(corpus.Fold with { Head = HeadCatalogue.Find("conversation") })).Message);
    }

    [Theory]
    [InlineData("linear", 6, "turns is no hyper-parameter of it")]
    [InlineData("conversation", null, "turns is missing")]
    [InlineData("conversation", 0, "turns is 0")]
    public void Turns_belong_to_conversation(string head, int? turns, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Run(fold with { Head = HeadCatalogue.Find(head) with { Turns = turns } })).Message);

    /// <summary>What the new fields leave of the keys of what was there before.</summary>
    [Fact]
    public void Keys_of_older_heads_are_what_they_were() => Assert.Equal(
        """{"accumulate":1,"batch":128,"clipNorm":0,"epochs":100,"hidden":256,"learningRate":0.0005,"maxLearningRate":0.001,"name":"linear","optimizer":"rmsprop"}""",
        CanonicalJson.Write(HeadCatalogue.Find("linear")));

    public void Dispose() => folder.Dispose();
}
