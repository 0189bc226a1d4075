using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>RMSprop (Tieleman and Hinton, 2012; centered: Graves, 2013) with PyTorch's arithmetic.</summary>
        public class RMSProp : OptimizerHelper, torch.optim.IMomentum
        {
            private readonly Options defaults;

            public RMSProp(IEnumerable<Parameter> parameters, double lr = 0.001, double alpha = 0.99, double eps = 1E-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum, centered, maximize)
            {
            }

            public RMSProp(IEnumerable<ParamGroup> parameters, double lr = 0.001, double alpha = 0.99, double eps = 1E-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
            {
                defaults = new ParamGroup([], lr, eps, alpha, weight_decay, momentum, centered).Options;
                defaults.maximize = maximize;
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
                double alpha = options.alpha!.Value, momentum = options.momentum!.Value;
                double lr = options.LearningRate!.Value, decay = options.weight_decay!.Value;

                if (options.maximize!.Value) gradients = OpList("_foreach_neg", gradients);
                if (decay != 0) gradients = OpList("_foreach_add.List", gradients, parameters, decay);
                foreach (var state in states) state.step++;

                var squares = Array.ConvertAll(states, state => state.square_avg);
                Run("_foreach_mul_.Scalar", squares, alpha);
                Run("_foreach_addcmul_.Scalar", squares, gradients, gradients, 1 - alpha);
                torch.Tensor[] roots;
                if (options.centered!.Value)
                {
                    var means = Array.ConvertAll(states, state => state.Mean());
                    Run("_foreach_mul_.Scalar", means, alpha);
                    Run("_foreach_add_.List", means, gradients, 1 - alpha);
                    roots = OpList("_foreach_addcmul.Scalar", squares, means, means, -1.0);
                    Run("_foreach_sqrt_", roots);
                }
                else roots = OpList("_foreach_sqrt", squares);
                Run("_foreach_add_.Scalar", roots, options.eps!.Value);

                if (momentum > 0)
                {
                    var velocities = Array.ConvertAll(states, state => state.Velocity());
                    Run("_foreach_mul_.Scalar", velocities, momentum);
                    Run("_foreach_addcdiv_.Scalar", velocities, gradients, roots, 1.0);
                    Run("_foreach_add_.List", parameters, velocities, -lr);
                }
                else Run("_foreach_addcdiv_.Scalar", parameters, gradients, roots, -lr);
            }

            private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

            private protected override void FillIn(OptimizerOptions options)
            {
                var own = (Options)options;
                own.LearningRate ??= defaults.LearningRate;
                if (own.InitialLearningRate == 0) own.InitialLearningRate = own.LearningRate!.Value;
                own.alpha ??= defaults.alpha;
                own.eps ??= defaults.eps;
                own.weight_decay ??= defaults.weight_decay;
                own.momentum ??= defaults.momentum;
                own.centered ??= defaults.centered;
                own.maximize ??= defaults.maximize;
            }

            public class Options : OptimizerOptions
            {
                public bool? maximize;
                public double? momentum;
                public double? alpha;
                public double? eps;
                public double? weight_decay;
                public bool? centered;

                public override void LoadStateDict(OptimizerOptions source)
                {
                    base.LoadStateDict(source);
                    var other = (Options)source;
                    (maximize, momentum, alpha, eps, weight_decay, centered) =
                        (other.maximize, other.momentum, other.alpha, other.eps, other.weight_decay, other.centered);
                }
            }

            public class ParamGroup : ParamGroup<Options>, torch.optim.IMomentum
            {
                public ParamGroup() => base.Options = new Options();

                public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double eps = 1E-08, double alpha = 0.99, double weight_decay = 0, double momentum = 0, bool centered = false)
                    : base(parameters, new Options
                    {
                        LearningRate = lr, InitialLearningRate = lr, eps = eps, alpha = alpha,
                        weight_decay = weight_decay, momentum = momentum, centered = centered,
                    })
                {
                }

                public double Momentum { get => Options.momentum!.Value; set => Options.momentum = value; }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;
                public torch.Tensor square_avg = null!;
                public torch.Tensor? momentum_buffer;
                public torch.Tensor? grad_avg;

                public State(Parameter parameter) : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    square_avg = Zeros();
                }

                public override void LoadStateDict(OptimizerState source)
                {
                    var other = (State)source;
                    step = other.step;
                    Load(ref square_avg!, other.square_avg);
                    Load(ref momentum_buffer, other.momentum_buffer);
                    Load(ref grad_avg, other.grad_avg);
                }

                internal torch.Tensor Velocity() => momentum_buffer ??= Zeros();

                internal torch.Tensor Mean() => grad_avg ??= Zeros();

                internal override void Release() => Dispose();

                public void Dispose()
                {
                    square_avg.Dispose();
                    momentum_buffer?.Dispose();
                    grad_avg?.Dispose();
                }
            }
        }
    }

    public static partial class torch
    {
        public static partial class optim
        {
            public static RMSProp RMSProp(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1E-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);
            public static RMSProp RMSProp(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1E-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, alpha, eps, weight_decay, momentum, centered, maximize);
            public static RMSProp RMSProp(IEnumerable<RMSProp.ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1E-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);
        }
    }
}
