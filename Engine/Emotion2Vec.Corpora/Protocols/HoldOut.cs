using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>holdout</c>: the paper's 8:2 hold-out on SUBESCO (appendix D, Figure 5): a random 20 % test, of the others a random
/// 10 % validate.
/// </summary>
public sealed class HoldOut : Protocol
{
    private const ulong Seed = 1;

    public override string Name => "holdout";
    public override string Description => "a random fifth tests, a random tenth of the others validates";
    public override string Source => "the paper, appendix D, Figure 5";

    public override int? PublishedFolds(CorpusCard card) => 1;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var units = AudioUnits.Of(manifest, all).Length;
        if (units < 3) throw new InputException($"{manifest.Corpus}: {Name} needs at least 3 utterances with different audio; there are {units}");
        var (test, others) = AudioUnits.Draw(manifest, all, Share(all.Length, 20), SplitMix64.Stream(Seed, 0));
        var (validation, train) = DrawValidation(manifest, others, Share(others.Length, 10), SplitMix64.Stream(Seed, 1));
        return [new Fold("8:2", [.. train], [.. validation], [.. test], [])];
    }
}
