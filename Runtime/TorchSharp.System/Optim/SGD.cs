using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Stochastic gradient descent, with momentum and Nesterov's variant, in PyTorch's arithmetic.</summary>
        public class SGD : OptimizerHelper, torch.optim.IMomentum
        {
            private readonly Options defaults;

            public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
            {
            }

            public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            {
                if (nesterov && (momentum <= 0 || dampening != 0))
                    throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
                defaults = new Options
                {
                    LearningRate = lr, InitialLearningRate = lr, momentum = momentum, dampening = dampening,
                    weight_decay = weight_decay, nesterov = nesterov, maximize = maximize,
                };
                foreach (var group in parameters) add_param_group(group);
            }

            public double Momentum { get => defaults.momentum!.Value; set => defaults.momentum = value; }

            public override void add_param_group(Modules.ParamGroup param_group) => base.add_param_group(param_group);

            public override torch.Tensor? step(Func<torch.Tensor>? closure = null) => base.step(closure);

            private protected override void Step(Modules.ParamGroup group)
            {
                var options = (Options)group.Options;
                var (parameters, gradients, states) = Due<State>(group);
                if (parameters.Length == 0) return;
                double momentum = options.momentum!.Value, decay = options.weight_decay!.Value;
                var lr = options.LearningRate!.Value;

                if (decay != 0) gradients = OpList("_foreach_add.List", gradients, parameters, decay);
                if (momentum != 0)
                {
                    for (var i = 0; i < states.Length; i++)
                        states[i].Gather(gradients[i], momentum, 1 - options.dampening!.Value);
                    var velocities = Array.ConvertAll(states, state => state.momentum_buffer!);
                    gradients = options.nesterov!.Value
                        ? OpList("_foreach_add.List", gradients, velocities, momentum)
                        : velocities;
                }
                Run("_foreach_add_.List", parameters, gradients, options.maximize!.Value ? lr : -lr);
            }

            private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

            private protected override void FillIn(OptimizerOptions options)
            {
                var own = (Options)options;
                own.LearningRate ??= defaults.LearningRate;
                if (own.InitialLearningRate == 0) own.InitialLearningRate = own.LearningRate!.Value;
                own.momentum ??= defaults.momentum;
                own.dampening ??= defaults.dampening;
                own.weight_decay ??= defaults.weight_decay;
                own.nesterov ??= defaults.nesterov;
                own.maximize ??= defaults.maximize;
            }

            public class Options : OptimizerOptions
            {
                public double? momentum;
                public double? dampening;
                public double? weight_decay;
                public bool? nesterov;
                public bool? maximize;

                public override void LoadStateDict(OptimizerOptions source)
                {
                    base.LoadStateDict(source);
                    var other = (Options)source;
                    (momentum, dampening, weight_decay, nesterov, maximize) =
                        (other.momentum, other.dampening, other.weight_decay, other.nesterov, other.maximize);
                }
            }

            public class ParamGroup : ParamGroup<Options>, torch.optim.IMomentum
            {
                public ParamGroup() => base.Options = new Options();

                public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
                {
                }

                public double Momentum { get => Options.momentum!.Value; set => Options.momentum = value; }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public torch.Tensor? momentum_buffer;

                public State(Parameter parameter) : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                }

                public override void LoadStateDict(OptimizerState source) =>
                    Load(ref momentum_buffer, ((State)source).momentum_buffer);

                /// <summary>The first gradient starts the buffer as it is; later ones are damped.</summary>
                internal void Gather(torch.Tensor gradient, double momentum, double weight)
                {
                    if (momentum_buffer is null)
                    {
                        momentum_buffer = gradient.detach().clone().DetachFromDisposeScope();
                        return;
                    }
                    Run("mul_.Scalar", momentum_buffer, momentum);
                    Run("add_.Tensor", momentum_buffer, gradient, weight);
                }

                internal override void Release() => Dispose();

                public void Dispose() => momentum_buffer?.Dispose();
            }
        }
    }

    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
            public static SGD SGD(IEnumerable<(string name, Parameter parameter)> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize);
            public static SGD SGD(IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
