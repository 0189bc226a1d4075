using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Emotion prediction in conversation (section 5.4, Table 6, after Shi et al., 2023): the class of an utterance that is yet to be said, from the turns before
/// its own. Utterance = mean of its frames; turn = last state of gated recurrent units over its utterances, and whether it is the coming speaker's;
/// dialogue = last state of gated recurrent units over the turns → Linear(H, classes). What the paper leaves open: docs/TASKS.md.
/// </summary>
internal sealed class ConversationHead : AutogradHead
{
    private readonly Dialogues dialogues;
    private readonly int history;
    private readonly GRU overUtterances, overTurns;
    private readonly Parameter output, outputBias;
    private readonly Dictionary<int, Tensor> spoken = []; // turn: its utterances × D

    /// <param name="frames">Features.</param>
    /// <param name="dialogues">Who said what after what.</param>
    /// <param name="history">Turns to look back, ≥ 1.</param>
    /// <param name="hidden">H, of both levels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="random">Draws the initial weights.</param>
    public ConversationHead(FrameSource frames, Dialogues dialogues, int history, int hidden, int classes, SplitMix64 random) : base(frames, classes)
    {
        (this.dialogues, this.history) = (dialogues, history);
        overUtterances = Gru("utterances", random, frames.Row, hidden, layers: 1);
        overTurns = Gru("turns", random, hidden + 1, hidden, layers: 1);
        (output, outputBias) = Linear("linear", random, hidden, classes);
    }

    /// <summary>Something must have been said before.</summary>
    public override bool Judges(int utterance) => dialogues.Before(utterance, history).Any();

    public override bool SeesOnlyMeans => true;

    protected override Tensor Scores(Tensor states) => functional.linear(states, output, outputBias);

    protected override Tensor States(ReadOnlySpan<int> utterances)
    {
        int[][] before = [.. utterances.ToArray().Select(u => dialogues.Before(u, history).ToArray())];
        int[] heard = [.. before.SelectMany(turns => turns).Distinct()]; // neighbours share their history: each turn once
        var rows = heard.Select((turn, row) => (turn, row)).ToDictionary(t => t.turn, t => (long)t.row);
        var turns = LastStates(overUtterances, heard.Select(Spoken)); // heard × H
        var sequences = new Tensor[before.Length]; // turns before × (H + 1) each
        for (var i = 0; i < sequences.Length; i++)
        {
            var speaker = dialogues.TurnOf(utterances[i]).Speaker;
            var own = tensor([.. before[i].Select(t => dialogues.Turns[t].Speaker == speaker ? 1f : 0f)], [before[i].Length, 1], device: Frames.Device);
            sequences[i] = cat([turns.index_select(0, tensor([.. before[i].Select(t => rows[t])], device: Frames.Device)), own], 1);
        }
        return LastStates(overTurns, sequences);
    }

    private Tensor Spoken(int turn)
    {
        if (spoken.TryGetValue(turn, out var known)) return known;
        var utterances = dialogues.Turns[turn].Utterances;
        return spoken[turn] = tensor([.. utterances.SelectMany(u => FrameMean.Of(Frames.Span(u), Frames.Row))], [utterances.Length, Frames.Row], device: Frames.Device).DetachFromDisposeScope();
    }

    public override void Dispose()
    {
        foreach (var turn in spoken.Values) turn.Dispose();
        base.Dispose();
        overUtterances.Dispose();
        overTurns.Dispose();
    }
}
