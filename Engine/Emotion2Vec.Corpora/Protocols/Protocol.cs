using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// A rule that turns a corpus into folds. Folds depend on ids, speakers, published splits and the protocol's own seed;
/// never on labels, nor on the order in which files were found. A rule that changes gets a new version.
/// docs/PROTOCOLS.md states every rule with its source.
/// </summary>
public abstract class Protocol
{
    /// <summary>Name in grids and tables.</summary>
    public abstract string Name { get; }

    /// <summary>Raised when the rule gives other folds; part of the fold set's hash.</summary>
    public virtual int Version => 1;

    /// <summary>One sentence for people.</summary>
    public abstract string Description { get; }

    /// <summary>Promise: every utterance is in the test part of exactly one fold, and in some part of every fold.</summary>
    public virtual bool Exhaustive => false;

    /// <summary>Promise: no speaker is both in test and in training or validation.</summary>
    public virtual bool SpeakerIndependent => false;

    /// <summary>The folds of a corpus, checked against what the protocol promises.</summary>
    /// <param name="manifest">The corpus.</param>
    /// <param name="dataRoot">Where published fold files lie; read by protocols that use them, null where the user named none.</param>
    /// <exception cref="InputException">The corpus lacks what the rule needs, or a fold file is wrong.</exception>
    public FoldSet Split(Manifest manifest, string? dataRoot) => FoldValidator.Check(this, manifest, MakeFolds(manifest, dataRoot));

    /// <summary>The rule itself. Parts ascending; warnings about where the folds come from, if any.</summary>
    protected abstract ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot);
}
