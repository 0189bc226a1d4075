using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;
using Tests.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Checkpoints;

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
