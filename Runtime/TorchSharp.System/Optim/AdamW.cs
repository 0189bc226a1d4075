using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019): the parameter itself shrinks first.</summary>
        public class AdamW : OptimizerHelper, torch.optim.IBetas
        {
            private readonly Options defaults;

            public AdamW(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
            {
            }

            public AdamW(IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            {
                defaults = new ParamGroup([], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize).Options;
                foreach (var group in parameters) add_param_group(group);
            }

            public (double, double) Betas
            {
                get => (defaults.beta1!.Value, defaults.beta2!.Value);
                set => (defaults.beta1, defaults.beta2) = value;
            }

            public override void add_param_group(Modules.ParamGroup param_group) => base.add_param_group(param_group);

            public override torch.Tensor? step(Func<torch.Tensor>? closure = null) => base.step(closure);

            private protected override void Step(Modules.ParamGroup group)
            {
                var options = (Options)group.Options;
                var (parameters, gradients, states) = Due<State>(group);
                if (parameters.Length == 0) return;
                double lr = options.LearningRate!.Value, decay = options.weight_decay!.Value;

                if (options.maximize!.Value) gradients = OpList("_foreach_neg", gradients);
                Run("_foreach_mul_.Scalar", parameters, 1 - lr * decay);
                var moments = Array.ConvertAll(states, state => state.exp_avg);
                var squares = Array.ConvertAll(states, state => state.exp_avg_sq);
                var largest = options.amsgrad!.Value ? Array.ConvertAll(states, state => state.Largest()) : null;
                var steps = Array.ConvertAll(states, state => ++state.step);
                AdamArithmetic.Step(parameters, gradients, moments, squares, largest, steps,
                    lr, options.beta1!.Value, options.beta2!.Value, options.eps!.Value);
            }

            private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

            private protected override void FillIn(OptimizerOptions options)
            {
                var own = (Options)options;
                own.LearningRate ??= defaults.LearningRate;
                if (own.InitialLearningRate == 0) own.InitialLearningRate = own.LearningRate!.Value;
                own.beta1 ??= defaults.beta1;
                own.beta2 ??= defaults.beta2;
                own.eps ??= defaults.eps;
                own.weight_decay ??= defaults.weight_decay;
                own.amsgrad ??= defaults.amsgrad;
                own.maximize ??= defaults.maximize;
            }

            public class Options : OptimizerOptions
            {
                public double? beta1;
                public double? beta2;
                public double? weight_decay;
                public double? eps;
                public bool? amsgrad;
                public bool? maximize;

                public override void LoadStateDict(OptimizerOptions source)
                {
                    base.LoadStateDict(source);
                    var other = (Options)source;
                    (beta1, beta2, weight_decay, eps, amsgrad, maximize) =
                        (other.beta1, other.beta2, other.weight_decay, other.eps, other.amsgrad, other.maximize);
                }
            }

            public class ParamGroup : ParamGroup<Options>, torch.optim.IBetas
            {
                public ParamGroup() => base.Options = new Options();

                public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                    : base(parameters, new Options
                    {
                        LearningRate = lr, InitialLearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps,
                        weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize,
                    })
                {
                }

                public (double, double) Betas
                {
                    get => (Options.beta1!.Value, Options.beta2!.Value);
                    set => (Options.beta1, Options.beta2) = value;
                }
            }

            public sealed class State : OptimizerState, IDisposable
            {
                public long step;
                public torch.Tensor exp_avg = null!;
                public torch.Tensor exp_avg_sq = null!;
                public torch.Tensor? max_exp_avg_sq;

                public State(Parameter parameter) : base(parameter)
                {
                }

                public override void Initialize(OptimizerOptions options)
                {
                    step = 0;
                    exp_avg = Zeros();
                    exp_avg_sq = Zeros();
                    if (((Options)options).amsgrad == true) max_exp_avg_sq = Zeros();
                }

                public override void LoadStateDict(OptimizerState source)
                {
                    var other = (State)source;
                    step = other.step;
                    Load(ref exp_avg!, other.exp_avg);
                    Load(ref exp_avg_sq!, other.exp_avg_sq);
                    Load(ref max_exp_avg_sq, other.max_exp_avg_sq);
                }

                internal torch.Tensor Largest() => max_exp_avg_sq ??= Zeros();

                internal override void Release() => Dispose();

                public void Dispose()
                {
                    exp_avg.Dispose();
                    exp_avg_sq.Dispose();
                    max_exp_avg_sq?.Dispose();
                }
            }
        }
    }

    public static partial class torch
    {
        public static partial class optim
        {
            public static AdamW AdamW(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
            public static AdamW AdamW(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
            public static AdamW AdamW(IEnumerable<AdamW.ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
