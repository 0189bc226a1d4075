using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Element by element; a name that ends in _ works in place.</summary>
    public partial class Tensor
    {
        public Tensor abs() => Op("abs", this);
        public Tensor ceil() => Op("ceil", this);
        public Tensor cos() => Op("cos", this);
        public Tensor erf() => Op("erf", this);
        public Tensor exp() => Op("exp", this);
        public Tensor exp2() => Op("exp2", this);
        public Tensor expm1() => Op("expm1", this);
        public Tensor floor() => Op("floor", this);
        public Tensor log() => Op("log", this);
        public Tensor log10() => Op("log10", this);
        public Tensor log1p() => Op("log1p", this);
        public Tensor log2() => Op("log2", this);
        public Tensor neg() => Op("neg", this);
        public Tensor reciprocal() => Op("reciprocal", this);
        public Tensor relu() => Op("relu", this);
        public Tensor rsqrt() => Op("rsqrt", this);
        public Tensor sigmoid() => Op("sigmoid", this);
        public Tensor sign() => Op("sign", this);
        public Tensor sin() => Op("sin", this);
        public Tensor sqrt() => Op("sqrt", this);
        public Tensor tan() => Op("tan", this);
        public Tensor tanh() => Op("tanh", this);
        public Tensor trunc() => Op("trunc", this);
        public Tensor logical_not() => Op("logical_not", this);
        public Tensor asin() => Op("asin", this);
        public Tensor acos() => Op("acos", this);
        public Tensor atan() => Op("atan", this);
        public Tensor sinh() => Op("sinh", this);
        public Tensor cosh() => Op("cosh", this);
        public Tensor erfc() => Op("erfc", this);
        public Tensor erfinv() => Op("erfinv", this);
        public Tensor frac() => Op("frac", this);

        public Tensor abs_() => Op("abs_", this);
        public Tensor ceil_() => Op("ceil_", this);
        public Tensor exp_() => Op("exp_", this);
        public Tensor exp2_() => Op("exp2_", this);
        public Tensor expm1_() => Op("expm1_", this);
        public Tensor floor_() => Op("floor_", this);
        public Tensor log_() => Op("log_", this);
        public Tensor log10_() => Op("log10_", this);
        public Tensor log1p_() => Op("log1p_", this);
        public Tensor log2_() => Op("log2_", this);
        public Tensor neg_() => Op("neg_", this);
        public Tensor reciprocal_() => Op("reciprocal_", this);
        public Tensor relu_() => Op("relu_", this);
        public Tensor rsqrt_() => Op("rsqrt_", this);
        public Tensor sigmoid_() => Op("sigmoid_", this);
        public Tensor sign_() => Op("sign_", this);
        public Tensor sqrt_() => Op("sqrt_", this);
        public Tensor tanh_() => Op("tanh_", this);
        public Tensor trunc_() => Op("trunc_", this);
        public Tensor logical_not_() => Op("logical_not_", this);
        public Tensor erf_() => Op("erf_", this);
        public Tensor sin_() => Op("sin_", this);
        public Tensor cos_() => Op("cos_", this);
        public Tensor tan_() => Op("tan_", this);

        public Tensor negative() => neg();
        public Tensor square() => Op("square", this);
        public Tensor round(long decimals = 0) => Op("round.decimals", this, decimals);
        public Tensor round_(long decimals = 0) => Op("round_.decimals", this, decimals);
        public Tensor isinf() => Op("isinf", this);
        public Tensor isfinite() => Op("isfinite", this);
        public Tensor isnan() => Op("isnan", this);
        public Tensor angle() => Op("angle", this);
        public Tensor conj() => Op("conj", this);
        public Tensor real => Op("real", this);
        public Tensor imag => Op("imag", this);
        public Tensor view_as_real() => Op("view_as_real", this);
        public Tensor view_as_complex() => Op("view_as_complex", this);
        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) =>
            Op("nan_to_num", this, nan, posinf, neginf);

        public Tensor add(Tensor target) => Op("add.Tensor", this, target);
        public Tensor add(Tensor target, Scalar alpha) => Op("add.Tensor", this, target, alpha);
        public Tensor add(Scalar scalar) => Op("add.Scalar", this, scalar);
        public Tensor add(Scalar scalar, Scalar alpha) => Op("add.Scalar", this, scalar, alpha);
        public Tensor add_(Tensor target) => Op("add_.Tensor", this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Op("add_.Tensor", this, target, alpha);
        public Tensor add_(Scalar scalar) => Op("add_.Scalar", this, scalar);
        public Tensor add_(Scalar scalar, Scalar alpha) => Op("add_.Scalar", this, scalar, alpha);
        public Tensor sub(Tensor target) => Op("sub.Tensor", this, target);
        public Tensor sub(Scalar target) => Op("sub.Scalar", this, target);
        public Tensor sub_(Tensor target) => Op("sub_.Tensor", this, target);
        public Tensor sub_(Scalar target) => Op("sub_.Scalar", this, target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract(Scalar target) => sub(target);
        public Tensor mul(Tensor target) => Op("mul.Tensor", this, target);
        public Tensor mul(Scalar target) => Op("mul.Scalar", this, target);
        public Tensor mul_(Tensor target) => Op("mul_.Tensor", this, target);
        public Tensor mul_(Scalar target) => Op("mul_.Scalar", this, target);
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op("div.Tensor_mode", this, target, rounding_mode.Text());
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op("div.Scalar_mode", this, target, rounding_mode.Text());
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op("div_.Tensor_mode", this, target, rounding_mode.Text());
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op("div_.Scalar_mode", this, target, rounding_mode.Text());
        public Tensor floor_divide(Tensor other) => Op("floor_divide", this, other);
        public Tensor floor_divide(Scalar other) => Op("floor_divide.Scalar", this, other);
        public Tensor remainder(Tensor target) => Op("remainder.Tensor", this, target);
        public Tensor remainder(Scalar scalar) => Op("remainder.Scalar", this, scalar);
        public Tensor remainder_(Tensor target) => Op("remainder_.Tensor", this, target);
        public Tensor remainder_(Scalar scalar) => Op("remainder_.Scalar", this, scalar);
        public Tensor fmod(Tensor target) => Op("fmod.Tensor", this, target);
        public Tensor fmod(Scalar scalar) => Op("fmod.Scalar", this, scalar);
        public Tensor pow(Tensor exponent) => Op("pow.Tensor_Tensor", this, exponent);
        public Tensor pow(Scalar exponent) => Op("pow.Tensor_Scalar", this, exponent);
        public Tensor pow_(Tensor exponent) => Op("pow_.Tensor", this, exponent);
        public Tensor pow_(Scalar exponent) => Op("pow_.Scalar", this, exponent);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Op("addcmul", this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Op("addcmul_", this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Op("addcdiv", this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Op("addcdiv", this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Op("addcdiv_", this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Op("addcdiv_", this, tensor1, tensor2, value);
        public Tensor lerp(Tensor end, Tensor weight) => Op("lerp.Tensor", this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Op("lerp_.Tensor", this, end, weight);
        public Tensor atan2(Tensor other) => Op("atan2", this, other);
        public Tensor logaddexp(Tensor other) => Op("logaddexp", this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op("clamp", this, min, max);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Op("clamp.Tensor", this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Op("clamp_", this, min, max);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Op("clamp_.Tensor", this, min, max);
        public Tensor clamp_max(Scalar max) => Op("clamp_max", this, max);
        public Tensor clamp_min(Scalar min) => Op("clamp_min", this, min);
        public Tensor clamp_max_(Scalar max) => Op("clamp_max_", this, max);
        public Tensor clamp_min_(Scalar min) => Op("clamp_min_", this, min);
        public Tensor maximum(Tensor other) => Op("maximum", this, other);
        public Tensor minimum(Tensor other) => Op("minimum", this, other);
        public Tensor max(Tensor other) => maximum(other);
        public Tensor min(Tensor other) => minimum(other);

        public Tensor fill_(Scalar value) => Op("fill_.Scalar", this, value);
        public Tensor zero_() => Op("zero_", this);
        public Tensor masked_fill(Tensor mask, Scalar value) => Op("masked_fill.Scalar", this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Op("masked_fill_.Scalar", this, mask, value);
        public Tensor where(Tensor condition, Tensor y) => Op("where.self", condition, this, y);

        public Tensor logical_and(Tensor other) => Op("logical_and", this, other);
        public Tensor logical_or(Tensor other) => Op("logical_or", this, other);
        public Tensor logical_xor(Tensor other) => Op("logical_xor", this, other);
        public Tensor bitwise_and(Tensor other) => Op("bitwise_and.Tensor", this, other);
        public Tensor bitwise_or(Tensor other) => Op("bitwise_or.Tensor", this, other);
        public Tensor bitwise_xor(Tensor other) => Op("bitwise_xor.Tensor", this, other);
        public Tensor bitwise_not() => Op("bitwise_not", this);

        public Tensor softplus(double beta = 1, double threshold = 20) => Op("softplus", this, beta, threshold);
        public Tensor silu() => Op("silu", this);
        public Tensor leaky_relu(Scalar negative_slope) => Op("leaky_relu", this, negative_slope);
        public Tensor gelu() => Gelu("none");
        public Tensor gelu(Modules.GELU.Approximate approximate) =>
            Gelu(approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none");

        /// <summary>gelu whose gradient is right for any layout of the incoming gradient (native/torchsharp_system.cpp).</summary>
        private unsafe Tensor Gelu(string approximate)
        {
            System.IntPtr result;
            Library.Check(Library.ts_gelu(Handle, approximate, &result));
            System.GC.KeepAlive(this);
            return new Tensor(result);
        }

        public Tensor softmax(long dim, ScalarType? dtype = null) => Op("softmax.int", this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Op("log_softmax.int", this, dim, dtype);
    }
}
