using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>What an encoder made of a batch. Every tensor is (B, E + T, D): the tokens stand before the frames.</summary>
/// <param name="Tokens">E, the number of utterance tokens.</param>
/// <param name="Input">What enters the first block: layer 0.</param>
/// <param name="Last">Output of the last block.</param>
/// <param name="Prenet">Outputs of the blocks of the context encoder.</param>
/// <param name="Blocks">Outputs of the main blocks (of those that were not left out in training).</param>
/// <param name="FeedForward">Outputs of their feed-forward networks, before the residual and the norm.</param>
public sealed record Data2Vec2Outputs(
    int Tokens, Tensor Input, Tensor Last, IReadOnlyList<Tensor> Prenet, IReadOnlyList<Tensor> Blocks, IReadOnlyList<Tensor> FeedForward)
{
    /// <summary>Layers 1, 2, … in the order of the network, the context encoder's first: what layer rules count.</summary>
    public IReadOnlyList<Tensor> Layers => [.. Prenet, .. Blocks];

    /// <summary>The frames of one of these tensors: (B, T, D), a view.</summary>
    public Tensor Frames(Tensor layer) => layer.narrow(1, Tokens, layer.shape[1] - Tokens);

    /// <summary>The utterance tokens of one of these tensors: (B, E, D), a view.</summary>
    public Tensor Utterance(Tensor layer) => layer.narrow(1, 0, Tokens);

    internal Data2Vec2Outputs MoveToOuterDisposeScope()
    {
        // The last block's output is listed twice, and so is the input of a block that was left out.
        foreach (var tensor in new HashSet<Tensor>([Input, Last, .. Prenet, .. Blocks, .. FeedForward], ReferenceEqualityComparer.Instance))
            tensor.MoveToOuterDisposeScope();
        return this;
    }
}
