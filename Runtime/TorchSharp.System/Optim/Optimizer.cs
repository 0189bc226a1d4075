using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public interface ILearningRateController
            {
                double LearningRate { get; set; }
                double InitialLearningRate { get; set; }
            }

            public interface IMomentum
            {
                double Momentum { get; set; }
            }

            public interface IBetas
            {
                (double, double) Betas { get; set; }
            }

            /// <summary>Changes parameters by their gradients, one step at a time.</summary>
            public abstract class Optimizer : IDisposable
            {
                private protected readonly List<ParamGroup> groups = [];

                private protected Optimizer()
                {
                }

                public virtual IEnumerable<ILearningRateController> ParamGroups => groups;

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }

                public abstract void zero_grad();
                public virtual void add_param_group(ParamGroup param_group) => groups.Add(param_group);
                public abstract Tensor? step(Func<Tensor>? closure = null);
                public virtual IEnumerable<Parameter> parameters() => groups.SelectMany(group => group.Parameters);

                /// <summary>What an optimizer needs to go on later: the options of each group and the state of each parameter.</summary>
                public class StateDictionary
                {
                    internal StateDictionary()
                    {
                    }

                    public List<OptimizerOptions> Options { get; } = [];
                    public List<OptimizerState> State { get; } = [];
                    public List<List<int>> StateIndexRef { get; } = [];
                }
            }
        }
    }

    namespace Modules
    {
        public class OptimizerOptions
        {
            public double? LearningRate { get; set; }
            public double InitialLearningRate { get; set; }

            public virtual void LoadStateDict(OptimizerOptions source) =>
                (LearningRate, InitialLearningRate) = (source.LearningRate, source.InitialLearningRate);
        }

        public abstract class OptimizerState
        {
            private protected readonly Parameter parameter;

            protected OptimizerState(Parameter parameter) => this.parameter = parameter;

            public abstract void LoadStateDict(OptimizerState source);
            public abstract void Initialize(OptimizerOptions options);

            /// <summary>A tensor of zeros like the parameter, that no dispose scope owns.</summary>
            private protected torch.Tensor Zeros() => parameter.zeros_like().DetachFromDisposeScope();

            private protected static void Load(ref torch.Tensor? own, torch.Tensor? source)
            {
                if (ReferenceEquals(own, source)) return;
                own?.Dispose();
                own = source?.detach().clone().DetachFromDisposeScope();
            }

            internal abstract void Release();
        }

        public class ParamGroup : torch.optim.ILearningRateController
        {
            public IEnumerable<Parameter> Parameters { get; set; } = [];
            public OptimizerOptions Options { get; set; } = new();
            public double LearningRate { get => Options.LearningRate ?? 0; set => Options.LearningRate = value; }
            public double InitialLearningRate { get => Options.InitialLearningRate; set => Options.InitialLearningRate = value; }
        }

        public class ParamGroup<TOptions> : ParamGroup where TOptions : OptimizerOptions
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, TOptions? options = null)
            {
                Parameters = parameters;
                if (options is not null) base.Options = options;
            }

            public new TOptions Options { get => (TOptions)base.Options; set => base.Options = value; }
        }
    }
}
