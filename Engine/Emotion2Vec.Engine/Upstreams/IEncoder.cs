using System.Collections.Immutable;
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

/// <summary>A family of models: what its checkpoints are called, and how one is read.</summary>
/// <param name="Name">As <see cref="Checkpoints.Architecture.Family"/>.</param>
/// <param name="Title">For messages: <c>wav2vec 2.0</c>.</param>
/// <param name="Plan">From a checkpoint's names, shapes and settings.</param>
internal sealed record EncoderFamily(string Name, string Title, Func<ModelShapes, EncoderPlan> Plan)
{
    /// <summary>All that features can be extracted from.</summary>
    internal static ImmutableArray<EncoderFamily> All { get; } =
    [
        new("emotion2vec", "emotion2vec", Data2Vec2Audio.Plan), new("data2vec2", "data2vec 2.0", Data2Vec2Audio.Plan), new("data2vec", "data2vec 1.0", Data2Vec1Audio.Plan),
        new("wav2vec", "wav2vec", Wav2Vec.Plan), new("vq_wav2vec", "vq-wav2vec", VqWav2Vec.Plan), new("wav2vec2", "wav2vec 2.0", Wav2Vec2.Plan),
        new("hubert", "HuBERT", Hubert.Plan), new("wavlm", "WavLM", WavLm.Plan), new("whisper", "Whisper", WhisperEncoder.Plan),
    ];
}
