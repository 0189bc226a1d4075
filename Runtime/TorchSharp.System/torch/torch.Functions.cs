using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.Aten;

namespace TorchSharp;

/// <summary>Functions of several tensors, and those whose first argument has another name than the method's.</summary>
public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Op("cat", Arg.List(tensors), dim);
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Op("cat", tensors, dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => Op("cat", tensors, dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op("stack", Arg.List(tensors), dim);
    public static Tensor hstack(IList<Tensor> tensors) => Op("hstack", Arg.List(tensors));
    public static Tensor hstack(params Tensor[] tensors) => Op("hstack", tensors);
    public static Tensor hstack(IEnumerable<Tensor> tensors) => Op("hstack", Arg.List(tensors));
    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => Op("hstack", tensors);
    public static Tensor vstack(IList<Tensor> tensors) => Op("vstack", Arg.List(tensors));
    public static Tensor vstack(Tensor[] tensors) => Op("vstack", tensors);
    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => Op("vstack", tensors);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Op("where.self", condition, x, y);
    public static Tensor[] where(Tensor condition) => OpList("where", condition);
    public static Tensor gather(Tensor input, long dim, Tensor index, bool sparse_grad = false) =>
        Op("gather", input, dim, index, sparse_grad);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Op("einsum", equation, tensors);
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor norm(Tensor input) => input.norm();
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary) =>
        Op("cdist", x1, x2, p, (long)compute_mode);
    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);
    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);
    public static (Tensor values, Tensor indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) =>
        input.sort(dim, descending, stable);
    public static (Tensor values, Tensor indices) topk(Tensor tensor, int k, int dim = -1, bool largest = true, bool sorted = true) =>
        tensor.topk(k, dim, largest, sorted);
    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) =>
        input.bincount(weights, minlength);
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Op("searchsorted.Tensor", sorted_sequence, values, out_int32, right, Arg.None, sorter);
    public static Tensor bucketize(Tensor input, Tensor boundaries, bool outInt32 = false, bool right = false) =>
        Op("bucketize.Tensor", input, boundaries, outInt32, right);
    public static Tensor argsort(Tensor input, long dim = -1, bool descending = false) => input.argsort(dim, descending);
    public static Tensor broadcast_to(Tensor input, params long[] shape) => input.broadcast_to(shape);
    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);
    public static Tensor repeat_interleave(Tensor input, Tensor repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 1) =>
        input.diagonal(offset, dim1, dim2);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        OpList("meshgrid.indexing", Arg.List(tensors), indexing);

    /// <summary>The distinct elements (or slices along <paramref name="dim"/>); what was not asked for is empty.</summary>
    public static (Tensor output, Tensor inverse_indices, Tensor counts) unique(Tensor input, bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null) =>
        dim is { } d
            ? Op3("unique_dim", input, (long)d, sorted, return_inverse, return_counts)
            : Op3("_unique2", input, sorted, return_inverse, return_counts);

    public static partial class fft
    {
        public static Tensor fft_(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) =>
            Op("fft_fft", input, Length(n), dim, norm.Text());
        public static Tensor ifft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) =>
            Op("fft_ifft", input, Length(n), dim, norm.Text());
        public static Tensor rfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) =>
            Op("fft_rfft", input, Length(n), dim, norm.Text());
        public static Tensor irfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) =>
            Op("fft_irfft", input, Length(n), dim, norm.Text());
        public static Tensor rfftfreq(long n, double d = 1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Leaf(Op("fft_rfftfreq", n, d, dtype ?? default_dtype, Arg.None, device ?? default_device), requires_grad);

        private static long? Length(long n) => n < 0 ? null : n;
    }

    public static partial class linalg
    {
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Op("linalg_norm", input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Op("linalg_norm.ord_str", input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) =>
            norm(input, (double)ord, dims, keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Op("linalg_norm", input, Arg.None, dims, keepdim);
        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Op("linalg_vector_norm", input, ord, dims, keepdim);
        public static Tensor inv(Tensor input) => Op("linalg_inv", input);
        public static Tensor det(Tensor input) => Op("linalg_det", input);
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Op("linalg_solve", A, B, left);
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) =>
            Op3("linalg_svd", input, fullMatrices);
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op2("linalg_eigh", input, UPLO.ToString());
    }
}
