using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>random5</c>: the paper's five-fold cross-validation of songs "with randomly shuffled data" (section 5.4): five
/// disjoint random test parts. That 20 % of the training part validate (n − ⌊0.8 n⌋ utterances) is our reading: the paper
/// does not say what chooses the epoch.
/// </summary>
public sealed class RandomFiveFold : Protocol
{
    private const int Parts = 5;
    private const ulong Seed = 1;

    public override string Name => "random5";
    public override string Description => "five random disjoint test parts, a random fifth of training validates";
    public override string Source => "the paper, section 5.4; the validation part is our reading";
    public override bool Exhaustive => true;

    public override int? PublishedFolds(CorpusCard card) => 5;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var units = AudioUnits.Of(manifest, all);
        if (units.Length < Parts)
            throw new InputException($"{manifest.Corpus}: {Name} needs at least {Parts} utterances with different audio; there are {units.Length}");
        SplitMix64.Stream(Seed, 0).Shuffle(units.AsSpan());
        return [.. AudioUnits.Deal(units, Parts).Select((test, i) =>
        {
            int[] others = [.. all.Except(test)];
            var (validation, train) = DrawValidation(manifest, others, Share(others.Length, 20), SplitMix64.Stream(Seed, 1 + (ulong)i));
            return new Fold($"fold {i + 1}", [.. train], [.. validation], [.. test], []);
        })];
    }
}
