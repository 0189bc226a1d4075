using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// Random disjoint test parts: ids sorted ordinally are shuffled and dealt into parts whose sizes differ by at most one.
/// <c>random10</c>: the paper's "random leave-one-out 10-fold cross-validation" (appendix B): 80 % training, 10 % validation, 10 % test; of the rest of
/// each fold n/10 (rounded down, at least one) random utterances validate. <c>random10-optimistic</c> trains on all of the rest and validates on the test part, as
/// specialist models on these corpora are reported (docs/TASKS.md). <c>random5</c>: the paper's five-fold cross-validation of songs "with randomly shuffled data" (section 5.4);
/// that 20 % of the training part validate (n − ⌊0.8 n⌋ utterances) is our reading: the paper does not say what chooses the epoch.
/// </summary>
public sealed class RandomFolds : Protocol
{
    private const ulong Seed = 1;
    private readonly int _parts;
    private readonly Func<int, int, int>? _validation;

    /// <summary>The three of the catalogue.</summary>
    public static ImmutableArray<Protocol> All { get; } =
    [
        new RandomFolds("random10", 10, (corpus, _) => Math.Max(1, corpus / 10),
            "ten random disjoint test parts, a random tenth of the corpus for validation", "the paper, appendix B; that test parts are disjoint is our reading"),
        new RandomFolds("random10-optimistic", 10, null,
            "ten random disjoint parts, each of which tests and validates once", "the published code of TIM-Net (Ye et al., 2023)"),
        new RandomFolds("random5", 5, (_, others) => Share(others, 20),
            "five random disjoint test parts, a random fifth of training validates", "the paper, section 5.4; the validation part is our reading"),
    ];

    /// <param name="validation">How many utterances validate, of how many in the corpus and outside the test part; null: the test part does.</param>
    private RandomFolds(string name, int parts, Func<int, int, int>? validation, string description, string source) =>
        (Name, _parts, _validation, Description, Source) = (name, parts, validation, description, source);

    public override string Name { get; }
    public override string Description { get; }
    public override string Source { get; }
    public override bool Exhaustive => true;
    public override bool Optimistic => _validation is null;

    public override int? PublishedFolds(CorpusCard card) => _parts;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var units = AudioUnits.Of(manifest, all);
        if (units.Length < _parts)
            throw new InputException($"{manifest.Corpus}: {Name} needs at least {_parts} utterances with different audio; there are {units.Length}");
        SplitMix64.Stream(Seed, 0).Shuffle(units.AsSpan());
        return [.. AudioUnits.Deal(units, _parts).Select((test, i) =>
        {
            int[] validation = test, train = [.. all.Except(test)];
            if (_validation is not null) (validation, train) = DrawValidation(manifest, train, _validation(all.Length, train.Length), SplitMix64.Stream(Seed, 1 + (ulong)i));
            return new Fold($"fold {i + 1}", [.. train], [.. validation], [.. test], []);
        })];
    }
}
