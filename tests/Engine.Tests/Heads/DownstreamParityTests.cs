using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Engine.Heads;
using static Emotion2Vec.Tests.DownstreamFixture;

namespace Emotion2Vec.Tests;

/// <summary>The heads and their training against the reference's numbers: losses to 1e-5 relative, gradients to 1e-4 of the largest.</summary>
public sealed class DownstreamParityTests : IDisposable
{
    private readonly DownstreamFixture fixture = new();

    [Theory]
    [MemberData(nameof(HeadTests.Poolings), MemberType = typeof(HeadTests))]
    public void First_batch_gives_the_reference_logits_loss_and_gradients(string pooling)
    {
        using var head = fixture.Linear(pooling);
        var batch = fixture.Orders[0][..16];
        using (var logits = head.Logits(batch)) Near(Array("batch0.logits"), Head.ToArray(logits), 1e-5, "logits");
        var loss = head.AddGradients(batch, [.. batch.Select(u => fixture.Labels[u])], 1);
        Near(fixture.Scalar("batch0.loss"), loss, 1e-6, "loss");
        foreach (var (name, _) in head.Named) Near(Array($"batch0.grad.{name}"), Head.ToArray(head.Gradient(name)), 1e-5, name);
    }

    [Theory]
    [MemberData(nameof(HeadTests.Poolings), MemberType = typeof(HeadTests))]
    public void Rmsprop_with_cyclic_rate_and_momentum_trains_like_the_reference(string pooling)
    {
        using var head = fixture.Linear(pooling);
        var training = new HeadTraining(head, new HeadSpec(Epochs: 5, Batch: 16), fixture.Labels);
        var (best, epochs) = training.Run(fixture.Train, fixture.Validation, epoch => fixture.Orders[epoch], null, default);
        var expected = fixture.List("history_rmsprop_cyclic");
        Assert.Equal(expected.Length, epochs.Count);
        for (var e = 0; e < epochs.Count; e++)
        {
            Near(expected[e].GetProperty("train_loss_mean").GetDouble(), epochs[e].TrainLoss, 1e-5, $"loss of epoch {e}");
            Assert.Equal(expected[e].GetProperty("val_wa").GetDouble(), 100 * epochs[e].ValidationWa, 4);
        }
        Assert.Equal((int)fixture.Scalar("best_epoch"), best);
        foreach (var ((name, _), (weights, reference)) in head.Named.Zip(head.Weights().Zip(Weights("final_rmsprop")))) Near(reference, weights, 1e-4, name);
        Near(Array("val_logits_final"), training.Logits(fixture.Validation, default), 1e-4, "validation logits");
    }

    [Fact]
    public void Learning_rate_and_momentum_cycle_as_in_the_reference()
    {
        var schedule = new CyclicSchedule(5e-4, 1e-3);
        foreach (var epoch in fixture.List("history_rmsprop_cyclic"))
        {
            var (rate, momentum) = schedule.At(epoch.GetProperty("epoch").GetInt32());
            Assert.Equal(epoch.GetProperty("lr").GetDouble(), rate, 12);
            Assert.Equal(epoch.GetProperty("momentum").GetDouble(), momentum, 12);
        }
        Assert.Equal((1e-3, 0.8), schedule.At(10));
        Assert.Equal(schedule.At(9), schedule.At(11));
        Assert.Equal(schedule.At(0), schedule.At(40));
    }

    [Theory]
    [MemberData(nameof(HeadTests.Poolings), MemberType = typeof(HeadTests))]
    public void Adam_trains_like_the_reference(string pooling)
    {
        using var head = fixture.Linear(pooling);
        var training = new HeadTraining(head, new HeadSpec(Optimizer: "adam", LearningRate: 1e-3, Epochs: 5, Batch: 16), fixture.Labels);
        var (_, epochs) = training.Run(fixture.Train, [], epoch => fixture.Orders[epoch], null, default);
        foreach (var (expected, epoch) in fixture.List("history_adam_lr1e-3").Zip(epochs)) Near(expected.GetDouble(), epoch.TrainLoss, 1e-5, $"loss of epoch {epoch.Epoch}");
        foreach (var ((name, _), (weights, reference)) in head.Named.Zip(head.Weights().Zip(Weights("final_adam")))) Near(reference, weights, 1e-4, name);
    }

    [Fact]
    public void Superb_recipe_trains_like_the_reference()
    {
        using var head = fixture.Superb();
        using var optimizer = new HeadOptimizer(head, new HeadSpec("superb", "adam", Hidden: 16, Batch: 4, LearningRate: 1e-3, Accumulate: 2, ClipNorm: 1));
        var losses = new List<float>();
        for (var epoch = 0; epoch < 2; epoch++)
        {
            optimizer.Begin(epoch);
            losses.AddRange(fixture.Orders[epoch].Chunk(4).Select(batch => optimizer.Step(batch, [.. batch.Select(u => fixture.Labels[u])])));
        }
        var expected = fixture.List("history_s3prl_like");
        Assert.Equal(expected.Length, losses.Count);
        for (var i = 0; i < losses.Count; i++) Near(expected[i].GetDouble(), losses[i], 1e-5, $"loss of batch {i}");
        foreach (var ((name, _), (weights, reference)) in head.Named.Skip(1).Zip(head.Weights().Skip(1).Zip(Weights("final_s3prl", "projector", "linear")))) Near(reference, weights, 1e-4, name);
        Assert.Equal([0f], head.Weights()[0]); // one layer: nothing to weigh
    }

    public void Dispose() => fixture.Dispose();
}
