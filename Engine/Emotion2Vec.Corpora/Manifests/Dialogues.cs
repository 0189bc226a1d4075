using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Manifests;

/// <summary>What one speaker says before another one speaks.</summary>
/// <param name="Dialogue">The conversation that it is part of.</param>
/// <param name="Speaker">Who speaks.</param>
/// <param name="Utterances">Manifest positions in the order in which they are said; at least one.</param>
public sealed record SpeakerTurn(string Dialogue, string Speaker, ImmutableArray<int> Utterances);

/// <summary>
/// The conversations of a corpus: within a dialogue, utterances by their place (equal places by id), and consecutive utterances of one speaker as one turn.
/// Utterances without label are part of it, those that the manifest does not have are not.
/// </summary>
public sealed class Dialogues
{
    private readonly int[] turnOf; // by manifest position

    /// <exception cref="InputException">An utterance lacks its dialogue, its place in it or its speaker.</exception>
    public Dialogues(Manifest manifest)
    {
        Check(manifest);
        turnOf = new int[manifest.Utterances.Length];
        var turns = ImmutableArray.CreateBuilder<SpeakerTurn>();
        var positions = Enumerable.Range(0, turnOf.Length).Select(p => (Position: p, Utterance: manifest.Utterances[p]));
        foreach (var dialogue in positions.GroupBy(p => p.Utterance.Dialogue!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var first = turns.Count;
            foreach (var (position, utterance) in dialogue.OrderBy(p => p.Utterance.Turn).ThenBy(p => p.Position))
            {
                if (turns.Count > first && turns[^1].Speaker == utterance.Speaker) turns[^1] = turns[^1] with { Utterances = turns[^1].Utterances.Add(position) };
                else turns.Add(new SpeakerTurn(dialogue.Key, utterance.Speaker!, [position]));
                turnOf[position] = turns.Count - 1;
            }
        }
        Turns = turns.ToImmutable();
    }

    /// <summary>All turns, dialogue by dialogue, in the order in which they are said.</summary>
    public ImmutableArray<SpeakerTurn> Turns { get; }

    /// <summary>The turn that an utterance is part of.</summary>
    public SpeakerTurn TurnOf(int utterance) => Turns[turnOf[utterance]];

    /// <summary>Positions in <see cref="Turns"/> of the turns before the one of an utterance, in the same dialogue, the oldest first; none for a dialogue's first turn.</summary>
    /// <param name="utterance">Manifest position.</param>
    /// <param name="most">At most so many.</param>
    public IEnumerable<int> Before(int utterance, int most)
    {
        var own = turnOf[utterance];
        var first = own;
        while (first > 0 && own - first < most && Turns[first - 1].Dialogue == Turns[own].Dialogue) first--;
        return Enumerable.Range(first, own - first);
    }

    /// <summary>Whether a corpus tells who said what after what.</summary>
    /// <exception cref="InputException">It does not.</exception>
    public static void Check(Manifest manifest)
    {
        foreach (var utterance in manifest.Utterances)
        {
            var lacks = string.IsNullOrEmpty(utterance.Dialogue) ? "dialogue" : utterance.Turn is null ? "turn" : string.IsNullOrEmpty(utterance.Speaker) ? "speaker" : null;
            if (lacks is not null) throw new InputException($"{manifest.Corpus}: the head conversation needs dialogue, turn and speaker of every utterance; '{utterance.Id}' has no {lacks}");
        }
    }
}
