using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>The protocols of a corpus side by side, and what it is worth to a row that training has heard the speakers.</summary>
internal sealed class GapReports(RowReader reader)
{
    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<ImmutableArray<GapRow>> Rows(FoldFilter filter)
    {
        var rows = await reader.Rows([filter]);
        var shown = rows.Zip(LeaderboardReports.Rows(rows, await reader.Statistics(rows))).ToArray();
        var gaps = ImmutableArray.CreateBuilder<GapRow>();
        foreach (var group in shown.GroupBy(r => Subject(r.First)))
        {
            var protocols = group.OrderBy(r => Rank(r.First)).ThenBy(r => r.First.Protocol, StringComparer.Ordinal).ToArray();
            gaps.Add(new(group.Key.Corpus, group.Key.Upstream, group.Key.Head, [.. protocols.Select(p => p.Second)], await Gap([.. protocols.Select(p => p.First)])));
        }
        return gaps.DrainToImmutable();
    }

    private async Task<SpeakerGap?> Gap(AggregatedRow[] protocols)
    {
        var (dependent, independent) = (First(Badges.SpeakerDependent), First(Badges.SpeakerIndependent));
        if (dependent is null || independent is null || reader.Units(dependent.Entries[0].Spec.Manifest) is not { } units) return null;
        var (first, classes) = await reader.Predictions(dependent);
        var (second, _) = await reader.Predictions(independent);
        return await Task.Run(() => ProtocolGap.Of(first, second, units, classes)) is { } gap
            ? new(dependent.Protocol, independent.Protocol, 100 * gap.Difference, 100 * gap.Interval?.Low, 100 * gap.Interval?.High) : null;

        AggregatedRow? First(string badge) => protocols.FirstOrDefault(p => p.FoldsDone == p.FoldsExpected && p.Badges.Contains(badge) && !p.Badges.Contains(Badges.Optimistic));
    }

    private static (string Corpus, string Manifest, string Upstream, string Features, string Head) Subject(AggregatedRow row)
    {
        var spec = row.Entries[0].Spec;
        return (row.Corpus, spec.Manifest, row.Upstream, spec.Features, row.Head);
    }

    /// <summary>Where the corpus' card has the protocol: the paper's comes first there.</summary>
    private static int Rank(AggregatedRow row) =>
        CorpusCatalogue.All.FirstOrDefault(c => c.Name == row.Corpus)?.Card.Protocols.IndexOf(row.Protocol) is >= 0 and var at ? at : int.MaxValue;
}
