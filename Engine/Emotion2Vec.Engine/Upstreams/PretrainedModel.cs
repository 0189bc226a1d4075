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
    private readonly bool normalise;

    private PretrainedModel(ModelFacts facts, bool normalise, nn.Module module)
    {
        (Facts, this.normalise, this.module) = (facts, normalise, module);
        module.eval();
    }

    public ModelFacts Facts { get; }

    /// <summary>What a checkpoint holds; reads no weights.</summary>
    /// <exception cref="InputException">A model of no known family, or sizes that cannot be told.</exception>
    public static ModelFacts Describe(CheckpointFile file) => Plan(file).Facts;

    /// <summary>What the checkpoint of a named model holds, and whether it has what is asked of it; reads no weights.</summary>
    /// <param name="name">Where it is one of the catalogue's models, the file must hold just that.</param>
    /// <exception cref="InputException">As <see cref="Describe(CheckpointFile)"/>; or another model than its name says; or one without these layers or tokens.</exception>
    public static ModelFacts Describe(string name, string path, FeatureRules rules)
    {
        using var file = CheckpointFile.Open(path);
        var facts = Describe(file);
        if (UpstreamCatalogue.All.FirstOrDefault(u => u.Name == name) is { Kind: UpstreamKind.Model } known
            && !Architectures.Fits(Architectures.Find(known.Shapes ?? name), file.Path, file.Tensors))
            throw new InputException($"{path}: holds {facts.Published ?? $"{facts.Family} of another size"}, not {name}");
        rules.Check(name, facts.Blocks, facts.UtteranceTokens);
        return facts;
    }

    /// <summary>Reads the weights; the file may be closed afterwards.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
    /// <exception cref="InputException">As <see cref="Describe(CheckpointFile)"/>, or tensors are missing, unexpected or of another shape.</exception>
    public static PretrainedModel Load(CheckpointFile file, string device)
    {
        var (facts, plan) = Plan(file);
        var network = plan.Make();
        try
        {
            TorchTensors.Load(network, file.Path, file.Tensors, MatchRules.Features);
            network.to(torch.device(device));
            return new(facts, plan.Normalise, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>All layers of one utterance, layer 0 first; each (1, E + T, D) with the tokens before the frames.</summary>
    /// <param name="waveform">16 kHz mono; brought here to mean 0 and variance 1 over its whole length where the model wants that.</param>
    public IReadOnlyList<Tensor> Layers(ReadOnlySpan<float> waveform)
    {
        var samples = tensor(waveform.ToArray(), device: module.parameters().First().device).unsqueeze(0);
        return ((IEncoder)module).Layers(normalise ? nn.functional.layer_norm(samples, [waveform.Length]) : samples);
    }

    private static (ModelFacts Facts, EncoderPlan Plan) Plan(CheckpointFile file)
    {
        var (name, published) = Architectures.Detect(file.Path, file.Tensors);
        if (name == "unknown") throw new InputException($"{file.Path}: features are extracted from {string.Join(", ", ModelFamily.All.Select(f => f.Title))}; this checkpoint is none of them");
        var plan = EncoderFamily.Find(name).Plan(ModelShapes.Of(file));
        if (plan.Blocks == 0) throw new InputException($"{file.Path}: has no layers");
        return (new(name, published?.Name, plan.Blocks, plan.UtteranceTokens, plan.Width, plan.ExtractorChannels, plan.MinimumSamples), plan);
    }

    public void Dispose() => module.Dispose();
}
