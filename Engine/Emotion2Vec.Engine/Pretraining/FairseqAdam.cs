using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>What Adam keeps of one parameter.</summary>
/// <param name="Mean">Average of gradients.</param>
/// <param name="Square">Average of their squares.</param>
/// <param name="Steps">Updates of this parameter: those in which it had a gradient.</param>
public sealed record AdamState(Tensor Mean, Tensor Square, long Steps);

/// <summary>
/// Adam in the reference's order: averages, then decoupled weight decay by lr · decay, then the step
/// lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε). The decay applies to every parameter, norms and biases included.
/// </summary>
public sealed class FairseqAdam : IDisposable
{
    private readonly (string Name, Parameter Parameter)[] parameters;
    private readonly Dictionary<string, AdamState> states = new(StringComparer.Ordinal);
    private readonly double beta1, beta2, epsilon, weightDecay;

    public FairseqAdam(IEnumerable<(string Name, Parameter Parameter)> parameters, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-6, double weightDecay = 0.01)
    {
        this.parameters = [.. parameters];
        (this.beta1, this.beta2, this.epsilon, this.weightDecay) = (beta1, beta2, epsilon, weightDecay);
    }

    /// <summary>By the parameters' names; of those that were updated at least once. To be saved with a run.</summary>
    public IReadOnlyDictionary<string, AdamState> States => states;

    /// <summary>Takes up a saved state; the tensors are copied.</summary>
    /// <exception cref="ArgumentException">There is no such parameter, or a size differs.</exception>
    public void Restore(string name, AdamState state)
    {
        var parameter = parameters.FirstOrDefault(p => p.Name == name).Parameter;
        if (parameter is null || !parameter.shape.SequenceEqual(state.Mean.shape) || !parameter.shape.SequenceEqual(state.Square.shape))
            throw new ArgumentException($"the optimizer has no parameter '{name}' of this size", nameof(name));
        Forget(name);
        states[name] = new AdamState(Kept(state.Mean.clone()), Kept(state.Square.clone()), state.Steps);
    }

    /// <summary>Multiplies all gradients: by 1 / sample size after accumulation.</summary>
    public void ScaleGradients(double factor)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (_, parameter) in parameters) parameter.grad?.mul_(factor.ToScalar());
    }

    /// <summary>√ of the sum of all squared gradients.</summary>
    public double GradientNorm()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Math.Sqrt(parameters.Select(p => p.Parameter.grad).OfType<Tensor>().Sum(g => Math.Pow(g.norm().ToDouble(), 2)));
    }

    /// <summary>One update of every parameter that has a gradient.</summary>
    public void Step(double learningRate)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is not { } gradient) continue;
            if (!states.TryGetValue(name, out var state))
                state = new AdamState(Kept(zeros_like(parameter)), Kept(zeros_like(parameter)), 0);
            states[name] = state = state with { Steps = state.Steps + 1 };
            state.Mean.mul_(beta1.ToScalar()).add_(gradient, 1 - beta1);
            state.Square.mul_(beta2.ToScalar()).addcmul_(gradient, gradient, 1 - beta2);
            var denominator = state.Square.sqrt().add_(epsilon.ToScalar());
            var step = learningRate * Math.Sqrt(1 - Math.Pow(beta2, state.Steps)) / (1 - Math.Pow(beta1, state.Steps));
            if (weightDecay != 0) parameter.add_(parameter, -weightDecay * learningRate);
            parameter.addcdiv_(state.Mean, denominator, -step);
        }
    }

    public void Dispose()
    {
        foreach (var name in states.Keys.ToArray()) Forget(name);
    }

    private void Forget(string name)
    {
        if (!states.Remove(name, out var state)) return;
        state.Mean.Dispose();
        state.Square.Dispose();
    }

    // The state outlives the scope of the step that makes it.
    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
}
