using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>random10</c>: the paper's "random leave-one-out 10-fold cross-validation" (appendix B): 80 % training, 10 %
/// validation, 10 % test. Ids sorted ordinally are shuffled and dealt into ten disjoint test parts whose sizes differ by
/// at most one; of the rest of each fold n/10 (rounded down, at least one) random utterances validate.
/// </summary>
public sealed class RandomTenFold : Protocol
{
    private const int Parts = 10;
    private const ulong Seed = 1;

    public override string Name => "random10";
    public override string Description => "ten random disjoint test parts, a random tenth of the corpus for validation";
    public override string Source => "the paper, appendix B; that test parts are disjoint is our reading";
    public override bool Exhaustive => true;

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
            var random = SplitMix64.Stream(Seed, 1 + (ulong)i);
            var (validation, train) = AudioUnits.Draw(manifest, [.. all.Except(test)], Math.Max(1, all.Length / Parts), random);
            return new Fold($"fold {i + 1}", [.. train], [.. validation], [.. test], []);
        })];
    }
}
