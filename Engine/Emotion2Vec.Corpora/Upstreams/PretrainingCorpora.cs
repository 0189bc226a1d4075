using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Which corpora of this platform an upstream heard, without labels, when it was pre-trained.</summary>
public static class PretrainingCorpora
{
    /// <summary>The paper's Emo-262 (Table 1, column Pretrain): what emotion2vec was pre-trained on.</summary>
    public static ImmutableArray<string> Emo262 { get; } = [.. CorpusCatalogue.All.Where(c => c.Card.InEmo262).Select(c => c.Name)];

    /// <summary>Corpora that a published upstream heard; empty for those that heard none of them.</summary>
    /// <param name="upstream">Name in the catalogue of upstreams, or several joined by <c> + </c>.</param>
    public static ImmutableArray<string> Of(string upstream) => upstream.Split(" + ").Any(part => part.StartsWith("emotion2vec", StringComparison.Ordinal)) ? Emo262 : [];

    /// <summary>Whether an upstream heard a corpus.</summary>
    /// <param name="upstream">Its name.</param>
    /// <param name="corpus">Name of the corpus.</param>
    /// <param name="heard">For an upstream that was pre-trained here: the corpora of its model; null asks the catalogue.</param>
    public static bool Heard(string upstream, string corpus, IEnumerable<string>? heard = null) => (heard ?? Of(upstream)).Contains(corpus);
}
