using System.Runtime.InteropServices;
using Emotion2Vec.Corpora.Protocols;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// A downstream head: parameters over frames, their gradients, and the loss. Utterances are manifest positions; labels
/// are classes. One thread uses a head.
/// </summary>
internal abstract class Head(FrameSource frames, int classes) : IDisposable
{
    private readonly List<(string Name, Parameter Value, Tensor Gradient)> parameters = [];
    private readonly List<Tensor> buffers = [];

    protected FrameSource Frames { get; } = frames;

    public int Classes { get; } = classes;

    /// <summary>Parameters by their name in the reference's state dictionary.</summary>
    public IEnumerable<(string Name, Parameter Value)> Named => parameters.Select(p => (p.Name, p.Value));

    public IEnumerable<Parameter> Parameters => parameters.Select(p => p.Value);

    /// <summary>Scores before the softmax, utterances × classes, without gradient.</summary>
    public abstract Tensor Logits(ReadOnlySpan<int> utterances);

    /// <summary>Whether the head can say anything of an utterance; others are in no part of a fold.</summary>
    public virtual bool Judges(int utterance) => true;

    /// <summary>Whether it reads nothing of an utterance's frames but their mean.</summary>
    public virtual bool SeesOnlyMeans => false;

    /// <summary>What the first linear layer makes of each utterance (of recurrent heads: the state that the linear layer reads), utterances × H, without gradient.</summary>
    public abstract Tensor Hidden(ReadOnlySpan<int> utterances);

    /// <summary>Adds the gradient of <paramref name="scale"/> × mean cross-entropy of a batch to the gradients.</summary>
    /// <returns>The mean cross-entropy, unscaled.</returns>
    public abstract float AddGradients(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels, double scale);

    public void ZeroGradients()
    {
        foreach (var (_, _, gradient) in parameters) gradient.zero_();
    }

    /// <summary>Gradient tensor of a parameter; the optimiser sees what is written into it.</summary>
    public Tensor Gradient(string name) => parameters.First(p => p.Name == name).Gradient;

    /// <summary>All weights as numbers, in the order of <see cref="Named"/>, then what else a head keeps of its training.</summary>
    public float[][] Weights() => [.. parameters.Select(p => ToArray(p.Value)), .. buffers.Select(ToArray)];

    /// <summary>Puts weights back that <see cref="Weights"/> gave.</summary>
    public void Load(float[][] weights)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (value, numbers) in parameters.Select(p => (Tensor)p.Value).Concat(buffers).Zip(weights)) value.copy_(tensor(numbers, value.shape));
    }

    /// <summary>Weight and bias of a linear layer as torch initialises them: uniform in ±1/√inputs, weight first, row by row.</summary>
    protected (Parameter Weight, Parameter Bias) Linear(string name, SplitMix64 random, int inputs, int outputs)
    {
        var bound = 1 / Math.Sqrt(inputs);
        float Draw() => Uniform(random, bound);
        return (Add($"{name}.weight", Draw, outputs, inputs), Add($"{name}.bias", Draw, outputs));
    }

    private static float Uniform(SplitMix64 random, double bound) => (float)(((random.Next() >> 11) * (2.0 / (1L << 53)) - 1) * bound);

    protected Parameter Add(string name, Func<float> draw, params long[] shape)
    {
        using var scope = NewDisposeScope();
        return Register(name, new Parameter(Drawn(draw, shape)));
    }

    /// <summary>
    /// Gated recurrent units over packed sequences, weights as torch initialises them: uniform in ±1/√hidden, layer by layer input weights, state weights, and
    /// their biases. What torch itself has drawn for them is overwritten.
    /// </summary>
    protected GRU Gru(string name, SplitMix64 random, int inputs, int hidden, int layers)
    {
        var units = nn.GRU(inputs, hidden, layers, device: Frames.Device);
        var bound = 1 / Math.Sqrt(hidden);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (parameter, value) in units.named_parameters())
        {
            value.copy_(Drawn(() => Uniform(random, bound), value.shape));
            Register($"{name}.{parameter}", value);
        }
        return units;
    }

    /// <summary>The last state of the uppermost layer for each sequence (T × D, any T ≥ 1): sequences × H. They are packed by length, so no padding is ever computed with.</summary>
    protected static Tensor LastStates(GRU units, IEnumerable<Tensor> sequences)
    {
        using var packed = nn.utils.rnn.pack_sequence(sequences, enforce_sorted: false);
        var (outputs, states) = units.call(packed);
        outputs.Dispose();
        return states[states.shape[0] - 1];
    }

    private Tensor Drawn(Func<float> draw, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = draw();
        return tensor(values, shape, device: Frames.Device);
    }

    private Parameter Register(string name, Parameter value)
    {
        var gradient = zeros(value.shape, float32, Frames.Device);
        value.grad = gradient;
        value.DetachFromDisposeScope();
        parameters.Add((name, value, gradient.DetachFromDisposeScope()));
        return value;
    }

    /// <summary>Numbers that training changes but no gradient: running statistics.</summary>
    protected Tensor AddBuffer(float value, params long[] shape)
    {
        var buffer = full(shape, value, float32, Frames.Device).DetachFromDisposeScope();
        buffers.Add(buffer);
        return buffer;
    }

    protected Tensor Labels(ReadOnlySpan<int> labels)
    {
        var wide = new long[labels.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = labels[i];
        return tensor(wide, device: Frames.Device);
    }

    public static float[] ToArray(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().cpu().contiguous().bytes).ToArray();
    }

    public virtual void Dispose()
    {
        foreach (var (_, value, gradient) in parameters)
        {
            gradient.Dispose();
            value.Dispose();
        }
        foreach (var buffer in buffers) buffer.Dispose();
    }
}
