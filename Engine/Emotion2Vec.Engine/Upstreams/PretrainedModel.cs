using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>What can be asked of a pre-trained encoder.</summary>
/// <param name="Family">Such as <c>emotion2vec</c>.</param>
/// <param name="Published">The published model with these names and shapes; null where there is none.</param>
/// <param name="Blocks">The number of its last layer.</param>
/// <param name="UtteranceTokens">0 where it has none.</param>
/// <param name="Width">Values per frame and layer.</param>
/// <param name="ExtractorChannels">Channels of the convolutions from the waveform to frames.</param>
/// <param name="MinimumSamples">Fewest samples of 16 kHz speech that give a frame.</param>
public sealed record ModelFacts(string Family, string? Published, int Blocks, int UtteranceTokens, int Width, int ExtractorChannels, int MinimumSamples);

/// <summary>An encoder with the weights of a checkpoint, made for features: the one place that knows which network a file holds.</summary>
public sealed class PretrainedModel : IDisposable
{
    private readonly nn.Module module;
    private readonly Func<Tensor, IReadOnlyList<Tensor>> layers;
    private readonly bool normalise;

    private PretrainedModel(ModelFacts facts, bool normalise, nn.Module module, Func<Tensor, IReadOnlyList<Tensor>> layers)
    {
        (Facts, this.normalise, this.module, this.layers) = (facts, normalise, module, layers);
        module.eval();
    }

    public ModelFacts Facts { get; }

    /// <summary>What a checkpoint holds; reads no weights.</summary>
    /// <exception cref="InputException">Another model than data2vec 1.0, data2vec 2.0 or emotion2vec, or sizes that cannot be told.</exception>
    public static ModelFacts Describe(CheckpointFile file)
    {
        var (family, published) = Architectures.Detect(StateDictNames.ToFairseq(file.Path, file.Tensors));
        switch (family)
        {
            case "emotion2vec" or "data2vec2":
                var two = CheckpointSizes.Data2Vec2(file);
                return new ModelFacts(family, published?.Name, two.Prenet + two.Depth, two.UtteranceTokens, two.Width, two.Extractor[^1].Channels, two.MinimumSamples);
            case "data2vec":
                var one = CheckpointSizes.Data2Vec1(file);
                return new ModelFacts(family, published?.Name, one.Depth, one.UtteranceTokens, one.Width, one.Extractor[^1].Channels, one.MinimumSamples);
            default:
                throw new InputException($"{file.Path}: features are extracted from emotion2vec, data2vec 2.0 and data2vec 1.0 checkpoints; this one is {(family == "unknown" ? "none that is known" : family)}");
        }
    }

    /// <summary>What the checkpoint of a named model holds, and whether it has what is asked of it; reads no weights.</summary>
    /// <param name="name">Where it is one of the catalogue's models, the file must hold just that.</param>
    /// <exception cref="InputException">As <see cref="Describe(CheckpointFile)"/>; or another model than its name says; or one without these layers or tokens.</exception>
    public static ModelFacts Describe(string name, string path, FeatureRules rules)
    {
        using var file = CheckpointFile.Open(path);
        var facts = Describe(file);
        if (UpstreamCatalogue.All.Any(u => u.Name == name) && facts.Published != name)
            throw new InputException($"{path}: holds {facts.Published ?? $"{facts.Family} of another size"}, not {name}");
        rules.Check(name, facts.Blocks, facts.UtteranceTokens);
        return facts;
    }

    /// <summary>Reads the weights; the file may be closed afterwards.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
    /// <exception cref="InputException">As <see cref="Describe"/>, or tensors are missing, unexpected or of another shape.</exception>
    public static PretrainedModel Load(CheckpointFile file, string device)
    {
        var facts = Describe(file);
        // The recipe of every published data2vec says so; a checkpoint that was trained without says that.
        var normalise = (file.Config["task"] as JsonObject)?["normalize"] is not JsonValue set || !set.TryGetValue<bool>(out var value) || value;
        if (facts.Family == "data2vec")
        {
            var network = Filled(new Data2Vec1Audio(CheckpointSizes.Data2Vec1(file)));
            return new(facts, normalise, network, waveforms => network.Forward(waveforms) is var o ? [o.Input, .. o.Layers] : []);
        }
        else
        {
            var network = Filled(new Data2Vec2Audio(CheckpointSizes.Data2Vec2(file)));
            return new(facts, normalise, network, waveforms => network.Forward(waveforms) is var o ? [o.Input, .. o.Layers] : []);
        }

        T Filled<T>(T network) where T : nn.Module
        {
            try
            {
                TorchTensors.Load(network, file.Path, file.Tensors, MatchRules.Features);
                network.to(torch.device(device));
                return network;
            }
            catch
            {
                network.Dispose();
                throw;
            }
        }
    }

    /// <summary>All layers of one utterance, layer 0 first; each (1, E + T, D) with the tokens before the frames.</summary>
    /// <param name="waveform">16 kHz mono; normalised here to mean 0 and variance 1 over its whole length.</param>
    public IReadOnlyList<Tensor> Layers(ReadOnlySpan<float> waveform)
    {
        var samples = tensor(waveform.ToArray(), device: module.parameters().First().device).unsqueeze(0);
        return layers(normalise ? nn.functional.layer_norm(samples, [waveform.Length]) : samples);
    }

    public void Dispose() => module.Dispose();
}
