using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>fixed</c>: the published parts of a corpus, from the manifest's split column (<c>train</c>, <c>valid</c>,
/// <c>test</c>). Where no utterance is marked <c>valid</c>, a random tenth of the training part (rounded down, at least
/// one) validates, as the paper does for RESD (appendix B).
/// </summary>
public sealed class FixedSplit : Protocol
{
    private const ulong Seed = 1;
    private static readonly string[] Parts = ["train", "valid", "test"];

    /// <summary>Refuses what is no part of a published split.</summary>
    /// <param name="where">What has it, for the message: <c>corpus: utterance 'x'</c>, or a line of a manifest.</param>
    /// <returns>The split itself.</returns>
    /// <exception cref="InputException">It is neither train, valid nor test.</exception>
    internal static string Check(string split, string where) => Parts.Contains(split) ? split
        : throw new InputException($"{where} has the split '{split}'{Nearest.Hint(split, Parts)}; there are {string.Join(", ", Parts)}");

    public override string Name => "fixed";
    public override string Source => "the publishers of the corpus; the drawn validation part: the paper, appendix B, for RESD";
    public override string Description => "the published split; a random tenth of training validates where there is no validation part";

    public override int? PublishedFolds(CorpusCard card) => 1;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        foreach (var utterance in manifest.Utterances)
        {
            if (string.IsNullOrEmpty(utterance.Split))
                throw new InputException($"{manifest.Corpus}: the protocol '{Name}' needs the split of every utterance; '{utterance.Id}' has none");
            Check(utterance.Split, $"{manifest.Corpus}: utterance '{utterance.Id}'");
        }
        var (train, validation, test) = (Of("train"), Of("valid"), Of("test"));
        if (train.Length == 0) throw new InputException($"{manifest.Corpus}: no utterance has the split 'train'");
        if (test.Length == 0) throw new InputException($"{manifest.Corpus}: no utterance has the split 'test'");
        if (validation.Length == 0) (validation, train) = DrawValidation(manifest, train, train.Length / 10, SplitMix64.Stream(Seed, 1));
        return [new Fold("published split", [.. train], [.. validation], [.. test], [])];

        int[] Of(string part) => [.. Enumerable.Range(0, manifest.Utterances.Length).Where(p => manifest.Utterances[p].Split == part)];
    }
}
