using System.Runtime.Intrinsics;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;
using Tests.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

public sealed class TimNetTests : IDisposable
{
    private const int Classes = 4;
    private static readonly int[] Lengths = [1, 5, 2, 40, 17, 8, 300], Batch = [4, 0, 2, 5, 3, 1], Labels = [1, 0, 3, 1, 2, 2];
    private static readonly HeadSpec Spec = HeadCatalogue.Find("timnet") with { Hidden = 7, Blocks = 3, Dropout = 0 };

    private readonly TemporaryFolder folder = new();
    private readonly List<IDisposable> open = [];

    public TimNetTests() => set_num_threads(1); // as jobs run

    public static TheoryData<string> Ways => Vector512.IsHardwareAccelerated ? ["torch", "vectors"] : ["torch"];

    private FrameSource Frames(int dimension = 5, int[]? lengths = null, Func<int, int, int, float>? value = null)
    {
        var random = new SplitMix64(3);
        var path = folder.File($"{open.Count}.feat");
        lengths ??= Lengths;
        FeatureFileWriter.Write(path, lengths.Length, 1, dimension, writer =>
        {
            for (var u = 0; u < lengths.Length; u++)
                writer.Append([.. Enumerable.Range(0, lengths[u] * dimension).Select(i => value is null ? (random.Next() >> 40) * (4f / (1 << 24)) - 1 : value(u, i / dimension, i % dimension))], 0);
        });
        var file = new FeatureFile(path);
        var source = new FrameSource(file, CPU);
        open.AddRange([source, file]);
        return source;
    }

    private static TimNetHead Make(string way, FrameSource frames, HeadSpec? spec = null, ulong seed = 1, int classes = Classes) =>
        new(frames, spec ?? Spec, classes, new SplitMix64(seed), way == "torch" ? (f, s) => new TorchStreams(f, s) : (f, s) => new VectorStreams(f, s));

