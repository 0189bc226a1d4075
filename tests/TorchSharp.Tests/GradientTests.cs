using TorchSharp;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Tests;

/// <summary>Gradients against finite differences; the real package's public API only.</summary>
public sealed class GradientTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static readonly Dictionary<string, (Func<Tensor[], Tensor> f, Func<Tensor[]> inputs)> Cases = new()
    {
        ["add, broadcast"] = (x => x[0] + x[1], () => [Some(2, 3), Seeded(5, 3)]),
        ["mul, broadcast"] = (x => x[0] * x[1] * 2, () => [Some(2, 3), Seeded(5, 3)]),
        ["div"] = (x => x[0] / (x[1] + 2), () => [Some(2, 3), Seeded(5, 2, 3)]),
        ["tanh sigmoid"] = (x => x[0].tanh() * x[0].sigmoid(), () => [Some(2, 3)]),
        ["relu"] = (x => (x[0] + 0.05).relu(), () => [Some(4, 3)]),
        ["gelu"] = (x => x[0].gelu(), () => [Some(4, 3)]),
        ["gelu, then transposed"] = (x => x[0].gelu().transpose(1, 2), () => [Some(2, 3, 4)]),
        ["gelu tanh"] = (x => functional.gelu(x[0], Modules.GELU.Approximate.tanh), () => [Some(4, 3)]),
        ["silu"] = (x => functional.silu(x[0]), () => [Some(4, 3)]),
        ["glu"] = (x => functional.glu(x[0]), () => [Some(3, 4)]),
        ["exp log sqrt"] = (x => ((x[0].exp() + 1).log() + 2).sqrt(), () => [Some(4, 3)]),
        ["pow"] = (x => (x[0] + 2).pow(2.5), () => [Some(4)]),
        ["clamp"] = (x => x[0].clamp(-0.5, 0.5), () => [Some(8)]),
        ["maximum"] = (x => maximum(x[0], x[1]), () => [Some(8), Seeded(5, 8)]),
        ["where"] = (x => torch.where(x[0].detach() > 0, x[0] * 2, x[1]), () => [Some(8), Seeded(5, 8)]),
        ["masked_fill"] = (x => x[0].masked_fill(tensor(new[] { true, false, true }), 3), () => [Some(2, 3)]),
        ["sum mean var"] = (x => x[0].sum(1) + x[0].mean([1L]) + x[0].var(1), () => [Some(3, 4)]),
        ["norm"] = (x => linalg.norm(x[0], dims: [1]), () => [Some(3, 4)]),
        ["normalize"] = (x => functional.normalize(x[0], dim: -1), () => [Some(3, 4)]),
        ["logsumexp"] = (x => x[0].logsumexp(1), () => [Some(3, 4)]),
        ["softmax"] = (x => x[0].softmax(-1), () => [Some(3, 4)]),
        ["log_softmax"] = (x => x[0].log_softmax(-1), () => [Some(3, 4)]),
        ["cumsum"] = (x => x[0].cumsum(1), () => [Some(3, 4)]),
        ["matmul"] = (x => x[0].matmul(x[1]), () => [Some(2, 3, 4), Seeded(5, 4, 2)]),
        ["einsum"] = (x => einsum("bhid,bhjd->bhij", x[0], x[1]), () => [Some(1, 2, 3, 2), Seeded(5, 1, 2, 3, 2)]),
        ["linear"] = (x => functional.linear(x[0], x[1], x[2]), () => [Some(2, 3), Seeded(5, 4, 3), Seeded(6, 4)]),
        ["attention"] = (x => functional.scaled_dot_product_attention(x[0], x[1], x[2]),
            () => [Some(1, 3, 2), Seeded(5, 1, 3, 2), Seeded(6, 1, 3, 2)]),
        ["conv1d"] = (x => functional.conv1d(x[0], x[1], x[2], stride: 2, padding: 1), () => [Some(2, 3, 7), Seeded(5, 4, 3, 3), Seeded(6, 4)]),
        ["conv1d, groups"] = (x => functional.conv1d(x[0], x[1], groups: 2, padding: 2, dilation: 2), () => [Some(1, 4, 6), Seeded(5, 4, 2, 3)]),
        ["conv_transpose1d"] = (x => functional.conv_transpose1d(x[0], x[1], stride: 2), () => [Some(1, 2, 3), Seeded(5, 2, 3, 4)]),
        ["layer_norm"] = (x => functional.layer_norm(x[0], [4], x[1], x[2]), () => [Some(3, 4), Seeded(5, 4), Seeded(6, 4)]),
        ["layer_norm, plain"] = (x => functional.layer_norm(x[0], [4]), () => [Some(3, 4)]),
        ["group_norm"] = (x => functional.group_norm(x[0], 2, x[1], x[2]), () => [Some(2, 4, 3), Seeded(5, 4), Seeded(6, 4)]),
        ["batch_norm"] = (x => functional.batch_norm(x[0], null, null, x[1], x[2], true), () => [Some(3, 4, 2), Seeded(5, 4), Seeded(6, 4)]),
        ["instance_norm"] = (x => functional.instance_norm(x[0]), () => [Some(2, 3, 4)]),
        ["avg_pool1d"] = (x => functional.avg_pool1d(x[0], 3, 2), () => [Some(1, 2, 7)]),
        ["max_pool1d"] = (x => functional.max_pool1d(x[0], 2), () => [Some(1, 2, 6)]),
        ["pad"] = (x => functional.pad(x[0], (1, 2)) + functional.pad(x[0], (1, 2), PaddingModes.Reflect), () => [Some(2, 4)]),
        ["index"] = (x => x[0][tensor(new[] { 1L, 1, 0 })], () => [Some(3, 2)]),
        ["slice"] = (x => x[0][TensorIndex.Ellipsis, 1..3], () => [Some(3, 4)]),
        ["gather"] = (x => x[0].gather(1, tensor(new[] { 0L, 2, 1, 1 }, 2, 2)), () => [Some(2, 3)]),
        ["scatter_add"] = (x => x[0].scatter_add(1, tensor(new[] { 0L, 2, 2, 1 }, 2, 2), x[1]), () => [Some(2, 3), Seeded(5, 2, 2)]),
        ["index_add"] = (x => x[0].index_add(0, tensor(new[] { 1L, 1 }), x[1], 2), () => [Some(3, 2), Seeded(5, 2, 2)]),
        ["index_select"] = (x => x[0].index_select(1, tensor(new[] { 2L, 0, 2 })), () => [Some(2, 3)]),
        ["repeat_interleave"] = (x => x[0].repeat_interleave(tensor(new[] { 2L, 0, 1 }), 0), () => [Some(3, 2)]),
        ["cat stack"] = (x => cat([x[0], stack([x[0][0], x[1]])], 0), () => [Some(3, 2), Seeded(5, 2)]),
        ["permute unfold"] = (x => x[0].permute(1, 0).unfold(1, 2, 1), () => [Some(4, 2)]),
        ["cross_entropy"] = (x => functional.cross_entropy(x[0], tensor(new[] { 2L, 0 }), label_smoothing: 0.1), () => [Some(2, 3)]),
        ["mse l1 smooth"] = (x => functional.mse_loss(x[0], x[1]) + functional.smooth_l1_loss(x[0], x[1], beta: 0.5), () => [Some(2, 3), Seeded(5, 2, 3)]),
        ["bce with logits"] = (x => functional.binary_cross_entropy_with_logits(x[0], full(3, 0.3, float64)), () => [Some(3)]),
        ["rfft"] = (x => fft.rfft(x[0]).abs(), () => [Some(2, 6)]),
        ["lerp"] = (x => x[0].lerp(x[1], tensor(0.3, dtype: float64)), () => [Some(3), Seeded(5, 3)]),
        ["weight norm by hand"] = (x => x[0] * (x[1] / x[1].pow(2).sum([1L, 2L], keepdim: true).sqrt()), () => [Some(3, 1, 1), Seeded(5, 3, 2, 2)]),
        ["cosine_similarity"] = (x => functional.cosine_similarity(x[0], x[1]), () => [Some(2, 3), Seeded(5, 2, 3)]),
    };

    [Theory, MemberData(nameof(Names))]
    public void Gradients_are_those_of_finite_differences(string name)
    {
        var (f, inputs) = Cases[name];
        GradientsAgree(f, inputs());
    }

    [Theory]
    [InlineData(2, 5, 7)]
    [InlineData(4, 64, 32)]
    public void The_gradient_of_gelu_in_single_precision_is_right_for_any_layout(long a, long b, long c)
    {
        var x = Some(a, b, c).to(float32).requires_grad_();
        var weights = Seeded(9, a, c, b);
        (functional.gelu(x).transpose(1, 2) * weights.to(float32)).sum().backward();
        var z = x.detach().to(float64);
        var slope = 0.5 * (1 + (z / Math.Sqrt(2)).erf()) + z * (z * z / -2).exp() / Math.Sqrt(2 * Math.PI);
        Close(x.grad!, slope * weights.transpose(1, 2), 1e-5);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        var x = ones(2).requires_grad_();
        Assert.Null(x.grad);
        (x * 2).sum().backward();
        (x * 3).sum().backward();
        Close(x.grad!, [5, 5]);
        x.grad!.zero_();
        Close(x.grad!, [0, 0]);
    }

    [Fact]
    public void Grad_returns_gradients_and_leaves_tensors_alone()
    {
        var x = tensor(3.0, dtype: float64).requires_grad_();
        var y = x * x * x;
        var first = autograd.grad([y], [x], retain_graph: true, create_graph: true)[0];
        Assert.Equal(27, first.ToDouble());
        Assert.Equal(18, autograd.grad([first], [x])[0].ToDouble());
        Assert.Null(x.grad);
    }

    [Fact]
    public void An_inner_gradient_is_kept_on_demand()
    {
        var x = ones(2).requires_grad_();
        var y = x * 3;
        y.retain_grad();
        (y * y).sum().backward();
        Close(y.grad!, [6, 6]);
        Close(x.grad!, [18, 18]);
    }

    [Fact]
    public void Modes_nest_and_come_back()
    {
        var x = ones(1).requires_grad_();
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            using (set_grad_enabled(true)) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
        }
        Assert.True((x * 2).requires_grad);
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
    }

    [Fact]
    public void The_grad_mode_belongs_to_the_thread()
    {
        using var _ = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void Anomaly_mode_finds_nan_in_a_backward_pass()
    {
        var x = zeros(1).requires_grad_();
        using (autograd.detect_anomaly())
            Assert.Contains("nan", Assert.ThrowsAny<Exception>(() => (x.sqrt() * 0).sum().backward()).Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(AnomalyMode.IsEnabled);
    }
}
