using System;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>y = x·Wᵀ + b over the last dimension.</summary>
        public sealed class Linear : nn.Module<Tensor, Tensor>
        {
            internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
            {
                (out_features, in_features) = (weight.size(0), weight.size(1));
                ConditionallyRegisterParameter(nameof(weight), weight);
                ConditionallyRegisterParameter(nameof(bias), bias);
            }

            internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
                : this(nn.Start(empty([outputSize, inputSize], dtype, device)),
                    hasBias ? new Parameter(empty([outputSize], dtype, device)) : null)
            {
                if (bias is not null) nn.StartBias(bias, weight);
            }

            public Parameter? bias
            {
                get => Own(nameof(bias));
                set => ConditionallyRegisterParameter(nameof(bias), value);
            }

            public Parameter weight
            {
                get => Own(nameof(weight))!;
                set => ConditionallyRegisterParameter(nameof(weight), value);
            }

            public long in_features { get; set; }
            public long out_features { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
        }

        /// <summary>Its input, unchanged.</summary>
        public sealed class Identity : nn.Module<Tensor, Tensor>
        {
            internal Identity() : base(nameof(Identity))
            {
            }

            public override Tensor forward(Tensor tensor) => tensor.alias();
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);
            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);
            public static Identity Identity() => new();

            /// <summary>The start of linear and convolution weights: uniform in ±1/√fan-in.</summary>
            internal static Parameter Start(Tensor weight)
            {
                init.kaiming_uniform_(weight, Math.Sqrt(5));
                return new Parameter(weight);
            }

            internal static void StartBias(Tensor bias, Tensor weight)
            {
                var (fanIn, _) = init.CalculateFanInAndFanOut(weight);
                var bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
                init.uniform_(bias, -bound, bound);
            }
        }
    }
}
