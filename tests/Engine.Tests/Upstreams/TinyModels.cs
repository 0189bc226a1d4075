using System.Text.Json.Nodes;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using Emotion2Vec.Tests.Parity;
using TorchSharp;

namespace Emotion2Vec.Tests;

/// <summary>Models that are too small to be good for anything, with random weights, as checkpoint files.</summary>
internal static class TinyModels
{
    public static Data2Vec2Sizes Emotion2Vec { get; } = new()
    {
        Extractor = ConvolutionalExtractor.Standard(16), Width = 32, Heads = 4, Prenet = 1, Depth = 3, UtteranceTokens = 3,
        PositionalDepth = 2, PositionalKernel = 5, PositionalGroups = 4, DecoderDepth = 2, DecoderChannels = 16, DecoderGroups = 4,
    };

    public static Data2Vec1Sizes Data2Vec1 { get; } = new()
    {
        Extractor = ConvolutionalExtractor.Standard(16), Width = 64, Heads = 1, Depth = 4, FeedForward = 128, PositionalDepth = 2, PositionalKernel = 5, PositionalGroups = 4,
    };

    /// <summary>Writes a model, with the parts of pre-training; returns the path.</summary>
    public static string Write(string path, Data2Vec2Sizes sizes, ulong seed = 1)
    {
        using var model = new Data2Vec2Audio(sizes, Data2Vec2Role.Student);
        Initialisation.ColdStart(model, seed);
        return Write(path, model);
    }

    public static string Write(string path, Data2Vec1Sizes sizes, ulong seed = 1)
    {
        using var model = new Data2Vec1Audio(sizes, pretraining: true);
        Initialisation.ColdStart(model, seed);
        return Write(path, model, new JsonObject { ["encoder_attention_heads"] = sizes.Heads });
    }

    /// <summary>What files of fixtures' models do not tell by shapes, for all families.</summary>
    public static JsonObject Settings => new() { ["encoder_attention_heads"] = 4, ["normalize"] = false, ["log_compression"] = true };

    /// <summary>The model of a fixture, with its weights: of any family but emotion2vec's and data2vec's.</summary>
    /// <param name="name">Such as <c>hubert_tiny</c>.</param>
    public static (EncoderFamily Family, torch.nn.Module Network) OfFixture(string name)
    {
        var fixture = new ParityFixture(TestData.Fixture(name));
        var family = EncoderFamily.Find(name[..name.LastIndexOf('_')].Replace("_encoder", "", StringComparison.Ordinal).Replace("_gumbel", "", StringComparison.Ordinal));
        var network = family.Plan(FixtureShapes.Of(fixture, family.Name, Settings)).Make();
        Inference.Fill(network, fixture);
        return (family, network);
    }

    public static string Write(string path, torch.nn.Module model, JsonObject? config = null)
    {
        var contents = new CheckpointContents { Model = TorchTensors.FromModule(model), Config = config ?? [] };
        if (Path.GetExtension(path) == ".safetensors") SafetensorsWriter.Write(path, contents);
        else TorchWriter.Write(path, contents);
        return path;
    }
}
