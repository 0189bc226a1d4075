using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>How long jobs will take, from how long jobs of their kind took.</summary>
internal static class DurationEstimate
{
    /// <summary>Wall seconds on <paramref name="slots"/> slots; null where no job of one of the kinds has been run yet.</summary>
    public static double? Seconds(
        IEnumerable<(string Kind, string? Corpus, string? Upstream, int Jobs)> groups, IReadOnlyList<MeanDuration> known, int slots)
    {
        var total = 0.0;
        foreach (var (kind, corpus, upstream, jobs) in groups)
        {
            var similar = known.Where(d => d.Kind == kind).ToList();
            if (similar.Count == 0) return null;
            var nearest = similar.Where(d => d.Corpus == corpus && d.Upstream == upstream).DefaultIfEmpty(null).First()?.Seconds
                ?? similar.Where(d => d.Corpus == corpus).Select(d => (double?)d.Seconds).Average()
                ?? similar.Average(d => d.Seconds);
            total += nearest * jobs;
        }
        return total / Math.Max(1, slots);
    }
}
