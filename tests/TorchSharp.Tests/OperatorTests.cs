using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Operators against closed forms and hand-computed values; the real package's public API only.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> Pointwise => [.. Functions.Keys];

    private static readonly Dictionary<string, (Func<Tensor, Tensor> op, Func<double, double> formula)> Functions = new()
    {
        ["exp"] = (x => x.exp(), Math.Exp),
        ["log1p"] = (x => x.log1p(), x => Math.Log(1 + x)),
        ["tanh"] = (x => x.tanh(), Math.Tanh),
        ["sigmoid"] = (x => x.sigmoid(), x => 1 / (1 + Math.Exp(-x))),
        ["relu"] = (x => x.relu(), x => Math.Max(x, 0)),
        ["silu"] = (x => nn.functional.silu(x), x => x / (1 + Math.Exp(-x))),
        ["softplus"] = (x => nn.functional.softplus(x), x => Math.Log(1 + Math.Exp(x))),
        ["gelu tanh"] = (x => x.gelu(Modules.GELU.Approximate.tanh),
            x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        ["abs"] = (x => x.abs(), Math.Abs),
        ["square"] = (x => x.square(), x => x * x),
        ["sin cos"] = (x => x.sin() * x.cos(), x => Math.Sin(2 * x) / 2),
        ["pow"] = (x => (x + 2).pow(1.5), x => Math.Pow(x + 2, 1.5)),
        ["clamp"] = (x => x.clamp(-0.25, 0.5), x => Math.Clamp(x, -0.25, 0.5)),
        ["1 / x"] = (x => 1 / (x + 3), x => 1 / (x + 3)),
        ["1 - x"] = (x => 1 - x, x => 1 - x),
        ["x % 0.3"] = (x => x % 0.3, x => x - Math.Floor(x / 0.3) * 0.3),
        ["rsqrt"] = (x => (x + 2).rsqrt(), x => 1 / Math.Sqrt(x + 2)),
        ["floor ceil round"] = (x => (x * 5).floor() + (x * 5).ceil() * 100 + (x * 5).round() * 10000,
            x => Math.Floor(x * 5) + Math.Ceiling(x * 5) * 100 + Math.Round(x * 5, MidpointRounding.ToEven) * 10000),
        ["sign"] = (x => x.sign(), x => Math.Sign(x)),
        ["int arithmetic"] = (x => x * 3 + 2 - x / 4, x => x * 3 + 2 - x / 4),
        ["addcmul"] = (x => x.addcmul(x, x, 0.5), x => x + 0.5 * x * x),
        ["addcdiv"] = (x => x.addcdiv(x, x + 2, 0.5), x => x + 0.5 * x / (x + 2)),
        ["lerp"] = (x => x.lerp(x * 3, tensor(0.25, dtype: float64)), x => x * 1.5),
    };

    [Theory, MemberData(nameof(Pointwise))]
    public void A_pointwise_operator_is_its_formula(string name)
    {
        var (op, formula) = Functions[name];
        var x = Some(4, 5);
        Close(op(x), Values(x).Select(formula).ToArray(), 1e-12);
    }

    [Fact]
    public void In_place_operators_change_their_tensor_and_return_another_handle_of_it()
    {
        var x = tensor(new[] { 1f, 2f });
        var y = x.add_(1);
        Close(x, [2, 3]);
        y.mul_(2);
        Close(x, [4, 6]);
        y.Dispose();
        Close(x, [4, 6]);
        x.zero_();
        x.fill_(3);
        Close(x, [3, 3]);
    }

    [Fact]
    public void Reductions()
    {
        var x = tensor(new[] { 1.0, 2, 3, 4, 5, 7 }, 2, 3);
        Assert.Equal(22, x.sum().ToDouble());
        Close(x.sum(dim: 0), [5, 7, 10]);
        Assert.Equal([2L, 1], x.sum(1, keepdim: true).shape);
        Close(x.mean([1L]), [2, 16.0 / 3]);
        Close(x.var(1), [1, 7.0 / 3]);
        Close(x.std(1, unbiased: false), [Math.Sqrt(2.0 / 3), Math.Sqrt(14.0 / 9)]);
        Close(x.max(1).values, [3, 7]);
        Close(x.max(1).indexes, [2, 2]);
        Close(x.argmin(0), [0, 0, 0]);
        Close(x.amax(0), [4, 5, 7]);
        Close(x.prod(1), [6, 140]);
        Close(x.cumsum(1), [1, 3, 6, 4, 9, 16]);
        Close(x.logsumexp(1), [3 + Math.Log(1 + Math.Exp(-1) + Math.Exp(-2)), 7 + Math.Log(1 + Math.Exp(-2) + Math.Exp(-3))]);
        Close(x.norm(), [Math.Sqrt(104)]);
        Close(linalg.norm(x, dims: [1]), [Math.Sqrt(14), Math.Sqrt(90)]);
        Close(linalg.vector_norm(x, 1), [22]);
        Assert.True((x > 0).all().ToBoolean());
        Assert.False((x > 7).any().ToBoolean());
        Close(x.topk(2).values, [3, 2, 7, 5]);
        Close(x.sort(1, descending: true).Values[0], [3, 2, 1]);
        Close(tensor(new[] { 3L, 1, 2 }).argsort(), [1, 2, 0]);
        Close(bincount(tensor(new[] { 0L, 2, 2 }), minlength: 4), [1, 0, 2, 0]);
        Close((x > 3).nonzero(), [1, 0, 1, 1, 1, 2]);
    }

    [Fact]
    public void Gather_scatter_and_masks()
    {
        var x = tensor(new[] { 1.0, 2, 3, 4, 5, 6 }, 2, 3);
        var index = tensor(new[] { 0L, 2, 1, 1 }, 2, 2);
        Close(x.gather(1, index), [1, 3, 5, 5]);
        Close(zeros(2, 3, float64).scatter(1, index, x), [1, 0, 2, 0, 5, 0]);
        Close(zeros(2, 3, float64).scatter_add(1, index, x), [1, 0, 2, 0, 9, 0]);
        Close(x.index_select(1, tensor(new[] { 2L, 0 })), [3, 1, 6, 4]);
        Close(zeros(2, float64).index_add(0, tensor(new[] { 1L, 1 }), tensor(new[] { 1.0, 2 }), 2), [0, 6]);
        Close(x.masked_fill(x > 4, -1), [1, 2, 3, 4, -1, -1]);
        Close(x.masked_select(x > 4), [5, 6]);
        Close(x.tril(), [1, 0, 0, 4, 5, 0]);
        Close(x.triu(1), [0, 2, 3, 0, 0, 6]);
        Close(nn.functional.one_hot(tensor(new[] { 1L, 0 }), 3), [0, 1, 0, 1, 0, 0]);
        Close(nn.functional.pad(tensor(new[] { 1.0, 2, 3 }), (1, 2), value: 9), [9, 1, 2, 3, 9, 9]);
        Close(nn.functional.pad(tensor(new[] { 1.0, 2, 3 }).view(1, 3), (1, 1), PaddingModes.Reflect), [2, 1, 2, 3, 2]);
    }

    [Fact]
    public void Products()
    {
        var a = tensor(new[] { 1.0, 2, 3, 4 }, 2, 2);
        var b = tensor(new[] { 5.0, 6, 7, 8 }, 2, 2);
        Close(a.matmul(b), [19, 22, 43, 50]);
        Close(a.mm(b), [19, 22, 43, 50]);
        Close(einsum("ij,jk->ik", a, b), [19, 22, 43, 50]);
        Close(a.unsqueeze(0).bmm(b.unsqueeze(0)), [19, 22, 43, 50]);
        Close(a.addmm(a, b, beta: 2, alpha: 0.5f), [11.5, 15, 27.5, 33]);
        Close(a.mv(tensor(new[] { 1.0, 1 })), [3, 7]);
        Close(tensor(new[] { 1.0, 2 }).outer(tensor(new[] { 3.0, 4 })), [3, 4, 6, 8]);
        Close(cdist(a, b), [Math.Sqrt(32), Math.Sqrt(72), Math.Sqrt(8), Math.Sqrt(32)]);
        Close(nn.functional.linear(a, b, tensor(new[] { 1.0, -1 })), [18, 22, 40, 52]);
    }

    [Fact]
    public void Convolution_pooling_and_attention_by_hand()
    {
        var x = tensor(new[] { 1.0, 2, 3, 4, 5 }, 1, 1, 5);
        var kernel = tensor(new[] { 1.0, 0, -1 }, 1, 1, 3);
        Close(nn.functional.conv1d(x, kernel), [-2, -2, -2]);
        Close(nn.functional.conv1d(x, kernel, tensor(new[] { 10.0 }), stride: 2, padding: 1), [8, 8, 14]);
        Close(nn.functional.conv1d(x, kernel, dilation: 2), [-4]);
        var two = cat([x, x * 10], 1);
        Close(nn.functional.conv1d(two, cat([kernel, kernel], 0), groups: 2), [-2, -2, -2, -20, -20, -20]);
        Close(nn.functional.max_pool1d(x, 2), [2, 4]);
        Close(nn.functional.avg_pool1d(x, 3, stride: 2), [2, 4]);
        Close(nn.functional.conv_transpose1d(tensor(new[] { 1.0, 2 }, 1, 1, 2), kernel, stride: 2), [1, 0, 1, 0, -2]);

        var q = tensor(new[] { 1.0, 0 }, 1, 2);
        var keys = tensor(new[] { 1.0, 0, 0, 1 }, 2, 2);
        var e = Math.Exp(1 / Math.Sqrt(2));
        Close(nn.functional.scaled_dot_product_attention(q, keys, keys), [e / (e + 1), 1 / (e + 1)]);
        Close(nn.functional.scaled_dot_product_attention(keys, keys, keys, is_casual: true)[0], [1, 0]);
    }

    [Fact]
    public void Normalised_outputs()
    {
        var x = tensor(new[] { 1.0, 2, 3, 4 }, 2, 2);
        var s = 1 / (1 + Math.E);
        Close(x.softmax(1), [s, 1 - s, s, 1 - s]);
        Close(x.log_softmax(1).exp(), [s, 1 - s, s, 1 - s]);
        var norm = 0.5 / Math.Sqrt(0.25 + 1e-5);
        Close(nn.functional.layer_norm(x, [2]), [-norm, norm, -norm, norm], 1e-9);
        Close(nn.functional.layer_norm(x, [2], tensor(new[] { 2.0, 3 }), tensor(new[] { 1.0, -1 })),
            [1 - 2 * norm, 3 * norm - 1, 1 - 2 * norm, 3 * norm - 1], 1e-9);
        Close(nn.functional.group_norm(x.view(1, 4, 1), 2).view(4), [-norm, norm, -norm, norm], 1e-9);
        var column = 1 / Math.Sqrt(1 + 1e-5);
        Close(nn.functional.batch_norm(x, null, null, training: true), [-column, -column, column, column], 1e-9);
        Close(nn.functional.instance_norm(x.view(1, 2, 2)), [-norm, norm, -norm, norm], 1e-9);
        Close(nn.functional.normalize(tensor(new[] { 3.0, 4 }, 1, 2)), [0.6, 0.8]);
    }

    [Fact]
    public void Losses()
    {
        var logits = tensor(new[] { 1.0, 2, 0, 0 }, 2, 2);
        var target = tensor(new[] { 1L, 0 });
        var losses = new[] { Math.Log(1 + Math.Exp(-1)), Math.Log(2) };
        Close(nn.functional.cross_entropy(logits, target), [losses.Average()]);
        Close(nn.functional.cross_entropy(logits, target, reduction: nn.Reduction.None), losses);
        Close(nn.functional.cross_entropy(logits, target, weight: tensor(new[] { 3.0, 1 })), [(losses[0] + 3 * losses[1]) / 4]);
        Close(nn.functional.cross_entropy(logits, tensor(new[] { 1L, -100 })), [losses[0]]);
        Close(nn.functional.nll_loss(logits.log_softmax(1), target), [losses.Average()]);
        Close(nn.functional.mse_loss(logits, zeros(2, 2, float64)), [1.25]);
        Close(nn.functional.l1_loss(logits, zeros(2, 2, float64), nn.Reduction.Sum), [3]);
        Close(nn.functional.binary_cross_entropy_with_logits(zeros(2, float64), tensor(new[] { 0.0, 1 })), [Math.Log(2)]);
    }

    [Fact]
    public void Spectra()
    {
        var n = 16;
        var wave = (arange(n, float64) * (2 * Math.PI * 3 / n)).cos();
        var spectrum = fft.rfft(wave).abs();
        Assert.Equal(9, spectrum.numel());
        Close(spectrum, [0, 0, 0, 8, 0, 0, 0, 0, 0], 1e-9);
        Close(fft.irfft(fft.rfft(wave), n), wave, 1e-12);
        var frames = wave.stft(8, hop_length: 4, window: hann_window(8, dtype: float64), center: false, return_complex: true);
        Assert.Equal([5L, 3], frames.shape);
        Assert.Equal(ScalarType.ComplexFloat64, frames.dtype);
    }

    [Fact]
    public void A_failing_operator_throws_torchs_own_message()
    {
        Throws("mat1 and mat2 shapes cannot be multiplied", () => zeros(2, 3).matmul(zeros(4, 5)));
        Throws("mat1 and mat2 shapes cannot be multiplied", () => zeros(2, 3).mm(zeros(4, 5)));
        Throws("size of tensor a (3) must match the size of tensor b (4)", () => (zeros(3) + zeros(4)).Dispose());
        Throws("Sizes of tensors must match except in dimension 0", () => cat([zeros(2, 3), zeros(2, 4)]));
        Throws("Kernel size can't be greater than actual input size", () => nn.functional.conv1d(zeros(1, 1, 2), zeros(1, 1, 3)));
        Throws("out of range", () => arange(3)[5].Dispose());
        Throws("Target 7 is out of bounds", () => nn.functional.cross_entropy(zeros(1, 2), tensor(new[] { 7L })));
        Throws("shape '[5]' is invalid for input of size 4", () => zeros(2, 2).view(5));
        Throws("does not require grad", () => zeros(1).backward());
        Throws("index out of", () => zeros(3).index_select(0, tensor(new[] { 3L })));

        static void Throws(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<ExternalException>(action).Message);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var x = zeros(1);
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.ThrowsAny<InvalidOperationException>(() => x.abs());
    }
}
