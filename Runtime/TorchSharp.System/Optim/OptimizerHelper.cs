using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.Aten;

namespace TorchSharp.Modules;

/// <summary>
/// What the optimizers share. A step goes over all parameters of a group at once (torch's _foreach operators), in the
/// arithmetic of one parameter after the other.
/// </summary>
public abstract class OptimizerHelper : torch.optim.Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

    public override void zero_grad()
    {
        using var scope = torch.NewDisposeScope();
        var gradients = parameters().Select(parameter => parameter.grad).OfType<torch.Tensor>().ToArray();
        if (gradients.Length > 0) Run("_foreach_zero_", gradients);
    }

    public override torch.Tensor? step(Func<torch.Tensor>? closure = null)
    {
        torch.Tensor? loss = null;
        if (closure is not null)
        {
            using var _ = torch.enable_grad();
            loss = closure();
        }
        using (torch.no_grad())
        using (torch.NewDisposeScope())
            foreach (var group in groups)
                Step(group);
        return loss;
    }

    /// <summary>The parameters of a group that have a gradient, with gradient and state.</summary>
    private protected (Parameter[] parameters, torch.Tensor[] gradients, TState[] states) Due<TState>(ParamGroup group)
        where TState : OptimizerState
    {
        var due = new List<Parameter>();
        var gradients = new List<torch.Tensor>();
        var own = new List<TState>();
        foreach (var parameter in group.Parameters)
        {
            if (parameter.grad is not { } gradient) continue;
            due.Add(parameter);
            gradients.Add(gradient);
            own.Add((TState)states[parameter]);
        }
        return (due.ToArray(), gradients.ToArray(), own.ToArray());
    }

    private protected abstract void Step(ParamGroup group);

    private protected abstract OptimizerState NewState(Parameter parameter);

    private protected abstract void FillIn(OptimizerOptions options);

    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Parameters = param_group.Parameters.ToArray();
        FillIn(param_group.Options);
        base.add_param_group(param_group);
        foreach (var parameter in param_group.Parameters)
        {
            if (states.ContainsKey(parameter))
                throw new ArgumentException("some parameters appear in more than one parameter group");
            var state = NewState(parameter);
            state.Initialize(param_group.Options);
            states.Add(parameter, state);
        }
    }

    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (var group in groups)
        {
            dictionary.Options.Add(group.Options);
            var indices = new List<int>();
            dictionary.StateIndexRef.Add(indices);
            foreach (var parameter in group.Parameters)
            {
                indices.Add(dictionary.State.Count);
                dictionary.State.Add(states[parameter]);
            }
        }
        return dictionary;
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        if (own.Options.Count != state_dict.Options.Count)
            throw new ArgumentException("Invalid optimizer state -- different number of parameter groups.");
        if (own.State.Count != state_dict.State.Count)
            throw new ArgumentException("Invalid optimizer state -- different number of states.");
        foreach (var (options, source) in own.Options.Zip(state_dict.Options)) options.LoadStateDict(source);
        foreach (var (state, source) in own.State.Zip(state_dict.State)) state.LoadStateDict(source);
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var state in states.Values) state.Release();
        states.Clear();
    }
}
