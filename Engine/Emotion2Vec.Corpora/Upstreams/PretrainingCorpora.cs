using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>Which corpora of this platform an upstream heard, without labels, when it was pre-trained.</summary>
public static class PretrainingCorpora
{
    /// <summary>The paper's Emo-262 (Table 1, column Pretrain): what emotion2vec was pre-trained on.</summary>
    public static ImmutableArray<string> Emo262 { get; } = [.. CorpusCatalogue.All.Where(c => c.Card.InEmo262).Select(c => c.Name)];

    /// <summary>
    /// The corpora that the model behind features heard, and those that it started from; of joined features, the models of all parts. A model that was made here is
    /// known by its job, whatever it is called; any other by its name in the catalogue or as the file of one that is there.
    /// </summary>
    /// <param name="features">The features.</param>
    /// <param name="model">A pretrain job by its key; null where it is not known.</param>
    /// <param name="published">Name in the catalogue of the model that a checkpoint holds, by the SHA-256 of the file; null where it is not known.</param>
    public static ImmutableHashSet<string> Of(ExtractSpec features, Func<string, PretrainSpec?> model, Func<string, string?> published)
    {
        var heard = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        for (var part = features; part is not null; part = part.With)
        {
            if (part.Pretrain is null) Published(part.Upstream);
            File(part.Checkpoint);
            for (var trained = part.Pretrain is { } key ? model(key) : null; trained is not null; trained = trained.Parent is { } parent ? model(parent) : null)
            {
                heard.UnionWith(trained.Corpora.Select(c => c.Corpus));
                File(trained.Checkpoint);
            }
        }
        return heard.ToImmutable();

        void File(string? checkpoint) => Published(checkpoint is null ? null : published(checkpoint));

        void Published(string? name) => heard.UnionWith(UpstreamCatalogue.All.FirstOrDefault(u => u.Name == name)?.Heard ?? []);
    }
}
