using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Checkpoints;

public sealed class TorchTensorsTests
{
    [Fact]
    public void AModelSavedAndLoadedIsTheSame()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("linear.pt");
        using var one = nn.Linear(5, 3);
        using var two = nn.Linear(5, 3);
        TorchWriter.Write(path, new CheckpointContents { Model = TorchTensors.FromModule(one) });
        using var file = CheckpointFile.Open(path);
        Assert.Equal(["weight", "bias"], file.Tensors.Select(t => t.Name));
        Assert.NotEqual(one.weight.data<float>().ToArray(), two.weight.data<float>().ToArray());
        TorchTensors.Load(two, path, file.Tensors);
        Assert.Equal(one.weight.data<float>().ToArray(), two.weight.data<float>().ToArray());
        Assert.True(two.weight.requires_grad);
    }

    [Fact]
    public void AModelThatDoesNotFitIsLeftAsItWas()
    {
        using var model = nn.Linear(5, 3);
        var before = model.bias!.data<float>().ToArray();
        CheckpointTensor[] tensors = [CheckpointTensor.FromFloats("bias", [3], [1, 2, 3]), CheckpointTensor.FromFloats("weight", [5, 3], new float[15])];
        var message = Assert.Throws<InputException>(() => TorchTensors.Load(model, "x.pt", tensors)).Message;
        Assert.Equal("x.pt: does not fit the model: 1 of wrong shape: weight (5x3, not 3x5)", message);
        Assert.Equal(before, model.bias!.data<float>().ToArray());
    }

    /// <summary>A model of any size is made from a checkpoint's shapes and loads it: all of it for pre-training, its part for features.</summary>
    [Fact]
    public void AnEmotion2VecOfTheCheckpointsSizeLoads()
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"));
        var sizes = Data2Vec2Sizes.Of(ModelShapes.Of(file));
        Assert.Equal(Data2Vec2Sizes.Base with
        {
            Extractor = ConvolutionalExtractor.Standard(32), Width = 64, Heads = 4, Prenet = 1, Depth = 2, UtteranceTokens = 10, DecoderChannels = 32,
        }, sizes);
        using var student = new Data2Vec2Audio(sizes, Data2Vec2Role.Student);
        TorchTensors.Load(student, file.Path, file.Tensors);
        foreach (var (name, tensor) in student.state_dict()) Assert.Equal(file.Find(name)!.ToFloats(), tensor.data<float>().ToArray());
        using var features = new Data2Vec2Audio(sizes);
        Assert.Contains("10 unexpected: modality_encoders.AUDIO.decoder.blocks.0.0.bias", Assert.Throws<InputException>(() => TorchTensors.Load(features, file.Path, file.Tensors)).Message, StringComparison.Ordinal);
        TorchTensors.Load(features, file.Path, file.Tensors, MatchRules.Features);
    }

    [Fact]
    public void ADataToVec1OfTheCheckpointsSizeLoads()
    {
        using var folder = new TemporaryFolder();
        var sizes = Data2Vec1Sizes.Base with { Extractor = ConvolutionalExtractor.Standard(32), Width = 64, Heads = 4, Depth = 2, FeedForward = 96 };
        using var model = new Data2Vec1Audio(sizes, pretraining: true);
        var path = folder.File("hf.safetensors");
        var names = StateDictNames.ToHuggingFace("model", TorchTensors.FromModule(model));
        SafetensorsWriter.Write(path, new CheckpointContents { Model = [.. names.Select(t => t.Renamed("data2vec_audio." + t.Name))], Config = new JsonObject { ["model"] = new JsonObject { ["encoder_attention_heads"] = 4L } } });
        using var file = CheckpointFile.Open(path);
        Assert.Equal(sizes with { Extractor = default }, Data2Vec1Sizes.Of(ModelShapes.Of(file)) with { Extractor = default });
        Assert.Equal(sizes.Extractor.AsEnumerable(), Data2Vec1Sizes.Of(ModelShapes.Of(file)).Extractor.AsEnumerable());
        using var loaded = new Data2Vec1Audio(Data2Vec1Sizes.Of(ModelShapes.Of(file)), pretraining: true);
        TorchTensors.Load(loaded, path, file.Tensors);
        foreach (var (name, tensor) in model.state_dict()) Assert.Equal(tensor.data<float>().ToArray(), loaded.state_dict()[name].data<float>().ToArray());
    }

    [Fact]
    public void StridedTensorsAreCopiedInOrder()
    {
        using var matrix = arange(6, dtype: ScalarType.Float32).reshape(2, 3).t();
        var copy = TorchTensors.FromTensor("t", matrix);
        Assert.Equal("3x2", copy.ShapeText);
        Assert.Equal([0f, 3, 1, 4, 2, 5], copy.ToFloats());
        using var back = copy.ToTensor();
        Assert.Equal([3L, 2], back.shape);
    }
}
