using System.Text.RegularExpressions;
using Emotion2Vec.Engine.Pretraining;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>What the pre-training fixtures of both generations share: some updates, with everything compared that they list.</summary>
internal sealed class PretrainingParity(ParityFixture fixture, Comparison comparison, nn.Module student, nn.Module teacher, EmaTeacher average)
{
    // Parameters have the tolerance of stages: a twentieth of one update, since Adam divides small gradients by their own size.
    private const double Stages = 5e-5, Losses = 1e-5, Gradients = 1e-4;

    /// <summary>Mask of each step; one mask serves all where the fixture has only one.</summary>
    internal FrameMask Mask(int step)
    {
        var name = fixture.First($"mask{step}", $"step{step}.mask", $"pretrain.mask{step}", "mask", "pretrain.mask", "mask0")
            ?? throw new InvalidDataException($"{fixture.Case}: no mask");
        return new FrameMask(ParityFixture.Flags(fixture.Load(name)), (int)fixture.Shape(name)[1]);
    }

    /// <param name="forward">One forward pass with the mask of a step.</param>
    /// <param name="alias">Name in the fixture of a stage that the engine names otherwise.</param>
    internal void Run(Func<int, FrameMask, Action<string, Tensor>, PretrainingLosses> forward, Func<string, string> alias)
    {
        var betas = fixture.Settings("betas") ?? [0.9, 0.98];
        using var optimizer = new FairseqAdam(student.named_parameters(), betas[0], betas[1], fixture.Setting("eps") ?? 1e-6, fixture.Setting("weight_decay") ?? 0.01);
        var decay = new TeacherDecay(fixture.Setting("ema_decay") ?? 0.9, fixture.Setting("ema_end_decay") ?? 0.99, fixture.Setting("ema_anneal_end_step", 10));
        var steps = Steps();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var stages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            student.zero_grad();
            var losses = forward(step, Mask(step), (name, value) => stages[alias(name)] = value.detach().clone().MoveToOtherDisposeScope(scope));
            losses.Total.backward();
            optimizer.ScaleGradients(1.0 / losses.SampleSize);
            CompareStages(step, stages);
            CompareScalars(step, losses, optimizer.GradientNorm(), decay.At(step + 1));
            CompareParameters($"grad{step}", student, p => p.grad);
            optimizer.Step(fixture.Setting("lr") ?? 1e-3);
            average.Update(decay.At(step + 1));
            CompareParameters($"param{step + 1}", student, p => p);
            CompareParameters($"ema{step + 1}", teacher, p => p);
        }
    }

    private int Steps()
    {
        var numbers = fixture.Names.Concat(fixture.Scalars).Select(name => Regex.Match(name, @"^(pretrain\.)?(?:(?:step|grad|loss|mask|noise)(\d+)|(?:param|ema)(\d+)\.)"));
        return Math.Max(1, numbers.Where(m => m.Success).Max(m => m.Groups[3].Success ? int.Parse(m.Groups[3].Value) : int.Parse(m.Groups[2].Value) + 1));
    }

    private void CompareStages(int step, Dictionary<string, Tensor> stages)
    {
        foreach (var name in fixture.Names)
        {
            if (Regex.Match(name, @"^(?:pretrain\.)?step(\d+)\.(.+)$") is not { Success: true } match || int.Parse(match.Groups[1].Value) != step) continue;
            var stage = match.Groups[2].Value;
            if (stage.StartsWith("mask", StringComparison.Ordinal) || stage.StartsWith("noise", StringComparison.Ordinal) || stage.StartsWith("grad.", StringComparison.Ordinal)) continue;
            if (!stages.TryGetValue(stage, out var actual)) comparison.Unknown(name);
            else comparison.Close(stage.StartsWith("ids_", StringComparison.Ordinal) ? "kept frames" : stage.EndsWith("targets", StringComparison.Ordinal) ? "targets" : "pre-training stages",
                name, Inference.Arrange(stage, actual, fixture.Shape(name)), fixture.Load(name), Stages);
        }
    }

    private void CompareScalars(int step, PretrainingLosses losses, double gradientNorm, double decay)
    {
        var mask = Mask(step);
        var values = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss_AUDIO_regression"] = losses.Frame,
            ["loss_cls"] = losses.Utterance,
            ["loss_total"] = losses.Frame + losses.Utterance,
            ["loss"] = losses.Frame + losses.Utterance,
            ["sample_size"] = losses.SampleSize,
            ["masked_pct"] = mask.Count / (double)(mask.Rows * mask.Frames),
            ["pred_var"] = losses.PredictionSpread,
            ["target_var"] = losses.TargetSpread,
            ["grad_norm"] = gradientNorm,
            ["ema_decay_after"] = decay,
            ["ema_decay"] = decay,
        };
        foreach (var (key, value) in values)
            foreach (var name in (string[])[$"step{step}.{key}", $"pretrain.step{step}.{key}", $"pretrain.{key}{step}", $"{key}{step}", .. step == 0 ? new[] { $"pretrain.{key}" } : []])
                if (fixture.Scalar(name) is { } expected)
                    comparison.Relative(key.StartsWith("loss", StringComparison.Ordinal) ? "losses" : "scalars", name, value, expected, Losses);
    }

    private void CompareParameters(string kind, nn.Module module, Func<Parameter, Tensor?> read)
    {
        var step = kind.StartsWith("grad", StringComparison.Ordinal) ? $"step{kind[4..]}.grad" : kind;
        var parameters = module.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (var name in fixture.Names)
        {
            if ((string[])[kind + ".", $"pretrain.{kind}.", step + ".", $"pretrain.{step}."] is var prefixes && prefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal)) is not { } prefix) continue;
            if (!parameters.TryGetValue(name[prefix.Length..], out var parameter) || read(parameter) is not { } actual)
            {
                comparison.Unknown(name);
                continue;
            }
            var expected = fixture.Load(name);
            var gradient = kind.StartsWith("grad", StringComparison.Ordinal);
            if (gradient && name.EndsWith("k_proj.bias", StringComparison.Ordinal))
            {
                // A constant added to all keys changes no attention weight: the gradient is 0, and both sides hold rounding.
                var weights = Largest(parameters[name[prefix.Length..^"bias".Length] + "weight"].grad!);
                comparison.Close("gradients that are 0, per largest of the weights", name, actual / weights, expected / weights, 1e-5);
                continue;
            }
            comparison.Close(gradient ? "gradients, per largest of their tensor" : kind.StartsWith("ema", StringComparison.Ordinal) ? "teacher after updates" : "parameters after updates", name,
                gradient ? actual / Largest(expected) : actual, gradient ? expected / Largest(expected) : expected, gradient ? Gradients : Stages);
        }
    }

    private static double Largest(Tensor x) => x.abs().max().ToDouble();
}
