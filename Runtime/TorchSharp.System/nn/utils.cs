using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales gradients so that their norm together is at most <paramref name="max_norm"/>; returns what it was.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                var gradients = tensors.Select(tensor => tensor.grad).OfType<Tensor>().ToArray();
                if (gradients.Length == 0) return 0;
                var norms = Array.ConvertAll(gradients, gradient => linalg.vector_norm(gradient, norm_type));
                var total = linalg.vector_norm(stack(norms), norm_type);
                var scale = (max_norm / (total + 1e-6)).clamp_max(1.0);
                foreach (var gradient in gradients) Run("mul_.Tensor", gradient, scale);
                return total.ToDouble();
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                foreach (var gradient in tensors.Select(tensor => tensor.grad).OfType<Tensor>())
                    Run("clamp_", gradient, -clip_value, clip_value);
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(tensor => tensor.view(-1)).ToArray()).MoveToOuterDisposeScope();
            }

            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                long start = 0;
                foreach (var tensor in tensors)
                {
                    Run("copy_", tensor, vec.narrow(0, start, tensor.numel()).view_as(tensor));
                    start += tensor.numel();
                }
            }

            public static partial class rnn
            {
                public static Tensor pad_sequence(IEnumerable<Tensor> sequences, bool batch_first = false, double padding_value = 0) =>
                    Op("pad_sequence", Arg.List(sequences), batch_first, padding_value);

                /// <param name="lengths">[batch] on the CPU; descending where <paramref name="enforce_sorted"/> is set</param>
                public static PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first = false, bool enforce_sorted = true)
                {
                    if (enforce_sorted)
                    {
                        var (rows, sizes) = Op2("_pack_padded_sequence", input, lengths, batch_first);
                        return new PackedSequence(rows, sizes, null, null);
                    }
                    using var scope = NewDisposeScope();
                    var (sorted, order) = lengths.sort(descending: true, stable: true);
                    var placed = order.to(input.device);
                    var (data, batches) = Op2("_pack_padded_sequence", input.index_select(batch_first ? 0 : 1, placed), sorted, batch_first);
                    return new PackedSequence(data, batches, placed, placed.argsort()).MoveToOuterDisposeScope();
                }

                public static (Tensor, Tensor) pad_packed_sequence(PackedSequence sequence, bool batch_first = false, double padding_value = 0, long? total_length = null)
                {
                    using var scope = NewDisposeScope();
                    var (padded, lengths) = Op2("_pad_packed_sequence", sequence.data, sequence.batch_sizes, batch_first, padding_value, total_length ?? -1);
                    if (sequence.unsorted_indices is { } back)
                    {
                        padded = padded.index_select(batch_first ? 0 : 1, back);
                        lengths = lengths.index_select(0, back.cpu());
                    }
                    return (padded.MoveToOuterDisposeScope(), lengths.MoveToOuterDisposeScope());
                }

                public static PackedSequence pack_sequence(IEnumerable<Tensor> sequences, bool enforce_sorted = true)
                {
                    var list = sequences.ToArray();
                    using var lengths = tensor(Array.ConvertAll(list, sequence => sequence.size(0)));
                    using var padded = pad_sequence(list);
                    return pack_padded_sequence(padded, lengths, false, enforce_sorted);
                }

                /// <summary>Sequences of different lengths as the rows that are alive at each step.</summary>
                public sealed class PackedSequence : IDisposable
                {
                    public readonly Tensor data;
                    public readonly Tensor batch_sizes;
                    public readonly Tensor? sorted_indices;
                    public readonly Tensor? unsorted_indices;

                    internal DisposeScope? OwningScope;
                    private bool disposed;

                    internal PackedSequence(Tensor data, Tensor batch_sizes, Tensor? sorted_indices, Tensor? unsorted_indices)
                    {
                        // Their owner is this object, not a scope.
                        this.data = data.DetachFromDisposeScope();
                        this.batch_sizes = batch_sizes.DetachFromDisposeScope();
                        this.sorted_indices = sorted_indices?.DetachFromDisposeScope();
                        this.unsorted_indices = unsorted_indices?.DetachFromDisposeScope();
                        OwningScope = DisposeScopeManager.Current.Created(this);
                    }

                    public void Dispose()
                    {
                        if (disposed) return;
                        disposed = true;
                        DisposeScopeManager.Current.Disposed(this, OwningScope);
                        OwningScope = null;
                        data.Dispose();
                        batch_sizes.Dispose();
                        sorted_indices?.Dispose();
                        unsorted_indices?.Dispose();
                    }

                    public PackedSequence MoveToOuterDisposeScope()
                    {
                        OwningScope?.MoveToOuter(this);
                        return this;
                    }

                    public PackedSequence DetachFromDisposeScope()
                    {
                        OwningScope?.Detach(this);
                        return this;
                    }
                }
            }
        }
    }
}
