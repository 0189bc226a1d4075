using System.Collections.Immutable;
using System.Text.Json;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;
using Tests.Common;
using TorchSharp;

namespace Emotion2Vec.Tests;

/// <summary>
/// tests/fixtures/downstream_trainer: the reference's head and training loop on 96 utterances of 32-dimensional frames
/// with given initial weights and batch order; the first 76 train, the last 20 validate.
/// </summary>
internal sealed class DownstreamFixture : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FeatureFile file;

    public DownstreamFixture()
    {
        var (feats, lengths) = (Npy.Load("downstream_trainer", "feats.npy").Values, Npy.Load("downstream_trainer", "lengths.npy").Integers);
        var path = Path.Combine(folder.Path, "fixture.feat");
        FeatureFileWriter.Write(path, lengths.Length, 1, 32, writer =>
        {
            var start = 0;
            foreach (var length in lengths)
            {
                writer.Append(feats.AsSpan(start * 32, length * 32), 0);
                start += length;
            }
        });
        file = new FeatureFile(path);
        Frames = new FrameSource(file, torch.CPU);
        Labels = [.. Npy.Load("downstream_trainer", "labels.npy").Integers];
        var orders = Npy.Load("downstream_trainer", "orders.npy");
        Orders = [.. orders.Integers.Chunk(orders.Shape[1])];
        Scalars = JsonDocument.Parse(File.ReadAllText(TestData.Fixture("downstream_trainer", "index.json"))).RootElement.GetProperty("scalars");
    }

    public FrameSource Frames { get; }
    public ImmutableArray<int> Labels { get; }
    public int[][] Orders { get; }
    public JsonElement Scalars { get; }
    public ImmutableArray<int> Train { get; } = [.. Enumerable.Range(0, 76)];
    public ImmutableArray<int> Validation { get; } = [.. Enumerable.Range(76, 20)];

    public LinearHead Linear(string pooling)
    {
        var head = new LinearHead(Frames, 256, 4, new SplitMix64(1), pooling == "torch" ? new TorchPooling(Frames) : new VectorPooling(Frames, 256));
        head.Load(Weights("init"));
        return head;
    }

    public SuperbHead Superb()
    {
        var head = new SuperbHead(Frames, 16, 4, new SplitMix64(1));
        head.Load([[0], .. Weights("init_s3prl", "projector", "linear")]);
        return head;
    }

    /// <summary>Weight and bias of two layers.</summary>
    public static float[][] Weights(string prefix, string first = "pre_net", string second = "post_net") =>
        [Array($"{prefix}.{first}.weight"), Array($"{prefix}.{first}.bias"), Array($"{prefix}.{second}.weight"), Array($"{prefix}.{second}.bias")];

    public static float[] Array(string name) => Npy.Load("downstream_trainer", $"{name}.npy").Values;

    public double Scalar(string name) => Scalars.GetProperty(name).GetProperty("value").GetDouble();

    public JsonElement[] List(string name) => [.. Scalars.GetProperty(name).GetProperty("value").EnumerateArray()];

    /// <summary>Every value within <paramref name="relative"/> of the largest expected magnitude.</summary>
    public static void Near(float[] expected, float[] actual, double relative, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(MathF.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * scale, $"{what}[{i}]: {actual[i]:R} instead of {expected[i]:R}, allowed {relative * scale:0.0e0}");
    }

    public static void Near(double expected, double actual, double relative, string what) =>
        Assert.True(Math.Abs(expected - actual) <= relative * Math.Abs(expected), $"{what}: {actual:R} instead of {expected:R}");

    public void Dispose()
    {
        Frames.Dispose();
        file.Dispose();
        folder.Dispose();
    }
}
