using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Shapes and places: views, copies by index, joins.</summary>
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Op("view", this, shape);
        public Tensor view_as(Tensor other) => Op("view_as", this, other);
        public Tensor reshape(params long[] shape) => Op("reshape", this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Op("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes)
        {
            var axis = Wrap(dim, (int)Dimensions);
            var old = shape;
            return view([.. old[..axis], .. sizes, .. old[(axis + 1)..]]);
        }
        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);
        public Tensor squeeze(long? dim = null) => dim is { } d ? Op("squeeze.dim", this, d) : Op("squeeze", this);
        public Tensor squeeze_(long? dim = null) => dim is { } d ? Op("squeeze_.dim", this, d) : Op("squeeze_", this);
        public Tensor unsqueeze(long dim) => Op("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => Op("unsqueeze_", this, dim);
        public Tensor t() => Op("t", this);
        public Tensor mT => Op("mT", this);
        public Tensor transpose(long dim0, long dim1) => Op("transpose.int", this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Op("transpose_", this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor permute(params long[] permutation) => Op("permute", this, permutation);
        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());
        public Tensor movedim(long[] source, long[] destination) => Op("movedim.intlist", this, source, destination);
        public Tensor expand(params long[] sizes) => Op("expand", this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Op("expand", this, sizes, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Op("expand", this, sizes, isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => Op("expand", this, sizes.Shape, isImplicit);
        public Tensor expand_as(Tensor other) => Op("expand_as", this, other);
        public Tensor broadcast_to(params long[] shape) => Op("broadcast_to", this, shape);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op("as_strided", this, size, strides, storageOffset);
        public Tensor unfold(long dimension, long size, long step) => Op("unfold", this, dimension, size, step);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Op("diagonal", this, offset, dim1, dim2);
        public Tensor diag(long diagonal = 0) => Op("diag", this, diagonal);
        public Tensor tril(long diagonal = 0) => Op("tril", this, diagonal);
        public Tensor triu(long diagonal = 0) => Op("triu", this, diagonal);

        public Tensor select(long dim, long index) => Op("select.int", this, dim, index);
        public Tensor narrow(long dim, long start, long length) => Op("narrow", this, dim, start, length);
        public Tensor slice(long dim, long start, long finish, long step) =>
            Op("slice.Tensor", this, dim, start, finish, step);
        public Tensor[] unbind(long dimension = 0) => OpList("unbind.int", this, dimension);
        public Tensor[] split(long size, int dim = 0) => OpList("split.Tensor", this, size, (long)dim);
        public Tensor[] split(long[] sizes, long dim = 0) => OpList("split_with_sizes", this, sizes, dim);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => OpList("split_with_sizes", this, sizes, dim);
        public Tensor[] split(params long[] sizes) => OpList("split_with_sizes", this, sizes, 0L);
        public Tensor[] tensor_split(long size, long dim = 0) => OpList("tensor_split.sections", this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => OpList("tensor_split.indices", this, sizes, dim);
        public Tensor[] tensor_split(Tensor indices, long dim = 0) =>
            OpList("tensor_split.tensor_indices_or_sections", this, indices, dim);
        public Tensor[] chunk(long chunks, long dim = 0) => OpList("chunk", this, chunks, dim);

        public Tensor repeat(params long[] sizes) => Op("repeat", this, sizes);
        public Tensor tile(long[] reps) => Op("tile", this, reps);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Op("repeat_interleave.self_Tensor", this, repeats, dim, output_size);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Op("repeat_interleave.self_int", this, repeats, dim, output_size);
        public Tensor flip(params long[] dims) => Op("flip", this, dims);
        public Tensor roll(long shifts, long? dims = null) =>
            Op("roll", this, new[] { shifts }, dims is { } d ? new[] { d } : []);
        public Tensor roll(long[] shifts) => Op("roll", this, shifts);
        public Tensor roll(long[] shifts, long[] dims) => Op("roll", this, shifts, dims);
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Op("roll", this, shifts, dims);

        public Tensor gather(long dim, Tensor index) => Op("gather", this, dim, index);
        public Tensor take(Tensor index) => Op("take", this, index);
        public Tensor scatter(long dim, Tensor index, Tensor src) => Op("scatter.src", this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Op("scatter_.src", this, dim, index, src);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Op("scatter_add", this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Op("scatter_add_", this, dim, index, src);
        public Tensor index_select(long dim, Tensor index) => Op("index_select", this, dim, index);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op("index_add", this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op("index_add_", this, dim, index, source, alpha);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Op("index_copy_", this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Op("index_fill.int_Scalar", this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Op("index_fill_.int_Scalar", this, dim, index, value);
        public Tensor masked_select(Tensor mask) => Op("masked_select", this, mask);
        public Tensor masked_scatter(Tensor mask, Tensor value) => Op("masked_scatter", this, mask, value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => Op("masked_scatter_", this, mask, value);
        public Tensor nonzero() => Op("nonzero", this);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("zeros_like", this, dtype, Arg.None, device), requires_grad);
        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("ones_like", this, dtype, Arg.None, device), requires_grad);
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("empty_like", this, dtype, Arg.None, device), requires_grad);
        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("full_like", this, value, dtype, Arg.None, device), requires_grad);
        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("rand_like", this, dtype, Arg.None, device), requires_grad);
        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("randn_like", this, dtype, Arg.None, device), requires_grad);
        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            new_zeros([size], dtype, device, requires_grad);
        public Tensor new_zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            new_zeros([rows, columns], dtype, device, requires_grad);
        public Tensor new_zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            new_zeros([dim0, dim1, dim2], dtype, device, requires_grad);
        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);
        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor bernoulli(Generator? generator = null) => Op("bernoulli", this, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Op("bernoulli_.float", this, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Op("bernoulli_.Tensor", this, p, generator);
        public Tensor exponential_(double lambda = 1, Generator? generator = null) => Op("exponential_", this, lambda, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Op("normal_", this, mean, std, generator);
        public Tensor random_(double from, double to, Generator? generator = null) => Op("random_.from", this, (long)from, (long)to, generator);
        public Tensor uniform_(double from, double to, Generator? generator = null) => Op("uniform_", this, from, to, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Op("multinomial", this, num_samples, replacement, generator);
    }

    private static Tensor Leaf(Tensor tensor, bool requires_grad) =>
        requires_grad ? tensor.requires_grad_() : tensor;
}
