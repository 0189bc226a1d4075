using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;
using Tests.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

/// <summary>Heads with gated recurrent units: gru over frames, conversation over utterances and turns.</summary>
public sealed class RecurrentHeadTests : IDisposable
{
    private const int Dimension = 5, Classes = 3, Hidden = 7, Utterances = 9;
    private static readonly int[] Batch = [8, 3, 6, 5], Labels = [1, 0, 2, 1];

    private readonly TemporaryFolder folder = new();
    private readonly FeatureFile file;
    private readonly FrameSource frames;

    // Two dialogues, one of them with a turn of two utterances.
    private readonly Manifest manifest = new("talk", ["a", "b", "c"],
        "ABBABABAB".Select((speaker, i) => new Utterance($"u{i}", "", "abc"[i % 3].ToString(), $"{speaker}", Dialogue: i < 7 ? "first" : "second", Turn: i)));

    public RecurrentHeadTests()
    {
        var random = new SplitMix64(3);
        FeatureFileWriter.Write(folder.File("a.feat"), Utterances, 1, Dimension, writer =>
        {
            for (var u = 0; u < Utterances; u++) writer.Append([.. Enumerable.Range(0, (1 + 4 * u % 11) * Dimension).Select(_ => (random.Next() >> 40) * (2f / (1 << 24)) - 1)], 0);
        });
        file = new FeatureFile(folder.File("a.feat"));
        frames = new FrameSource(file, CPU);
    }

    private Head Create(string name, ulong seed = 1) => HeadFactory.Create(HeadCatalogue.Find(name) with { Hidden = Hidden }, frames, Classes, new SplitMix64(seed), manifest);

    [Fact]
    public void Gru_is_two_layers_of_the_equations_and_a_linear_layer()
    {
        using var head = Create("gru");
        var w = head.Named.ToDictionary(n => n.Name, n => Head.ToArray(n.Value).Select(v => (double)v).ToArray());
        using var logits = head.Logits(Batch);
        using var states = head.Hidden(Batch);
        for (var i = 0; i < Batch.Length; i++)
        {
            double[][] x = [.. file[Batch[i]].ToArray().Select(v => (double)v).Chunk(Dimension)];
            for (var layer = 0; layer < 2; layer++) x = Layer(x, w[$"gru.weight_ih_l{layer}"], w[$"gru.weight_hh_l{layer}"], w[$"gru.bias_ih_l{layer}"], w[$"gru.bias_hh_l{layer}"]);
            DownstreamFixture.Near([.. x[^1].Select(v => (float)v)], Head.ToArray(states[i]), 1e-5, "state");
            float[] expected = [.. Enumerable.Range(0, Classes).Select(c => (float)(w["linear.bias"][c] + x[^1].Select((v, h) => v * w["linear.weight"][c * Hidden + h]).Sum()))];
            DownstreamFixture.Near(expected, Head.ToArray(logits[i]), 1e-5, "scores");
        }
    }

