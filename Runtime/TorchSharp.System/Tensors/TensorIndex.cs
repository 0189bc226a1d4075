using System;
using System.Linq;
using System.Collections.Generic;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an index expression: a number, a slice, "…", a new axis, a truth value or a tensor.</summary>
    public struct TensorIndex
    {
        internal enum Entry { Single, Slice, Ellipsis, Null, Bool, Tensor }

        internal Entry Kind;
        internal long Start;
        internal long Stop;
        internal long Step;
        internal torch.Tensor? Indices;

        public static TensorIndex Ellipsis = new() { Kind = Entry.Ellipsis };
        public static TensorIndex None = new() { Kind = Entry.Null };
        public static TensorIndex Null = new() { Kind = Entry.Null };
        public static TensorIndex Colon = Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null)
        {
            var by = step ?? 1;
            return new()
            {
                Kind = Entry.Slice, Start = start ?? (by < 0 ? long.MaxValue : 0),
                Stop = stop ?? (by < 0 ? long.MinValue : long.MaxValue), Step = by,
            };
        }

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, range.end);

        /// <summary>A C# range; an end counted from the end becomes a negative number as in Python.</summary>
        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            range.End.IsFromEnd ? range.End.Value == 0 ? null : -range.End.Value : range.End.Value);

        public static TensorIndex Bool(bool value) => new() { Kind = Entry.Bool, Start = value ? 1 : 0 };
        public static TensorIndex Single(long? index) =>
            index is { } i ? new() { Kind = Entry.Single, Start = i } : None;
        public static TensorIndex Tensor(torch.Tensor tensor) => new() { Kind = Entry.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
    }

    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Assign(indices, value, false);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => Assign(Entries(indices), value, false);
        }

        public Tensor this[long i1]
        {
            get => Op("select.int", this, 0L, i1);
            set => Assign([i1], value, false);
        }

        public Tensor this[long i1, long i2]
        {
            get => index(new TensorIndex[] { i1, i2 });
            set => Assign([i1, i2], value, false);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(new TensorIndex[] { i1, i2, i3 });
            set => Assign([i1, i2, i3], value, false);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(new TensorIndex[] { i1, i2, i3, i4 });
            set => Assign([i1, i2, i3, i4], value, false);
        }

        public Tensor this[params long[] indices]
        {
            get => index(Entries(indices));
            set => Assign(Entries(indices), value, false);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = Walk(indices);
            if (tensors.Count == 0) return ReferenceEquals(view, this) ? alias() : view;
            var result = Op("index.Tensor", view, Arg.Optional(tensors.ToArray()));
            Drop(view);
            return result;
        }

        public Tensor index(params Tensor[] indices) => index(Entries(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => Assign(indices, value, false);
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false) =>
            Assign(indices, value, accumulate);
        public Tensor index_put_(Tensor value, params Tensor[] indices) => Assign(Entries(indices), value, false);
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Assign(Entries(indices), value, accumulate);
        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var one = full([], value, dtype, device);
            return Assign(indices, one, false);
        }
        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(value, Entries(indices));

        private static TensorIndex[] Entries(Tensor[] indices) => Array.ConvertAll(indices, TensorIndex.Tensor);
        private static TensorIndex[] Entries(long[] indices) => Array.ConvertAll(indices, i => (TensorIndex)i);

        private Tensor Assign(TensorIndex[] indices, Tensor value, bool accumulate)
        {
            var (view, tensors) = Walk(indices);
            // Leading dimensions of one are dropped, as Python does in an assignment.
            var shape = value.shape;
            var extra = 0;
            while (extra < shape.Length - view.Dimensions && shape[extra] == 1) extra++;
            using var trimmed = value.reshape(shape[extra..]);
            if (tensors.Count > 0) Run("index_put_", view, Arg.Optional(tensors.ToArray()), trimmed, accumulate);
            else if (accumulate) Run("add_.Tensor", view, trimmed);
            else Run("copy_", view, trimmed);
            Drop(view);
            return this;
        }

        private void Drop(Tensor view)
        {
            if (!ReferenceEquals(view, this)) view.Dispose();
        }

        /// <summary>Applies numbers, slices and new axes as views; what is left are tensors, one per dimension or null.</summary>
        private (Tensor view, List<Tensor?> tensors) Walk(TensorIndex[] indices)
        {
            var view = this;
            var tensors = new List<Tensor?>();
            var taken = indices.Sum(Consumes);
            if (taken > Dimensions)
                throw new System.Runtime.InteropServices.ExternalException(
                    $"too many indices for tensor of dimension {Dimensions}");
            var axis = 0;
            foreach (var entry in indices)
            {
                switch (entry.Kind)
                {
                    case TensorIndex.Entry.Single:
                        Step(Op("select.int", view, (long)axis, entry.Start));
                        break;
                    case TensorIndex.Entry.Slice:
                        if (entry.Step < 0) throw new System.Runtime.InteropServices.ExternalException("step must be greater than zero");
                        if (entry is not { Start: 0, Stop: long.MaxValue, Step: 1 })
                            Step(Op("slice.Tensor", view, (long)axis, entry.Start, entry.Stop, entry.Step));
                        Skip();
                        break;
                    case TensorIndex.Entry.Ellipsis:
                        for (var i = taken; i < Dimensions; i++) Skip();
                        break;
                    case TensorIndex.Entry.Null:
                        Step(Op("unsqueeze", view, (long)axis));
                        Skip();
                        break;
                    case TensorIndex.Entry.Bool:
                        Step(Op("unsqueeze", view, (long)axis));
                        Put(tensor(entry.Start != 0 ? new long[] { 0 } : [], ScalarType.Int64, device), 1);
                        break;
                    default:
                        Put(entry.Indices!, Consumes(entry));
                        break;
                }
            }
            if (tensors.TrueForAll(index => index is null)) tensors.Clear();
            return (view, tensors);

            void Step(Tensor next)
            {
                Drop(view);
                view = next;
            }

            void Skip()
            {
                tensors.Add(null);
                axis++;
            }

            void Put(Tensor index, int dimensions)
            {
                tensors.Add(index);
                axis += dimensions;
            }
        }

        private static int Consumes(TensorIndex entry) => entry.Kind switch
        {
            TensorIndex.Entry.Single or TensorIndex.Entry.Slice => 1,
            TensorIndex.Entry.Tensor => entry.Indices!.dtype is ScalarType.Bool or ScalarType.Byte
                ? (int)entry.Indices.Dimensions : 1,
            _ => 0,
        };
    }
}
