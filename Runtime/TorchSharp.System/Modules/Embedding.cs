using TorchSharp.Modules;
using static TorchSharp.Aten;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>The row of a table for each index.</summary>
        public sealed class Embedding : nn.Module<Tensor, Tensor>
        {
            private readonly long padding;
            private readonly double? max_norm;
            private readonly double norm_type;
            private readonly bool scale_grad_by_freq;
            private readonly bool sparse;

            internal Embedding(Parameter weight, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse)
                : base(nameof(Embedding))
            {
                this.weight = weight;
                padding = padding_idx is { } index ? index < 0 ? index + weight.size(0) : index : -1;
                (this.max_norm, this.norm_type, this.scale_grad_by_freq, this.sparse) = (max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            public Parameter weight
            {
                get => Own(nameof(weight))!;
                set => ConditionallyRegisterParameter(nameof(weight), value);
            }

            public override Tensor forward(Tensor input)
            {
                if (max_norm is { } bound)
                {
                    using var _ = no_grad();
                    Run("embedding_renorm_", weight, input, bound, norm_type);
                }
                return Op("embedding", weight, input, padding, scale_grad_by_freq, sparse);
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var weight = empty(num_embeddings, embedding_dims, dtype, device);
                init.normal_(weight);
                if (padding_idx is { } index)
                    using (var row = weight[index])
                        init.zeros_(row);
                return new(new Parameter(weight), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            public static Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null) =>
                new(new Parameter(embeddings.to(dtype ?? embeddings.dtype, device ?? embeddings.device).detach(), !freeze),
                    padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
        }
    }
}
