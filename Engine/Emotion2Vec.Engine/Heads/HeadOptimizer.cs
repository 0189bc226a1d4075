using Emotion2Vec.Corpora.Jobs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>Optimiser steps of a head: gradients of several batches make one step, clipped to a norm where asked for.</summary>
internal sealed class HeadOptimizer : IDisposable
{
    private readonly Head head;
    private readonly HeadSpec spec;
    private readonly optim.Optimizer optimizer;
    private readonly CyclicSchedule? schedule;
    private int pending;

    public HeadOptimizer(Head head, HeadSpec spec)
    {
        (this.head, this.spec) = (head, spec);
        (optimizer, schedule) = spec.Optimizer switch
        {
            // torch: v ← 0.99 v + 0.01 g², m ← momentum · m + g / (√v + 1e-8), p ← p − rate · m
            "rmsprop" => ((optim.Optimizer)optim.RMSProp(head.Parameters, spec.LearningRate, alpha: 0.99, eps: 1e-8, momentum: 0.9),
                new CyclicSchedule(spec.LearningRate, spec.MaxLearningRate)),
            "adam" => (optim.Adam(head.Parameters, spec.LearningRate), (CyclicSchedule?)null),
            _ => throw new ArgumentException($"unknown optimizer {spec.Optimizer}", nameof(spec)),
        };
        head.ZeroGradients();
    }

    /// <summary>Sets the rate and momentum of an epoch; counts its batches from 0.</summary>
    public void Begin(int epoch)
    {
        pending = 0;
        if (schedule is null) return;
        var (rate, momentum) = schedule.At(epoch);
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = rate;
            ((optim.IMomentum)group).Momentum = momentum;
        }
    }

    /// <summary>
    /// One batch; a step after every <see cref="HeadSpec.Accumulate"/>-th of the epoch. Gradients of batches left over at
    /// an epoch's end stay and join the next epoch's first step, as in the reference.
    /// </summary>
    /// <returns>Mean cross-entropy of the batch.</returns>
    public float Step(ReadOnlySpan<int> utterances, ReadOnlySpan<int> labels)
    {
        var loss = head.AddGradients(utterances, labels, 1.0 / spec.Accumulate);
        if (++pending < spec.Accumulate) return loss;
        if (spec.ClipNorm > 0) nn.utils.clip_grad_norm_(head.Parameters, spec.ClipNorm);
        optimizer.step();
        head.ZeroGradients();
        pending = 0;
        return loss;
    }

    public void Dispose() => optimizer.Dispose();
}
