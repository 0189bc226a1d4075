using Emotion2Vec.Grains.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>An extraction that is done.</summary>
public sealed record StoredFeatures(string Key, string Corpus, string Manifest, string Upstream);

public sealed partial class JobStore
{
    /// <summary>Extractions that are done, by corpus and upstream; of one name the newest first.</summary>
    public Task<IReadOnlyList<StoredFeatures>> Features() => Read<IReadOnlyList<StoredFeatures>>(async context =>
        await (from job in context.Jobs
               where job.Kind == Corpora.Jobs.ExtractSpec.Name && job.State == JobState.Succeeded && job.Corpus != null && job.Manifest != null && job.Upstream != null
               orderby job.Corpus, job.Upstream, job.Id descending
               select new StoredFeatures(job.Key, job.Corpus!, job.Manifest!, job.Upstream!)).ToListAsync());
}
