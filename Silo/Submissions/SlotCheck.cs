using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Slots;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>Jobs that need what no slot has. Audio is left out: a machine looks for it when a job wants it.</summary>
internal static class SlotCheck
{
    /// <summary>What is missing, one sentence per kind of need; none where every job can run somewhere.</summary>
    public static IEnumerable<string> Missing(IEnumerable<NewJob> jobs, IReadOnlyList<SlotPicture> slots)
    {
        var usable = slots.Where(s => s.State is not ("quarantined" or "away")).ToArray();
        foreach (var group in jobs.GroupBy(j => j.Needs is null ? JobNeeds.None : JobNeeds.FromJson(j.Needs) with { Audio = null }).Where(g => g.Key != JobNeeds.None))
        {
            if (usable.Any(s => s.Offer.MeetsHardware(group.Key))) continue;
            var count = group.Count();
            yield return $"{(count == 1 ? $"\"{group.First().Title}\" needs" : $"{count} jobs need")} {group.Key}, and no slot has that: {Slots(slots)}";
        }
    }

    /// <exception cref="InputException">A job needs what no slot has.</exception>
    public static void Refuse(string file, IEnumerable<NewJob> jobs, IReadOnlyList<SlotPicture> slots)
    {
        if (Missing(jobs, slots).FirstOrDefault() is { } missing) throw new InputException($"{file}: {missing}; with --wait-for-slots it waits for one");
    }

    private static string Slots(IReadOnlyList<SlotPicture> slots)
    {
        if (slots.Count == 0) return "there is no slot";
        var shown = slots.Take(8).Select(s => $"{s.Name} ({s.Offer}{(s.State is "quarantined" or "away" ? $", {s.State}" : "")})");
        return string.Join(", ", shown) + (slots.Count > 8 ? $" and {slots.Count - 8} more" : "");
    }
}
