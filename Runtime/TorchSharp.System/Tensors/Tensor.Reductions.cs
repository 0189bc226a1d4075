using System;
using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Sums and other reductions, sorting, and products of matrices.</summary>
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Op("sum", this, NotAnAxis(type));
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Op("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Op("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1], keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1, dim2], keepdim, type);
        public Tensor mean() => Op("mean", this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Op("mean.dim", this, dimensions, keepdim, type);
        public Tensor prod(ScalarType? type = null) => Op("prod", this, NotAnAxis(type));
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Op("prod.dim_int", this, dim, keepdim, type);
        public Tensor std(bool unbiased = true) => Op("std", this, unbiased);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("std.dim", dimensions, unbiased, keepdim, type);
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("std.dim", dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("std.dim", [dim], unbiased, keepdim, type);
        public Tensor var(bool unbiased = true) => Op("var", this, unbiased);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("var.dim", dimensions, unbiased, keepdim, type);
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("var.dim", dimensions.ToArray(), unbiased, keepdim, type);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed("var.dim", [dim], unbiased, keepdim, type);
        public Tensor norm(float p = 2) => Op("norm.Scalar", this, (double)p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            Op("norm.ScalarOpt_dim", this, (double)p, new long[] { dim }, keepdim);
        public Tensor logsumexp(long dim, bool keepdim = false) => Op("logsumexp", this, new[] { dim }, keepdim);
        public Tensor all() => Op("all", this);
        public Tensor all(long dim, bool keepdim = false) => Op("all.dim", this, dim, keepdim);
        public Tensor any() => Op("any", this);
        public Tensor any(long dim, bool keepdim = false) => Op("any.dim", this, dim, keepdim);
        public Tensor count_nonzero(long[]? dims = null) =>
            dims is null ? Op("count_nonzero", this) : Op("count_nonzero.dim_IntList", this, dims);

        // To the compiler a literal 0 is the first ScalarType rather than a long: the package would sum everything in bytes.
        private static ScalarType? NotAnAxis(ScalarType? type) => type != ScalarType.Byte
            ? type
            : throw new ArgumentException("sum(0) means sum(type: uint8); write sum(dim: 0)");

        private Tensor Typed(string op, long[] dimensions, bool unbiased, bool keepdim, ScalarType? type)
        {
            if (type is not { } t) return Op(op, this, dimensions, unbiased, keepdim);
            using var typed = to(t);
            return Op(op, typed, dimensions, unbiased, keepdim);
        }

        public Tensor max() => Op("max", this);
        public Tensor min() => Op("min", this);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Op2("max.dim", this, dim, keepdim);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Op2("min.dim", this, dim, keepdim);
        public Tensor amax(params long[] dims) => Op("amax", this, dims);
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => Extreme("amax", dims, keepdim, @out);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Extreme("amax", dims.ToArray(), keepdim, @out);
        public Tensor amin(params long[] dims) => Op("amin", this, dims);
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => Extreme("amin", dims, keepdim, @out);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Extreme("amin", dims.ToArray(), keepdim, @out);
        public Tensor argmax() => Op("argmax", this);
        public Tensor argmax(long dim, bool keepdim = false) => Op("argmax", this, dim, keepdim);
        public Tensor argmin() => Op("argmin", this);
        public Tensor argmin(long dim, bool keepdim = false) => Op("argmin", this, dim, keepdim);
        public Tensor median() => Op("median", this);
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Op("quantile", this, q, dim, keepdim);

        private Tensor Extreme(string op, long[] dims, bool keepdim, Tensor? target)
        {
            var result = Op(op, this, dims, keepdim);
            if (target is null) return result;
            using (result) return target.copy_(result);
        }

        public Tensor argsort(long dim = -1, bool descending = false) => Op("argsort", this, dim, descending);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Op2("sort.stable", this, stable, dim, descending);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Op2("topk", this, (long)k, (long)dim, largest, sorted);
        public Tensor cumsum(long dim, ScalarType? type = null) => Op("cumsum", this, dim, type);
        public Tensor cumprod(long dim, ScalarType? type = null) => Op("cumprod", this, dim, type);
        public (Tensor values, Tensor indexes) cummax(long dim) => Op2("cummax", this, dim);
        public Tensor logcumsumexp(long dim) => Op("logcumsumexp", this, dim);
        public Tensor bincount(Tensor? weights, long minlength = 0) => Op("bincount", this, weights, minlength);
        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Op("histc", this, bins, min, max);
        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Op("diff", this, n, dim, prepend, append);

        public Tensor matmul(Tensor target) => Op("matmul", this, target);
        public Tensor mm(Tensor target) => Op("mm", this, target);
        public Tensor mv(Tensor target) => Op("mv", this, target);
        public Tensor dot(Tensor target) => Op("dot", this, target);
        public Tensor bmm(Tensor batch2) => Op("bmm", this, batch2);
        public Tensor outer(Tensor vec2) => Op("outer", this, vec2);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Op("addmm", this, mat1, mat2, (double)beta, (double)alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Op("baddbmm", this, batch1, batch2, (double)beta, (double)alpha);
        public Tensor inverse() => Op("linalg_inv", this);
        public Tensor trace() => Op("trace", this);

        public Tensor stft(long n_fft, long hop_length = -1, long win_length = -1, Tensor? window = null, bool center = true, PaddingModes pad_mode = PaddingModes.Reflect, bool normalized = false, bool? onesided = null, bool? return_complex = null) =>
            Op("stft.center", this, n_fft, Given(hop_length), Given(win_length), window, center, pad_mode.Text(),
                normalized, onesided, return_complex);
        public Tensor istft(long n_fft, long hop_length = -1, long win_length = -1, Tensor? window = null, bool center = true, bool normalized = false, bool? onesided = null, long length = -1, bool return_complex = false) =>
            Op("istft", this, n_fft, Given(hop_length), Given(win_length), window, center, normalized, onesided,
                Given(length), return_complex);

        private static long? Given(long value) => value < 0 ? null : value;
    }
}
