using System.Runtime.Intrinsics;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;
using Tests.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

public sealed class HeadTests : IDisposable
{
    private const int Layers = 3, Dimension = 5, Classes = 4;
    private static readonly int[] Batch = [4, 0, 2, 5], Labels = [1, 0, 3, 1];

    private readonly TemporaryFolder folder = new();
    private readonly FeatureFile file;
    private readonly FrameSource frames;

    public HeadTests()
    {
        var random = new SplitMix64(3);
        FeatureFileWriter.Write(folder.File("a.feat"), 6, Layers, Dimension, writer =>
        {
            for (var u = 0; u < 6; u++)
                writer.Append([.. Enumerable.Range(0, (1 + 3 * u) * Layers * Dimension).Select(_ => (random.Next() >> 40) * (2f / (1 << 24)) - 1)], 0);
        });
        file = new FeatureFile(folder.File("a.feat"));
        frames = new FrameSource(file, CPU);
    }

    public static TheoryData<string> Poolings => Vector512.IsHardwareAccelerated ? ["torch", "vectors"] : ["torch"];

    private LinearHead Linear(string pooling, int hidden = 16) => new(frames, hidden, Classes, new SplitMix64(1),
        pooling == "torch" ? new TorchPooling(frames) : new VectorPooling(frames, hidden));

    [Theory]
    [MemberData(nameof(Poolings))]
    public void Written_out_gradient_equals_autograd(string pooling)
    {
        using var head = Linear(pooling);
        var loss = head.AddGradients(Batch, Labels, 0.5);

        var p = head.Named.ToDictionary(n => n.Name, n => n.Value.detach().clone().requires_grad_());
        var pooled = Batch.Select(u =>
            nn.functional.relu(nn.functional.linear(frames[u].clone(), p["pre_net.weight"], p["pre_net.bias"])).mean([0])).ToArray();
        var logits = nn.functional.linear(stack(pooled), p["post_net.weight"], p["post_net.bias"]);
        var expected = nn.functional.cross_entropy(logits, tensor([1L, 0L, 3L, 1L]));
        (expected * 0.5).backward();

        Assert.Equal(expected.item<float>(), loss, 6);
        foreach (var (name, value) in p) DownstreamFixture.Near(Head.ToArray(value.grad!), Head.ToArray(head.Gradient(name)), 1e-5, name);
    }

    /// <summary>The last layer of the hidden layer is the scores.</summary>
    [Fact]
    public void Hidden_layer_gives_the_scores()
    {
        using var linear = Linear("torch");
        using var superb = new SuperbHead(frames, 16, Classes, new SplitMix64(1));
        foreach (var (head, last) in new (Head, string)[] { (linear, "post_net"), (superb, "linear") })
        {
            using var scope = NewDisposeScope();
            var named = head.Named.ToDictionary(n => n.Name, n => n.Value);
            var hidden = head.Hidden(Batch);
            Assert.Equal([4, 16], hidden.shape);
            using var off = no_grad();
            DownstreamFixture.Near(Head.ToArray(nn.functional.linear(hidden, named[last + ".weight"], named[last + ".bias"])), Head.ToArray(head.Logits(Batch)), 1e-6, last);
            Assert.False(hidden.requires_grad);
        }
    }

