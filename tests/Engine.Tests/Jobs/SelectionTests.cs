using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Tests;

/// <summary>The labels of the test part decide over nothing but the reported figures.</summary>
public sealed class SelectionTests
{
    private static readonly ImmutableArray<HeadSpec> Candidates =
    [
        .. from hidden in new[] { 8, 24 } from epochs in new[] { 4, 9 }
           select new HeadSpec(Hidden: hidden, Epochs: epochs, Batch: 4, LearningRate: 1e-3, MaxLearningRate: 2e-3),
    ];

    [Fact]
    public void Other_test_labels_change_neither_epoch_nor_hyper_parameters()
    {
        using var corpus = new TinyCorpus();
        var (before, chosenBefore) = Train(corpus, relabel: false, optimistic: false);
        var (after, chosenAfter) = Train(corpus, relabel: true, optimistic: false);
        Assert.All(before.Zip(after), pair =>
        {
            Assert.Equal(pair.First.BestEpoch, pair.Second.BestEpoch);
            Assert.Equal(pair.First.ValidationWa.AsEnumerable(), pair.Second.ValidationWa);
            Assert.Equal(pair.First.Logits, pair.Second.Logits);
            Assert.NotEqual(pair.First.Wa, pair.Second.Wa);
        });
        Assert.Equal(chosenBefore, chosenAfter);
    }

    [Fact]
    public void Under_an_optimistic_protocol_they_do()
    {
        using var corpus = new TinyCorpus();
        var (before, _) = Train(corpus, relabel: false, optimistic: true);
        var (after, _) = Train(corpus, relabel: true, optimistic: true);
        Assert.All(before, r => Assert.Equal(r.ValidationWa[r.BestEpoch], (float)r.Wa));
        Assert.Contains(before.Zip(after), pair => pair.First.BestEpoch != pair.Second.BestEpoch);
    }

    /// <summary>Trains every candidate on the fold; the test part has other labels where asked.</summary>
    private static (FoldResult[] Results, HeadSpec Chosen) Train(TinyCorpus corpus, bool relabel, bool optimistic)
    {
        var fold = FoldSet.Load(corpus.Home, corpus.Fold.Folds).Folds[0];
        if (optimistic) fold = fold with { Train = [.. fold.Train.Concat(fold.Validation).Order()], Validation = fold.Test };
        var tested = fold.Test.ToHashSet();
        var classes = corpus.Manifest.Classes;
        var manifest = new Manifest("tiny", classes, corpus.Manifest.Utterances.Select((u, i) =>
            relabel && tested.Contains(i) ? u with { Label = classes[(classes.IndexOf(u.Label) + 1) % classes.Length] } : u));
        ManifestFile.Save(manifest, corpus.Home.Manifest(manifest.Hash));
        var folds = new FoldSet("test", 1, "tiny", manifest.Hash, [fold], []);
        folds.Save(corpus.Home);
        var extract = new ExtractSpec("tiny", manifest.Hash, "mfcc");
        corpus.Run(extract);
        var specs = Candidates.Select(head => corpus.Fold with { Manifest = manifest.Hash, Features = extract.Key(), Folds = folds.Hash, Head = head }).ToArray();
        var results = specs.Select(corpus.RunFold).ToArray();
        var chosen = Assert.Single(HeadSelection.Choose(specs.Zip(results, (s, r) => new FoldEntry(s, FoldScore.Of(r)))));
        return (results, chosen.Spec.Head);
    }
}
