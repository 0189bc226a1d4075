using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>leave-one-session-out</c>: every session tests once (ordinal order); of the utterances of the others n − ⌊0.8 n⌋
/// validate, drawn at random. Sessions that share identical audio count as one. With IEMOCAP's five sessions this is the
/// paper's five-fold cross-validation (Table 2), whose code rounds like this. <c>-10</c> draws 10 % (Figure 3);
/// <c>-optimistic</c> trains on all other sessions and validates on the test part (the starred rows of Table 2, and that
/// code's default).
/// </summary>
public sealed class LeaveOneSessionOut : Protocol
{
    private const int MostSessions = 20;
    private const ulong Seed = 1;
    private readonly int _percent;

    /// <summary>The three of the catalogue.</summary>
    public static ImmutableArray<Protocol> All { get; } = [new LeaveOneSessionOut(20), new LeaveOneSessionOut(0), new LeaveOneSessionOut(10)];

    // Percent of training that validates; 0: the test part does.
    private LeaveOneSessionOut(int percent) => _percent = percent;

    public override string Name => "leave-one-session-out" + _percent switch { 0 => "-optimistic", 20 => "", _ => $"-{_percent}" };

    public override string Description => Optimistic
        ? "one session tests and validates, all others train"
        : $"one session tests, a random {_percent} % of the others validate";

    public override string Source => _percent switch
    {
        0 => "the paper, Table 2, rows with an asterisk",
        20 => "the paper, Table 2",
        _ => "the paper, Figure 3",
    };

    public override bool Exhaustive => true;
    public override bool Optimistic => _percent == 0;

    public override int? PublishedFolds(CorpusCard card) => card.Sessions;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var sessions = NamedGroup.Of(manifest, "session", u => u.Session, Name);
        if (sessions.Count is < 2 or > MostSessions)
            throw new InputException($"{manifest.Corpus}: {Name} needs 2 to {MostSessions} sessions; there are {sessions.Count}");
        return [.. sessions.Select((session, i) =>
        {
            int[] test = [.. session.Positions], train = [.. Enumerable.Range(0, manifest.Utterances.Length).Except(test)], validation = test;
            if (!Optimistic) (validation, train) = DrawValidation(manifest, train, Share(train.Length, _percent), SplitMix64.Stream(Seed, 1 + (ulong)i));
            return new Fold(session.Title, [.. train], [.. validation], [.. test], []);
        })];
    }
}
