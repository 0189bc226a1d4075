using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// A rule that turns a corpus into folds. Folds depend on ids, speakers, sessions, published splits and the protocol's own
/// seed; never on labels (but for utterances without any, which no fold has), nor on the order in which files were found.
/// A rule that changes gets a new version. docs/PROTOCOLS.md states every rule with its source.
/// </summary>
public abstract class Protocol
{
    /// <summary>Name in grids and tables.</summary>
    public abstract string Name { get; }

    /// <summary>Raised when the rule gives other folds; part of the fold set's hash.</summary>
    public virtual int Version => 1;

    /// <summary>One sentence for people.</summary>
    public abstract string Description { get; }

    /// <summary>Where the rule comes from.</summary>
    public abstract string Source { get; }

    /// <summary>Promise: every labelled utterance is in the test part of exactly one fold, and in some part of every fold.</summary>
    public virtual bool Exhaustive => false;

    /// <summary>Promise: no speaker is both in test and in training or validation.</summary>
    public virtual bool SpeakerIndependent => false;

    /// <summary>Validation is the test part itself, so that the epoch is chosen by what is reported: its figures carry a badge.</summary>
    public virtual bool Optimistic => false;

    /// <summary>How many folds a corpus has if it is as published; null where only the data tell. For plans without data.</summary>
    public abstract int? PublishedFolds(CorpusCard card);

    /// <summary>The folds of a corpus, checked against what the protocol promises.</summary>
    /// <param name="manifest">The corpus.</param>
    /// <param name="dataRoot">Where published fold files lie; read by protocols that use them, null where the user named none.</param>
    /// <exception cref="InputException">
    /// The corpus lacks what the rule needs, has a class without utterances or with fewer than there are folds to test it in, or a fold file is wrong.
    /// </exception>
    public FoldSet Split(Manifest manifest, string? dataRoot)
    {
        if (manifest.LabelIndices.All(l => l < 0)) throw new InputException($"{manifest.Corpus}: no utterance has a label; without labels it serves for pre-training only");
        if (manifest.Classes.Where((_, i) => !manifest.LabelIndices.Contains(i)).FirstOrDefault() is { } empty)
            throw new InputException($"{manifest.Corpus}: no utterance has the label '{empty}'; without it the corpus serves for pre-training only");
        if (manifest.Labelled) return FoldValidator.Check(this, manifest, MakeFolds(manifest, dataRoot));
        int[] labelled = [.. Enumerable.Range(0, manifest.Utterances.Length).Where(p => manifest.LabelIndices[p] >= 0)];
        var folds = MakeFolds(new Manifest(manifest.Corpus, manifest.Classes, labelled.Select(p => manifest.Utterances[p]), manifest.Synthetic), dataRoot);
        return FoldValidator.Check(this, manifest, [.. folds.Select(f => f with { Train = Whole(f.Train), Validation = Whole(f.Validation), Test = Whole(f.Test) })]);

        ImmutableArray<int> Whole(ImmutableArray<int> positions) => [.. positions.Select(p => labelled[p])];
    }

    /// <summary>The rule itself. Parts ascending; warnings about where the folds come from, if any.</summary>
    /// <param name="manifest">The corpus; every utterance has a label.</param>
    /// <param name="dataRoot">As in <see cref="Split"/>.</param>
    protected abstract ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot);

    /// <summary>Size of the smaller part where <paramref name="percent"/> of <paramref name="n"/> go there: what is left when the larger part is rounded down.</summary>
    protected static int Share(int n, int percent) => n - (int)((long)n * (100 - percent) / 100);

    /// <summary>Draws a validation part of a training part: at least one utterance, never all of them.</summary>
    /// <exception cref="InputException">The part holds one recording.</exception>
    protected static (int[] Validation, int[] Train) DrawValidation(Manifest manifest, int[] train, int size, SplitMix64 random)
    {
        if (AudioUnits.Of(manifest, train).Length < 2) throw new InputException($"{manifest.Corpus}: the training part is too small to draw a validation part from it");
        return AudioUnits.Draw(manifest, train, Math.Max(1, size), random);
    }
}
