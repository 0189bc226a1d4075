using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Normalises over the last dimensions, then scales and shifts element by element.</summary>
        public sealed class LayerNorm : nn.Module<Tensor, Tensor>
        {
            internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype)
                : base(nameof(LayerNorm))
            {
                (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
                if (!elementwise_affine) return;
                weight = new Parameter(ones(normalized_shape, dtype, device));
                if (bias) this.bias = new Parameter(zeros(normalized_shape, dtype, device));
            }

            public Parameter? bias
            {
                get => Own(nameof(bias));
                set => ConditionallyRegisterParameter(nameof(bias), value);
            }

            public Parameter? weight
            {
                get => Own(nameof(weight));
                set => ConditionallyRegisterParameter(nameof(weight), value);
            }

            public long[] normalized_shape { get; set; }
            public double eps { get; set; }
            public bool elementwise_affine { get; set; }

            public override Tensor forward(Tensor tensor) =>
                nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
        }

        /// <summary>Normalises groups of channels of [batch, channels, …].</summary>
        public sealed class GroupNorm : nn.Module<Tensor, Tensor>
        {
            internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype)
                : base(nameof(GroupNorm))
            {
                (this.num_groups, this.eps, this.affine) = (num_groups, eps, affine);
                if (!affine) return;
                weight = new Parameter(ones(num_channels, dtype, device));
                bias = new Parameter(zeros(num_channels, dtype, device));
            }

            public Parameter? bias
            {
                get => Own(nameof(bias));
                set => ConditionallyRegisterParameter(nameof(bias), value);
            }

            public Parameter? weight
            {
                get => Own(nameof(weight));
                set => ConditionallyRegisterParameter(nameof(weight), value);
            }

            public long num_groups { get; set; }
            public double eps { get; set; }
            public bool affine { get; set; }

            public override Tensor forward(Tensor tensor) =>
                nn.functional.group_norm(tensor, num_groups, weight, bias, eps);
        }

        /// <summary>What batch and instance normalisation share: scale, shift and running statistics per channel.</summary>
        public abstract class NormBase : nn.Module<Tensor, Tensor>
        {
            private protected NormBase(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
                : base(name)
            {
                (this.num_features, this.eps, this.momentum) = (num_features, eps, momentum);
                (this.affine, this.track_running_stats) = (affine, track_running_stats);
                if (affine)
                {
                    weight = new Parameter(ones(num_features, dtype, device));
                    bias = new Parameter(zeros(num_features, dtype, device));
                }
                if (!track_running_stats) return;
                running_mean = zeros(num_features, dtype, device);
                running_var = ones(num_features, dtype, device);
                num_batches_tracked = tensor(0L, device: device);
            }

            public Parameter? bias
            {
                get => Own(nameof(bias));
                set => ConditionallyRegisterParameter(nameof(bias), value);
            }

            public Parameter? weight
            {
                get => Own(nameof(weight));
                set => ConditionallyRegisterParameter(nameof(weight), value);
            }

            public Tensor? running_mean
            {
                get => OwnBuffer(nameof(running_mean));
                set => ConditionallyRegisterBuffer(nameof(running_mean), value);
            }

            public Tensor? running_var
            {
                get => OwnBuffer(nameof(running_var));
                set => ConditionallyRegisterBuffer(nameof(running_var), value);
            }

            public Tensor? num_batches_tracked
            {
                get => OwnBuffer(nameof(num_batches_tracked));
                set => ConditionallyRegisterBuffer(nameof(num_batches_tracked), value);
            }

            public long num_features { get; }
            public double eps { get; set; }
            public double? momentum { get; set; }
            public bool affine { get; }
            public bool track_running_stats { get; }

            protected abstract void ValidateInputDimensions(Tensor input);

            /// <summary>Counts a batch; returns the weight of its statistics in the running ones (their mean without momentum).</summary>
            private protected double Track()
            {
                if (!training || num_batches_tracked is not { } count) return momentum ?? 0;
                Aten.Run("add_.Scalar", count, 1L);
                return momentum ?? 1.0 / count.ToInt64();
            }
        }

        public abstract class BatchNorm : NormBase
        {
            private protected BatchNorm(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
                : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name)
            {
            }

            public override Tensor forward(Tensor input)
            {
                ValidateInputDimensions(input);
                var factor = Track();
                return nn.functional.batch_norm(input, running_mean, running_var, weight, bias,
                    training || running_mean is null, factor, eps);
            }
        }

        public sealed class BatchNorm1d : BatchNorm
        {
            internal BatchNorm1d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
                : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm1d))
            {
            }

            protected override void ValidateInputDimensions(Tensor input)
            {
                if (input.Dimensions is not (2 or 3))
                    throw new System.ArgumentException($"expected 2D or 3D input, but got {input.Dimensions}D input.");
            }
        }

        public sealed class InstanceNorm1d : NormBase
        {
            internal InstanceNorm1d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
                : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(InstanceNorm1d))
            {
            }

            public override Tensor forward(Tensor input)
            {
                ValidateInputDimensions(input);
                using var scope = NewDisposeScope();
                var batch = input.Dimensions == 2 ? input.unsqueeze(0) : input;
                var result = nn.functional.instance_norm(batch, running_mean, running_var, weight, bias,
                    training || !track_running_stats, Track(), eps);
                return (input.Dimensions == 2 ? result.squeeze(0) : result).MoveToOuterDisposeScope();
            }

            protected override void ValidateInputDimensions(Tensor input)
            {
                if (input.Dimensions is not (2 or 3))
                    throw new System.ArgumentException($"expected 2D or 3D input, but got {input.Dimensions}D input.");
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1E-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);
            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1E-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);
            public static GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1E-05, bool affine = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_groups, num_channels, eps, affine, device, dtype);
            public static BatchNorm1d BatchNorm1d(long num_features, double eps = 1E-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);
            public static InstanceNorm1d InstanceNorm1d(long num_features, double eps = 1E-05, double momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);
        }
    }
}