    /// <summary>Sizes that fill vectors and panels, that do not, and utterances longer than one block of frames.</summary>
    [SkippableTheory]
    [InlineData(80, 256)]
    [InlineData(96, 64)]
    [InlineData(33, 70)]
    [InlineData(1, 1)]
    public void Vectors_and_torch_pool_alike(int dimension, int hidden)
    {
        Skip.IfNot(Vector512.IsHardwareAccelerated, "this processor has no 512-bit vectors");
        var random = new SplitMix64(5);
        int[] lengths = [1, 2, 3, 4, 5, 255, 256, 257, 700];
        FeatureFileWriter.Write(folder.File("b.feat"), lengths.Length, 1, dimension, writer =>
        {
            foreach (var length in lengths) writer.Append([.. Enumerable.Range(0, length * dimension).Select(_ => (random.Next() >> 40) * (2f / (1 << 24)) - 1)], 0);
        });
        using var large = new FeatureFile(folder.File("b.feat"));
        using var source = new FrameSource(large, CPU);
        using var byTorch = new LinearHead(source, hidden, Classes, new SplitMix64(2), new TorchPooling(source));
        using var byVectors = new LinearHead(source, hidden, Classes, new SplitMix64(2), new VectorPooling(source, hidden));
        int[] batch = [8, 0, 3, 5, 1, 7, 2, 6, 4], labels = [0, 1, 2, 3, 0, 1, 2, 3, 0];
        for (var step = 0; step < 2; step++) // gradients add up, buffers are used again
        {
            DownstreamFixture.Near(byTorch.AddGradients(batch, labels, 1), byVectors.AddGradients(batch, labels, 1), 1e-5, "loss");
            foreach (var (name, _) in byTorch.Named) DownstreamFixture.Near(Head.ToArray(byTorch.Gradient(name)), Head.ToArray(byVectors.Gradient(name)), 2e-5, name);
        }
        using var one = byTorch.Logits([7, 0]);
        using var other = byVectors.Logits([7, 0]);
        DownstreamFixture.Near(Head.ToArray(one), Head.ToArray(other), 1e-5, "logits");
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("superb")]
    public void Gradient_equals_finite_differences(string name)
    {
        using var head = HeadFactory.Create(new HeadSpec(name, Hidden: 16), frames, Classes, new SplitMix64(1));
        head.AddGradients(Batch, Labels, 1);
        var gradients = head.Named.Select(n => Head.ToArray(head.Gradient(n.Name))).ToArray();
        var weights = head.Weights();
        const float step = 1 / 256f;
        for (var parameter = 0; parameter < weights.Length; parameter++)
        {
            for (var i = 0; i < weights[parameter].Length; i += Math.Max(1, weights[parameter].Length / 7))
            {
                var slope = (LossAt(step) - LossAt(-step)) / (2 * step);
                Assert.Equal(gradients[parameter][i], slope, 0.002);

                double LossAt(float shift)
                {
                    var moved = weights.Select(w => (float[])w.Clone()).ToArray();
                    moved[parameter][i] += shift;
                    head.Load(moved);
                    return head.AddGradients(Batch, Labels, 1);
                }
            }
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("superb")]
    public void Gradients_of_batches_add_up(string name)
    {
        using var head = HeadFactory.Create(new HeadSpec(name, Hidden: 16), frames, Classes, new SplitMix64(1));
        head.AddGradients(Batch, Labels, 1);
        var whole = head.Named.Select(n => Head.ToArray(head.Gradient(n.Name))).ToArray();
        head.ZeroGradients();
        head.AddGradients(Batch.AsSpan(..2), Labels.AsSpan(..2), 0.5);
        head.AddGradients(Batch.AsSpan(2..), Labels.AsSpan(2..), 0.5);
        foreach (var ((parameter, _), expected) in head.Named.Zip(whole)) DownstreamFixture.Near(expected, Head.ToArray(head.Gradient(parameter)), 1e-5, parameter);
    }

    [Fact]
    public void Superb_mixes_layers_by_softmax_weights()
    {
        using var head = new SuperbHead(frames, 2, 2, new SplitMix64(1));
        var pick = new float[2 * Dimension];
        pick[0] = pick[Dimension + 1] = 1; // hidden unit k = dimension k
        head.Load([[MathF.Log(1), MathF.Log(2), MathF.Log(5)], pick, [0, 0], [1, 0, 0, 1], [0, 0]]);
        using var logits = head.Logits([3]);
        var values = file[3].ToArray();
        for (var d = 0; d < 2; d++)
        {
            var expected = Enumerable.Range(0, file.FrameCount(3)).Average(t =>
                (1 * values[(t * Layers + 0) * Dimension + d] + 2 * values[(t * Layers + 1) * Dimension + d] + 5 * values[(t * Layers + 2) * Dimension + d]) / 8);
            Assert.Equal(expected, Head.ToArray(logits)[d], 5);
        }
    }

    [Fact]
    public void Initial_weights_are_uniform_within_one_over_the_root_of_the_inputs()
    {
        using var head = new LinearHead(frames, 256, Classes, new SplitMix64(1));
        var (weights, bound) = (head.Weights()[0], 1 / Math.Sqrt(Layers * Dimension));
        Assert.All(weights, w => Assert.InRange(w, -bound, bound));
        Assert.Equal(0, weights.Average(), 0.02);
        Assert.Equal(bound / Math.Sqrt(3), Math.Sqrt(weights.Average(w => (double)w * w)), 0.01); // deviation of a uniform variable
        torch.manual_seed(99);
        using var again = new LinearHead(frames, 256, Classes, new SplitMix64(1));
        Assert.Equal(head.Weights(), again.Weights());
        using var other = new LinearHead(frames, 256, Classes, new SplitMix64(2));
        Assert.NotEqual(head.Weights()[0], other.Weights()[0]);
    }

    [Fact]
    public void Earliest_epoch_of_strictly_highest_validation_accuracy_stays()
    {
        using var head = new LinearHead(frames, 16, Classes, new SplitMix64(1));
        var training = new HeadTraining(head, new HeadSpec(Hidden: 16, Epochs: 12, Batch: 2), [0, 1, 2, 3, 1, 0]);
        var seen = new List<float[][]>();
        var (best, epochs) = training.Run([0, 1, 2, 3], [4, 5], _ => [3, 1, 0, 2], _ => seen.Add(head.Weights()), default);
        Assert.Equal(12, epochs.Count);
        var top = epochs.Max(e => e.ValidationWa);
        if (top > 0)
        {
            Assert.Equal(epochs.First(e => e.ValidationWa == top).Epoch, best);
            Assert.Equal(seen[best!.Value], head.Weights());
        }
        else
        {
            Assert.Null(best);
            Assert.Equal(seen[^1], head.Weights());
        }
    }

    [Theory]
    [InlineData("liner", "rmsprop", 8, 1, 1e-3, "unknown head 'liner' (did you mean 'linear'?)")]
    [InlineData("linear", "rmsprob", 8, 1, 1e-3, "unknown optimizer 'rmsprob' (did you mean 'rmsprop'?)")]
    [InlineData("linear", "adam", 0, 1, 1e-3, "hidden is 0")]
    [InlineData("linear", "adam", 8, 0, 1e-3, "epochs is 0")]
    [InlineData("linear", "adam", 8, 1, 0, "learningRate is 0")]
    [InlineData("linear", "rmsprop", 8, 1, 1, "maxLearningRate is 0.001")]
    public void Wrong_recipes_are_refused(string head, string optimizer, int hidden, int epochs, double rate, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => HeadFactory.Check(new HeadSpec(head, optimizer, hidden, epochs, LearningRate: rate))).Message);

    public void Dispose()
    {
        frames.Dispose();
        file.Dispose();
        folder.Dispose();
    }
}
