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
        if (manifest.Utterances.FirstOrDefault(u => string.IsNullOrEmpty(u.Speaker)) is { } nameless)
            throw new InputException($"{manifest.Corpus}: {Name} needs the speaker of every utterance; '{nameless.Id}' has none");

        var groups = SpeakersByAudio(manifest);
        var (least, parts) = Optimistic ? (2, "test, training") : (3, "test, validation, training");
        if (groups.Count < least) throw new InputException($"{manifest.Corpus}: {Name} needs at least {least} speakers ({parts}); there are {groups.Count}");
        if (groups.Count > MostSingleSpeakers) groups = Balance(groups);

        return [.. groups.Select((group, i) =>
        {
            var validation = Optimistic ? i : (i + 1) % groups.Count;
            return new Fold(
                group.Title,
                [.. groups.Where((_, j) => j != i && j != validation).SelectMany(g => g.Positions).Order()],
                [.. groups[validation].Positions.Order()],
                [.. group.Positions.Order()],
                []);
        })];
    }

    private sealed record SpeakerGroup(ImmutableArray<string> Names, ImmutableArray<int> Positions)
    {
        public string Title => Names.Length switch
        {
            1 => "speaker " + Names[0],
            <= 4 => "speakers " + string.Join(", ", Names),
            _ => $"speakers {string.Join(", ", Names[..3])} and {Names.Length - 3} more",
        };

        public static SpeakerGroup Join(IEnumerable<SpeakerGroup> groups) =>
            new([.. groups.SelectMany(g => g.Names).Order(StringComparer.Ordinal)], [.. groups.SelectMany(g => g.Positions)]);
    }

    /// <summary>One group per speaker, in ordinal order; speakers with a recording in common are joined.</summary>
    private static List<SpeakerGroup> SpeakersByAudio(Manifest manifest)
    {
        var all = Enumerable.Range(0, manifest.Utterances.Length).ToArray();
        var groups = all.GroupBy(p => manifest.Utterances[p].Speaker!, StringComparer.Ordinal)
            .Select(g => new SpeakerGroup([g.Key], [.. g])).ToList();
        foreach (var unit in AudioUnits.Of(manifest, all).Where(u => u.Length > 1))
        {
            var speakers = unit.Select(p => manifest.Utterances[p].Speaker!).ToHashSet(StringComparer.Ordinal);
            if (speakers.Count == 1) continue;
            var same = groups.Where(g => g.Names.Any(speakers.Contains)).ToArray();
            groups.RemoveAll(same.Contains);
            groups.Add(SpeakerGroup.Join(same));
        }
        return [.. groups.OrderBy(g => g.Names[0], StringComparer.Ordinal)];
    }

    private static List<SpeakerGroup> Balance(List<SpeakerGroup> speakers)
    {
        var groups = Enumerable.Range(0, Groups).Select(_ => new List<SpeakerGroup>()).ToArray();
        foreach (var speaker in speakers.OrderByDescending(s => s.Positions.Length).ThenBy(s => s.Names[0], StringComparer.Ordinal))
            groups.MinBy(g => g.Sum(s => s.Positions.Length))!.Add(speaker);
        return [.. groups.Select(SpeakerGroup.Join).OrderBy(g => g.Names[0], StringComparer.Ordinal)];
    }
}
