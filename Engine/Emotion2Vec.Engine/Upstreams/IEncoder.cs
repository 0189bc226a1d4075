using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>A network that turns speech into layers of features.</summary>
internal interface IEncoder
{
    /// <summary>All layers of one utterance, layer 0 first, each (1, E + T, D): the E utterance tokens stand before the frames.</summary>
    /// <param name="waveform">(1, samples) at 16 kHz, at least <see cref="EncoderPlan.MinimumSamples"/> long; normalised already where the plan says so.</param>
    IReadOnlyList<Tensor> Layers(Tensor waveform);
}

/// <summary>What the names, shapes and settings of a checkpoint tell of its encoder, before any weight is read.</summary>
/// <param name="Blocks">The number of its last layer.</param>
/// <param name="Width">Values per frame and layer.</param>
/// <param name="ExtractorChannels">Channels of the convolutions from the waveform to frames.</param>
/// <param name="MinimumSamples">Fewest samples that give a frame.</param>
/// <param name="Normalise">Whether the waveform is brought to mean 0 and variance 1 first.</param>
/// <param name="Make">Makes the network, without its weights: a module that is an <see cref="IEncoder"/>.</param>
/// <param name="UtteranceTokens">0 where it has none.</param>
internal sealed record EncoderPlan(
    int Blocks, int Width, int ExtractorChannels, int MinimumSamples, bool Normalise, Func<nn.Module> Make, int UtteranceTokens = 0);

/// <summary>A family of models whose features can be extracted.</summary>
internal abstract class EncoderFamily(string name, string title) : ModelFamily(name, title)
{
    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static new EncoderFamily Find(string name) => (EncoderFamily)ModelFamily.Find(name);

    /// <exception cref="Corpora.InputException">Its sizes cannot be told, or no published model has such.</exception>
    public abstract EncoderPlan Plan(ModelShapes shapes);
}
