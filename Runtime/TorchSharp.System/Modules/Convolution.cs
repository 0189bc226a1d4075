using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>What the convolutions share: the kernel [out, in / groups, …], the bias [out] and how to step.</summary>
        public abstract class Convolution : nn.Module<Tensor, Tensor>
        {
            private protected Convolution(string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, Padding? padding_type, long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device, ScalarType? dtype)
                : base(name)
            {
                if (in_channels % groups != 0) throw new System.ArgumentException("in_channels must be divisible by groups");
                if (out_channels % groups != 0) throw new System.ArgumentException("out_channels must be divisible by groups");
                (this.in_channels, this.out_channels, this.groups, this.transposed) = (in_channels, out_channels, groups, transposed);
                (this.kernel_size, this.stride, this.padding, this.dilation) = (kernel_size, stride, padding, dilation);
                (this.output_padding, this.padding_type, this.padding_mode) = (output_padding, padding_type, padding_mode);
                long[] shape = transposed
                    ? [in_channels, out_channels / groups, .. kernel_size]
                    : [out_channels, in_channels / groups, .. kernel_size];
                weight = nn.Start(empty(shape, dtype, device));
                if (!bias) return;
                this.bias = new Parameter(empty([out_channels], dtype, device));
                nn.StartBias(this.bias, weight);
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

            public long in_channels { get; }
            public long out_channels { get; }
            public bool transposed { get; }
            public Padding? padding_type { get; }
            public long[] padding { get; }
            public PaddingModes padding_mode { get; set; }
            public long groups { get; set; }
            public long[] kernel_size { get; set; }
            public long[] stride { get; set; }
            public long[] dilation { get; set; }
            public long[] output_padding { get; set; }

            /// <summary>Convolves in the given number of dimensions; other paddings than zeros are put around the input first.</summary>
            private protected Tensor Convolve(Tensor input, int dimensions)
            {
                var op = $"conv{dimensions}d";
                if (padding_type is { } type && padding_mode == PaddingModes.Zeros)
                    return Op(op + ".padding", input, weight, bias, stride, type == Padding.Same ? "same" : "valid", dilation, groups);
                if (padding_mode == PaddingModes.Zeros)
                    return Op(op, input, weight, bias, stride, padding, dilation, groups);
                using var padded = nn.functional.pad(input, Around(), padding_mode);
                return Op(op, padded, weight, bias, stride, new long[dimensions], dilation, groups);
            }

            // The last dimension comes first, and each as the amounts before and after.
            private long[] Around() => Enumerable.Range(0, kernel_size.Length).Reverse().SelectMany(i =>
            {
                if (padding_type is null) return new[] { padding[i], padding[i] };
                var total = padding_type == Padding.Same ? dilation[i] * (kernel_size[i] - 1) : 0;
                return [total / 2, total - total / 2];
            }).ToArray();
        }

        public sealed class Conv1d : Convolution
        {
            internal Conv1d(long in_channels, long out_channels, long kernel_size, long stride, long padding, Padding? padding_type, long dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
                : base(nameof(Conv1d), in_channels, out_channels, [kernel_size], [stride], [padding], padding_type, [dilation], false, [0], groups, bias, padding_mode, device, dtype)
            {
            }

            /// <param name="input">[batch, in_channels, time], or without the batch</param>
            public override Tensor forward(Tensor input) => Convolve(input, 1);
        }

        public sealed class Conv2d : Convolution
        {
            internal Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long) stride, (long, long) padding, Padding? padding_type, (long, long) dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
                : base(nameof(Conv2d), in_channels, out_channels, [kernel_size.Item1, kernel_size.Item2], [stride.Item1, stride.Item2], [padding.Item1, padding.Item2], padding_type, [dilation.Item1, dilation.Item2], false, [0, 0], groups, bias, padding_mode, device, dtype)
            {
            }

            public override Tensor forward(Tensor input) => Convolve(input, 2);
        }

        public abstract class ConvolutionTranspose : Convolution
        {
            private protected ConvolutionTranspose(string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, long[] dilation, long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device, ScalarType? dtype)
                : base(name, in_channels, out_channels, kernel_size, stride, padding, null, dilation, true, output_padding, groups, bias, padding_mode, device, dtype)
            {
            }

            public override Tensor forward(Tensor input) => forward(input, null);
            public abstract Tensor forward(Tensor input, long[]? output_size);
        }

        public sealed class ConvTranspose1d : ConvolutionTranspose
        {
            internal ConvTranspose1d(long in_channels, long out_channels, long kernel_size, long stride, long padding, long output_padding, long dilation, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype)
                : base(nameof(ConvTranspose1d), in_channels, out_channels, [kernel_size], [stride], [padding], [dilation], [output_padding], groups, bias, padding_mode, device, dtype)
            {
                if (padding_mode != PaddingModes.Zeros)
                    throw new System.ArgumentException("Only `zeros` padding mode is supported for ConvTranspose1d");
            }

            public override Tensor forward(Tensor input, long[]? output_size)
            {
                var extra = output_padding;
                if (output_size is { Length: > 0 })
                {
                    var shortest = (input.size(-1) - 1) * stride[0] - 2 * padding[0] + dilation[0] * (kernel_size[0] - 1) + 1;
                    extra = [output_size[^1] - shortest];
                }
                return Op("conv_transpose1d", input, weight, bias, stride, padding, extra, groups, dilation);
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride, padding, null, dilation, padding_mode, groups, bias, device, dtype);
            public static Conv1d Conv1d(long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride, 0, padding, dilation, padding_mode, groups, bias, device, dtype);
            public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding), null, (dilation, dilation), padding_mode, groups, bias, device, dtype);
            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), null, dilation ?? (1, 1), padding_mode, groups, bias, device, dtype);
            public static ConvTranspose1d ConvTranspose1d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in_channels, out_channels, kernel_size, stride, padding, output_padding, dilation, padding_mode, groups, bias, device, dtype);
        }
    }
}
