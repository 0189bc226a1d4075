using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The paper's head for sequences (section 4.2): two layers of gated recurrent units over an utterance's frames, the last state of the second →
/// Linear(H, classes). All layers of the features are read as one row.
/// </summary>
internal sealed class GruHead : AutogradHead
{
    private readonly GRU units;
    private readonly Parameter output, outputBias;

    public GruHead(FrameSource frames, int hidden, int classes, SplitMix64 random) : base(frames, classes)
    {
        units = Gru("gru", random, frames.Row, hidden, layers: 2);
        (output, outputBias) = Linear("linear", random, hidden, classes);
    }

    protected override Tensor Scores(Tensor states) => functional.linear(states, output, outputBias);

    protected override Tensor States(ReadOnlySpan<int> utterances)
    {
        var sequences = new Tensor[utterances.Length]; // T × D each
        for (var i = 0; i < sequences.Length; i++) sequences[i] = Frames[utterances[i]].clone();
        return LastStates(units, sequences);
    }

    public override void Dispose()
    {
        base.Dispose();
        units.Dispose();
    }
}
