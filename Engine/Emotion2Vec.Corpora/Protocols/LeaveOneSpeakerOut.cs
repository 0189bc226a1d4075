using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>leave-one-speaker-out</c>: one speaker tests, the next in ordinal order (after the last: the first) validates, the
/// others train; with ten speakers this is the paper's 8/1/1 (Table 2). Above twelve speakers ten groups of speakers take
/// the place of single ones: speakers by falling number of utterances (ties: ordinal) each join the group with the
/// fewest utterances (ties: the earlier group); groups are then ordered by their first speaker.
/// Speakers who share identical audio count as one. No seed: nothing is random. <c>-optimistic</c> validates on the test part
/// and trains on all others: the starred rows of Table 2.
/// </summary>
public sealed class LeaveOneSpeakerOut : Protocol
{
    private const int MostSingleSpeakers = 12;
    private const int Groups = 10;

    /// <summary>The two of the catalogue.</summary>
    public static ImmutableArray<Protocol> All { get; } = [new LeaveOneSpeakerOut(optimistic: false), new LeaveOneSpeakerOut(optimistic: true)];

    private LeaveOneSpeakerOut(bool optimistic) => Optimistic = optimistic;

    public override string Name => Optimistic ? "leave-one-speaker-out-optimistic" : "leave-one-speaker-out";
    public override string Description => Optimistic
        ? "one speaker (or one of ten speaker groups) tests and validates, all others train"
        : "one speaker (or one of ten speaker groups) tests, the next one validates";
    public override string Source => Optimistic ? "the paper, Table 2, rows with an asterisk" : "the paper, Table 2; which speaker validates, and groups, are ours";
    public override bool Optimistic { get; }
    public override bool Exhaustive => true;
    public override bool SpeakerIndependent => true;

    public override int? PublishedFolds(CorpusCard card) => card.Speakers switch { null or 0 => null, <= MostSingleSpeakers => card.Speakers, _ => Groups };

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var groups = NamedGroup.Of(manifest, "speaker", u => u.Speaker, Name);
        var (least, parts) = Optimistic ? (2, "test, training") : (3, "test, validation, training");
        if (groups.Count < least) throw new InputException($"{manifest.Corpus}: {Name} needs at least {least} speakers ({parts}); there are {groups.Count}");
        if (groups.Count > MostSingleSpeakers) groups = Balance(groups);

        return [.. groups.Select((group, i) =>
        {
            var validation = Optimistic ? i : (i + 1) % groups.Count;
            return new Fold(
                group.Title,
                [.. groups.Where((_, j) => j != i && j != validation).SelectMany(g => g.Positions).Order()],
                groups[validation].Positions,
                group.Positions,
                []);
        })];
    }

    private static List<NamedGroup> Balance(List<NamedGroup> speakers)
    {
        var groups = Enumerable.Range(0, Groups).Select(_ => new List<NamedGroup>()).ToArray();
        foreach (var speaker in speakers.OrderByDescending(s => s.Positions.Length).ThenBy(s => s.Names[0], StringComparer.Ordinal))
            groups.MinBy(g => g.Sum(s => s.Positions.Length))!.Add(speaker);
        return [.. groups.Select(NamedGroup.Join).OrderBy(g => g.Names[0], StringComparer.Ordinal)];
    }
}