    /// <summary>Channels that fill a panel of the kernels, that do not, and that need two; rows as well; with dropout; two steps, so that buffers and running statistics are used again.</summary>
    [SkippableTheory]
    [InlineData(5, 7, 3)]
    [InlineData(39, 39, 8)]
    [InlineData(80, 50, 2)]
    [InlineData(1, 1, 1)]
    public void Vectors_and_torch_compute_alike(int dimension, int channels, int blocks)
    {
        Skip.IfNot(Vector512.IsHardwareAccelerated, "this processor has no 512-bit vectors");
        var frames = Frames(dimension);
        var spec = Spec with { Hidden = channels, Blocks = blocks, Dropout = 0.25 };
        using var torch = Make("torch", frames, spec);
        using var vectors = Make("vectors", frames, spec);
        foreach (var (batch, labels) in new[] { (Batch, Labels), ([6, 3], [2, 0]), (Batch[..4], Labels[..4]) })
        {
            Assert.Equal(torch.AddGradients(batch, labels, 0.5), vectors.AddGradients(batch, labels, 0.5), 1e-5);
            var gradients = torch.Named.Select(n => (n.Name, ByTorch: Head.ToArray(torch.Gradient(n.Name)), ByVectors: Head.ToArray(vectors.Gradient(n.Name)))).ToArray();
            var largest = gradients.Max(g => g.ByTorch.Max(MathF.Abs)); // a gradient that is 0 but for rounding has no scale of its own
            foreach (var (name, byTorch, byVectors) in gradients)
                for (var i = 0; i < byTorch.Length; i++) Assert.True(Math.Abs(byTorch[i] - byVectors[i]) <= 2e-5 * byTorch.Max(MathF.Abs) + 1e-6 * largest, $"{name}[{i}]: {byVectors[i]} instead of {byTorch[i]}");
        }
        foreach (var (one, other) in torch.Weights().Zip(vectors.Weights())) Near(one, other, 1e-5, "weights and running statistics");
        Near(Scores(torch, [6, 0, 3]), Scores(vectors, [6, 0, 3]), 1e-5, "scores");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Gradient_equals_finite_differences(string way)
    {
        using var head = Make(way, Frames(), Spec with { Blocks = 2 });
        head.AddGradients(Batch, Labels, 1);
        var gradients = head.Named.Select(n => Head.ToArray(head.Gradient(n.Name))).ToArray();
        var (names, weights) = (head.Named.Select(n => n.Name).ToArray(), head.Weights());
        const float step = 1 / 512f;
        for (var parameter = 0; parameter < gradients.Length; parameter++)
        {
            for (var i = 0; i < weights[parameter].Length; i += Math.Max(1, weights[parameter].Length / 3))
            {
                var slope = (LossAt(step) - LossAt(-step)) / (2 * step);
                Assert.True(Math.Abs(gradients[parameter][i] - slope) < 3e-4 + 0.03 * Math.Abs(slope), $"{names[parameter]}[{i}]: {gradients[parameter][i]}, by differences {slope}");

                double LossAt(float shift)
                {
                    var moved = weights.Select(w => (float[])w.Clone()).ToArray();
                    moved[parameter][i] += shift;
                    head.Load(moved);
                    return head.AddGradients(Batch, Labels, 1);
                }
            }
        }
        Assert.Contains(gradients, g => g.Max(MathF.Abs) > 0.01);
    }

    /// <summary>The same bits whoever is in the batch: nothing is padded, and the norm has running statistics.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Scores_do_not_depend_on_neighbours(string way)
    {
        using var head = Trained(way);
        var together = Scores(head, [6, 0, 3, 1]);
        foreach (var (utterance, place) in new[] { (6, 0), (0, 1), (3, 2), (1, 3) })
        {
            var expected = Scores(head, [utterance]);
            var actual = together[(place * Classes)..((place + 1) * Classes)];
            if (way == "vectors") Assert.Equal(expected, actual);
            else Near(expected, actual, 1e-5, $"utterance {utterance}"); // BLAS takes other kernels for other sizes
        }
    }

    /// <summary>
    /// Single frames seen from outside: a block multiplies its input, so a channel that only one frame excites carries that frame's output alone. Frame p excites the first four
    /// channels, frame q the next four, all others the last four. Three blocks reach 2·(1 + 2 + 4) = 14 frames.
    /// </summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Streams_see_only_what_went_before_and_as_far_as_their_blocks_reach(string way)
    {
        const int p = 10, channels = 12;
        (int Q, float AtP, float AtQ)[] cases = [(14, 1, 1), (14, 2, 1), (14, 1, 2), (24, 1, 1), (24, 2, 1), (24, 1, 2), (25, 1, 1), (25, 2, 1), (25, 1, 2)];
        var frames = Frames(channels, [.. cases.Select(_ => 40)], (u, t, d) =>
        {
            var (group, size) = t == p ? (0, cases[u].AtP) : t == cases[u].Q ? (1, cases[u].AtQ) : (2, 1);
            return d / 4 == group ? size * MathF.Sin(1 + 5 * t + d) : 0;
        });
        using var head = Make(way, frames, Spec with { Hidden = channels });
        var (names, weights) = (head.Named.Select(n => n.Name).ToArray(), head.Weights());
        float[] identity = [.. Enumerable.Range(0, channels * channels).Select(i => i / channels == i % channels ? 1f : 0)];
        var (ofP, ofQ) = (..4, 4..8);
        foreach (var forward in new[] { true, false })
        {
            var (used, silent) = forward ? ("forward", "backward") : ("backward", "forward");
            head.Load([.. weights.Select((w, i) => i >= names.Length ? w
                : names[i] == $"{used}.input.weight" ? identity : names[i] == $"{silent}.input.weight" ? new float[w.Length] : names[i] == "scales" ? [1, 1, 1] : w)]);
            var rows = cases.Select((_, u) =>
            {
                using var hidden = head.Hidden([u]);
                return Head.ToArray(hidden);
            }).ToArray();
            var (first, last) = forward ? (ofP, ofQ) : (ofQ, ofP); // as the stream meets them
            var (moveFirst, moveLast) = forward ? (1, 2) : (2, 1);
            for (var distance = 0; distance < 3; distance++) // 4, 14, 15 frames
            {
                var still = 3 * distance;
                Assert.Equal(rows[still][first], rows[still + moveLast][first]);
                if (distance < 2) Assert.NotEqual(rows[still][last], rows[still + moveFirst][last]);
                else Assert.Equal(rows[still][last], rows[still + moveFirst][last]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Training_is_the_same_bit_for_bit_and_the_running_statistics_belong_to_the_chosen_epoch(string way)
    {
        using var one = Trained(way);
        Random.Shared.Next();
        torch.manual_seed(5);
        using var other = Trained(way);
        Assert.Equal(one.Weights(), other.Weights());
        var scores = Scores(one, Batch);
        var kept = one.Weights();
        Assert.True(kept.Length > one.Named.Count());
        one.AddGradients(Batch, Labels, 1); // moves the running statistics
        Assert.NotEqual(scores, Scores(one, Batch));
        one.Load(kept);
        Assert.Equal(scores, Scores(one, Batch));
    }

    [Fact]
    public void Dropout_takes_whole_channels_of_utterances_and_smoothing_lifts_the_loss()
    {
        var frames = Frames();
        using var plain = Make("torch", frames, Spec with { LabelSmoothing = 0 });
        using var smoothed = Make("torch", frames, Spec with { LabelSmoothing = 0.5 });
        using var dropped = Make("torch", frames, Spec with { LabelSmoothing = 0, Dropout = 0.5 });
        plain.Load([.. plain.Weights().Select(w => w.Length == Classes * Spec.Hidden ? [.. w.Select(v => 40 * v)] : w)]); // confident, so that targets matter
        smoothed.Load(plain.Weights());
        var loss = plain.AddGradients(Batch, Labels, 1);
        Assert.NotEqual(loss, dropped.AddGradients(Batch, Labels, 1));
        Assert.NotEqual(loss, smoothed.AddGradients(Batch, Labels, 1));
        Assert.Equal(Scores(dropped, Batch), Scores(dropped, Batch)); // none in use
    }

    /// <summary>The label is the order of two bursts. Their frames are the same ones, so a head that takes the mean over frames can only guess.</summary>
    [Fact]
    public void Learns_an_order_in_time_that_pooled_frames_do_not_show()
    {
        const int train = 160, all = 360, length = 24;
        var random = new SplitMix64(11);
        int[] labels = [.. Enumerable.Range(0, all).Select(_ => (int)(random.Next() >> 63))];
        int[] places = [.. Enumerable.Range(0, all).Select(_ => (int)(random.Next() % 10))];
        var noise = new SplitMix64(12);
        var frames = Frames(4, [.. Enumerable.Repeat(length, all)], (u, t, d) =>
        {
            var burst = t >= places[u] && t < places[u] + 4 ? 0 : t >= places[u] + 8 && t < places[u] + 12 ? 1 : -1;
            return (noise.Next() >> 40) * (0.4f / (1 << 24)) - 0.2f + (burst >= 0 && d == (burst ^ labels[u]) ? 2 : 0);
        });
        Assert.True(Accuracy(HeadCatalogue.Find("timnet") with { Hidden = 12, Blocks = 4, Epochs = 30, Batch = 16, LearningRate = 5e-3 }) >= 0.97);
        Assert.InRange(Accuracy(new HeadSpec(Hidden: 32, Epochs: 30, Batch: 16)), 0.35, 0.65);

        double Accuracy(HeadSpec spec)
        {
            using var head = HeadFactory.Create(spec, frames, 2, new SplitMix64(1));
            var training = new HeadTraining(head, spec, [.. labels]);
            training.Run([.. Enumerable.Range(0, train)], [.. Enumerable.Range(train, 40)], _ => [.. Enumerable.Range(0, train)], null, default);
            var scores = training.Logits([.. Enumerable.Range(train + 40, all - train - 40)], default);
            return Enumerable.Range(0, all - train - 40).Average(i => scores[2 * i] > scores[2 * i + 1] == (labels[train + 40 + i] == 0) ? 1.0 : 0);
        }
    }

    /// <summary>Weights of the size that the paper states, 0.40 MB, less the biases before norms.</summary>
    [Fact]
    public void Has_the_published_size()
    {
        using var head = HeadFactory.Create(HeadCatalogue.Find("timnet"), Frames(39), 7, new SplitMix64(1));
        var learned = head.Parameters.Sum(p => p.numel());
        Assert.Equal(2 * (39 * 39 + 39) + 2 * 8 * 2 * (39 * 78 + 2 * 39) + 8 + 39 * 7 + 7, learned);
        Assert.InRange(learned * 4 / 1048576.0, 0.37, 0.40);
        using var hidden = head.Hidden(Batch);
        Assert.Equal([6, 39], hidden.shape);
        Assert.False(hidden.requires_grad);
    }

    [Theory]
    [InlineData("blocks is 0, but must be 1 to 16", "timnet", 0, 0.1, 0.1)]
    [InlineData("blocks is 17", "timnet", 17, 0.1, 0.1)]
    [InlineData("dropout is 1, but must be at least 0 and below 1", "timnet", 8, 1.0, 0.1)]
    [InlineData("labelSmoothing is missing", "timnet", 8, 0.1, null)]
    [InlineData("dropout is no hyper-parameter of it", "linear", null, 0.1, null)]
    public void Wrong_recipes_are_refused(string message, string head, int? blocks, double? dropout, double? smoothing) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => HeadFactory.Check(new HeadSpec(head, "adam", Blocks: blocks, Dropout: dropout, LabelSmoothing: smoothing))).Message);

    private TimNetHead Trained(string way)
    {
        var frames = Frames();
        var spec = Spec with { Dropout = 0.2, Epochs = 5, Batch = 3 };
        var head = Make(way, frames, spec);
        new HeadTraining(head, spec, [0, 1, 2, 3, 1, 0, 2]).Run([0, 1, 2, 3, 4, 5], [6], _ => [3, 1, 0, 2, 5, 4], null, default);
        return head;
    }

    private static float[] Scores(Head head, int[] utterances)
    {
        using var logits = head.Logits(utterances);
        return Head.ToArray(logits);
    }

    private static void Near(float[] expected, float[] actual, double allowed, string what) => DownstreamFixture.Near(expected, actual, allowed, what);

    public void Dispose()
    {
        foreach (var one in open) one.Dispose();
        folder.Dispose();
    }
}
