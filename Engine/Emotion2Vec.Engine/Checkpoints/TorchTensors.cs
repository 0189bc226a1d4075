using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>Between checkpoints and torch: the only place where the two meet.</summary>
public static class TorchTensors
{
    /// <summary>The elements as a new float32 tensor of the same shape on the CPU.</summary>
    public static Tensor ToTensor(this CheckpointTensor tensor) => torch.tensor(tensor.ToFloats(), tensor.Shape.AsSpan());

    /// <summary>A copy of a float32 tensor's elements.</summary>
    public static CheckpointTensor FromTensor(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return CheckpointTensor.FromBytes(name, ElementType.Float32, tensor.shape, tensor.detach().to(ScalarType.Float32).cpu().contiguous().bytes.ToArray());
    }

    /// <summary>Copies of all parameters and buffers of a model, in the order of its state dict.</summary>
    public static CheckpointTensor[] FromModule(nn.Module module) => [.. module.state_dict().Select(entry => FromTensor(entry.Key, entry.Value))];

    /// <summary>A tensor's elements as float32, copied only when they are read, which a writer does one tensor after the other. Until then it must live and keep its values.</summary>
    public static CheckpointTensor Live(string name, Tensor tensor)
    {
        ImmutableArray<long> shape = [.. tensor.shape];
        return CheckpointTensor.View(name, ElementType.Float32, shape, CheckpointTensor.RowMajor(shape), 0, new LiveStorage(tensor), out var fault)
            ?? throw new ArgumentException($"{name}: {fault}", nameof(tensor));
    }

    /// <summary>All parameters and buffers of a model as <see cref="Live"/> ones, in the order of its state dict.</summary>
    public static CheckpointTensor[] LiveModule(nn.Module module) => [.. module.state_dict().Select(entry => Live(entry.Key, entry.Value))];

    /// <summary>Names and shapes of a model's state dict.</summary>
    public static ImmutableArray<TensorSpec> Specs(nn.Module module) => [.. module.state_dict().Select(entry => new TensorSpec(entry.Key, [.. entry.Value.shape]))];

    /// <summary>Copies a checkpoint's tensors into a model; nothing is copied unless all fit.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="tensors">Usually <see cref="CheckpointFile.Tensors"/> or <see cref="CheckpointFile.Ema"/>; names of fairseq or Hugging Face.</param>
    /// <param name="rules">What one side may have alone; null = nothing.</param>
    /// <exception cref="InputException">Tensors are missing, unexpected or of another shape: the message lists them all.</exception>
    public static void Load(nn.Module module, string file, IReadOnlyCollection<CheckpointTensor> tensors, MatchRules? rules = null)
    {
        var matched = StateDictLoader.Match(file, tensors, Specs(module), rules);
        var targets = module.state_dict();
        using var off = no_grad();
        foreach (var source in matched)
        {
            using var scope = NewDisposeScope();
            targets[source.Name].copy_(source.ToTensor());
        }
    }

    private sealed class LiveStorage(Tensor tensor) : TensorStorage
    {
        public override long Length => tensor.numel() * sizeof(float);

        public override void Read(long offset, Span<byte> target)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            tensor.detach().to(ScalarType.Float32).cpu().contiguous().bytes.Slice((int)offset, target.Length).CopyTo(target);
        }
    }
}
