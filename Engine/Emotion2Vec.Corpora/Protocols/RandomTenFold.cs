using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>random10</c>: the paper's "random leave-one-out 10-fold cross-validation" (appendix B): 80 % training, 10 %
/// validation, 10 % test. Ids sorted ordinally are shuffled and dealt into ten disjoint test parts whose sizes differ by
/// at most one; of the rest of each fold n/10 (rounded down, at least one) random utterances validate. <c>-optimistic</c> trains on
/// all of the rest and validates on the test part, as specialist models on these corpora are reported (docs/TASKS.md).
/// </summary>
public sealed class RandomTenFold : Protocol
{
    private const int Parts = 10;
    private const ulong Seed = 1;

    /// <summary>The two of the catalogue.</summary>
    public static ImmutableArray<Protocol> All { get; } = [new RandomTenFold(optimistic: false), new RandomTenFold(optimistic: true)];

    private RandomTenFold(bool optimistic) => Optimistic = optimistic;

    public override string Name => Optimistic ? "random10-optimistic" : "random10";

    public override string Description => Optimistic
        ? "ten random disjoint parts, each of which tests and validates once"
        : "ten random disjoint test parts, a random tenth of the corpus for validation";

    public override string Source => Optimistic ? "the published code of TIM-Net (Ye et al., 2023)" : "the paper, appendix B; that test parts are disjoint is our reading";
    public override bool Exhaustive => true;
    public override bool Optimistic { get; }

    public override int? PublishedFolds(CorpusCard card) => 10;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var units = AudioUnits.Of(manifest, all);
        if (units.Length < Parts)
            throw new InputException($"{manifest.Corpus}: {Name} needs at least {Parts} utterances with different audio; there are {units.Length}");
        SplitMix64.Stream(Seed, 0).Shuffle(units.AsSpan());
        return [.. AudioUnits.Deal(units, Parts).Select((test, i) =>
        {
            int[] validation = test, train = [.. all.Except(test)];
            if (!Optimistic) (validation, train) = AudioUnits.Draw(manifest, train, Math.Max(1, all.Length / Parts), SplitMix64.Stream(Seed, 1 + (ulong)i));
            return new Fold($"fold {i + 1}", [.. train], [.. validation], [.. test], []);
        })];
    }
}