    /// <summary>r, z, n of Cho et al. (2014) as torch orders them; the reset gate acts on the state after its weights.</summary>
    private static double[][] Layer(double[][] x, double[] wi, double[] wh, double[] bi, double[] bh)
    {
        var state = new double[Hidden];
        var rows = new List<double[]>();
        foreach (var input in x)
        {
            double In(int row) => bi[row] + input.Select((v, d) => v * wi[row * input.Length + d]).Sum();
            double Of(int row) => bh[row] + state.Select((v, h) => v * wh[row * Hidden + h]).Sum();
            static double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));
            state = [.. Enumerable.Range(0, Hidden).Select(h =>
            {
                var (r, z) = (Sigmoid(In(h) + Of(h)), Sigmoid(In(Hidden + h) + Of(Hidden + h)));
                return (1 - z) * Math.Tanh(In(2 * Hidden + h) + r * Of(2 * Hidden + h)) + z * state[h];
            })];
            rows.Add(state);
        }
        return [.. rows];
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("conversation")]
    public void Gradient_equals_finite_differences(string name)
    {
        using var head = Create(name);
        head.AddGradients(Batch, Labels, 1);
        var gradients = head.Named.Select(n => Head.ToArray(head.Gradient(n.Name))).ToArray();
        Assert.All(gradients, g => Assert.Contains(g, v => v != 0));
        var weights = head.Weights();
        const float step = 1 / 128f;
        for (var parameter = 0; parameter < weights.Length; parameter++)
        {
            for (var i = 0; i < weights[parameter].Length; i += Math.Max(1, weights[parameter].Length / 7))
            {
                Assert.Equal(gradients[parameter][i], (LossAt(step) - LossAt(-step)) / (2 * step), 0.0005);

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

    /// <summary>An utterance has the same scores alone and beside longer and shorter ones.</summary>
    [Theory]
    [InlineData("gru")]
    [InlineData("conversation")]
    public void Neighbours_in_a_batch_change_nothing(string name)
    {
        using var head = Create(name);
        using var together = head.Logits(Batch);
        for (var i = 0; i < Batch.Length; i++)
        {
            using var alone = head.Logits([Batch[i]]);
            DownstreamFixture.Near(Head.ToArray(alone), Head.ToArray(together[i]), 1e-6, $"utterance {Batch[i]}");
        }
        Assert.NotEqual(Head.ToArray(together[0]), Head.ToArray(together[1]));
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("conversation")]
    public void The_same_seed_gives_the_same_bits_whatever_torch_has_drawn(string name)
    {
        float[][] Trained(long elsewhere)
        {
            torch.manual_seed(elsewhere);
            using var head = Create(name);
            new HeadTraining(head, HeadCatalogue.Find(name) with { Hidden = Hidden, Epochs = 3, Batch = 2 }, manifest.LabelIndices).Run([3, 4, 5, 6], [8], _ => [5, 3, 6, 4], null, default);
            return head.Weights();
        }
        Assert.Equal(Trained(1), Trained(2));
        using var first = Create(name);
        using var other = Create(name, seed: 2);
        Assert.All(first.Weights().Zip(other.Weights()), w => Assert.NotEqual(w.First, w.Second));
        Assert.All(first.Weights().SelectMany(w => w), w => Assert.InRange(w, -1 / Math.Sqrt(Dimension), 1 / Math.Sqrt(Dimension)));
    }

    /// <summary>Two tones in either order, in utterances of any length: the mean over frames is the same, only the order tells.</summary>
    [Theory]
    [InlineData("gru", 1, 1)]
    [InlineData("linear", 0, 0.75)]
    public void Gru_hears_the_order_of_frames(string name, double least, double most)
    {
        var random = new SplitMix64(6);
        var path = folder.File("order.feat");
        FeatureFileWriter.Write(path, 40, 1, 2, writer =>
        {
            for (var u = 0; u < 40; u++)
            {
                var half = 1 + (int)(random.Next() % 6);
                float[] first = u % 2 == 0 ? [1, 0] : [0, 1], second = u % 2 == 0 ? [0, 1] : [1, 0];
                writer.Append([.. Enumerable.Repeat(first, half).Concat(Enumerable.Repeat(second, half)).SelectMany(f => f)], 0);
            }
        });
        using var features = new FeatureFile(path);
        using var source = new FrameSource(features, CPU);
        using var head = HeadFactory.Create(HeadCatalogue.Find(name) with { Hidden = 8 }, source, 2, new SplitMix64(1));
        var (best, epochs) = new HeadTraining(head, HeadCatalogue.Find(name) with { Epochs = 30, Batch = 5, LearningRate = 0.01, MaxLearningRate = 0.01 }, [.. Enumerable.Range(0, 40).Select(u => u % 2)])
            .Run([.. Enumerable.Range(0, 20)], [.. Enumerable.Range(20, 20)], _ => [.. Enumerable.Range(0, 20)], null, default);
        Assert.InRange(best is null ? 0 : epochs[best.Value].ValidationWa, least, most);
    }

    [Fact]
    public void Conversation_hears_the_turns_before_and_nothing_else()
    {
        using var head = HeadFactory.Create(HeadCatalogue.Find("conversation") with { Hidden = Hidden, Turns = 2 }, frames, Classes, new SplitMix64(1), manifest);
        // Turns: u0 | u1 u2 | u3 | u4 | u5 | u6 and u7 | u8.
        Assert.Equal([false, true, true, true, true, true, true, false, true], Enumerable.Range(0, Utterances).Select(head.Judges));
        var before = Head.ToArray(head.Logits([5]));
        for (var changed = 0; changed < Utterances; changed++)
        {
            var path = folder.File($"changed-{changed}.feat");
            FeatureFileWriter.Write(path, Utterances, 1, Dimension, writer =>
            {
                for (var u = 0; u < Utterances; u++) writer.Append([.. file[u].ToArray().Select(v => u == changed ? v + 1 : v)], 0);
            });
            using var other = new FeatureFile(path);
            using var source = new FrameSource(other, CPU);
            using var hears = HeadFactory.Create(HeadCatalogue.Find("conversation") with { Hidden = Hidden, Turns = 2 }, source, Classes, new SplitMix64(1), manifest);
            // u5 is the fifth turn: the two before it are u3 and u4.
            Assert.Equal(changed is 3 or 4, !before.SequenceEqual(Head.ToArray(hears.Logits([5]))));
        }
        // Both utterances of a turn are predicted from the same.
        Assert.Equal(Head.ToArray(head.Logits([1])), Head.ToArray(head.Logits([2])));
    }

    /// <summary>The linear head on one frame is a perceptron; on the outputs of utterance tokens it takes the mean of what it makes of each.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Linear_on_utterance_features_is_a_perceptron(int tokens)
    {
        var random = new SplitMix64(4);
        FeatureFileWriter.Write(folder.File("utt.feat"), 3, 1, Dimension, writer =>
        {
            for (var u = 0; u < 3; u++) writer.Append([.. Enumerable.Range(0, tokens * Dimension).Select(_ => (random.Next() >> 40) * (2f / (1 << 24)) - 1)], 0);
        });
        using var features = new FeatureFile(folder.File("utt.feat"));
        using var source = new FrameSource(features, CPU);
        using var head = new LinearHead(source, Hidden, Classes, new SplitMix64(1));
        var w = head.Named.ToDictionary(n => n.Name, n => Head.ToArray(n.Value));
        using var logits = head.Logits([2, 0, 1]);
        foreach (var (utterance, row) in new[] { (2, 0), (0, 1), (1, 2) })
        {
            var x = features[utterance].ToArray().Chunk(Dimension).ToArray();
            double[] hidden = [.. Enumerable.Range(0, Hidden).Select(h => x.Average(t => Math.Max(0, w["pre_net.bias"][h] + t.Select((v, d) => (double)v * w["pre_net.weight"][h * Dimension + d]).Sum())))];
            float[] expected = [.. Enumerable.Range(0, Classes).Select(c => (float)(w["post_net.bias"][c] + hidden.Select((v, h) => v * w["post_net.weight"][c * Hidden + h]).Sum()))];
            DownstreamFixture.Near(expected, Head.ToArray(logits[row]), 1e-5, $"utterance {utterance}");
        }
    }

    public void Dispose()
    {
        frames.Dispose();
        file.Dispose();
        folder.Dispose();
    }
}
