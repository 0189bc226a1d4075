using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>What the tests share: comparing tensors with numbers and gradients with finite differences.</summary>
internal static class Numbers
{
    internal static double[] Values(Tensor tensor)
    {
        using var flat = tensor.detach().to(float64).contiguous().view(-1);
        return flat.data<double>().ToArray();
    }

    internal static void Close(Tensor actual, double[] expected, double tolerance = 1e-6)
    {
        var values = Values(actual);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"element {i}: {values[i]} instead of {expected[i]}");
    }

    internal static void Close(Tensor actual, Tensor expected, double tolerance = 1e-6)
    {
        Assert.Equal(expected.shape, actual.shape);
        Close(actual, Values(expected), tolerance);
    }

    /// <summary>Compares the gradients of a random weighting of f's result with central differences, in double precision.</summary>
    internal static void GradientsAgree(Func<Tensor[], Tensor> f, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var own = inputs.Select(input => input.detach().to(float64).clone().requires_grad_()).ToArray();
        var result = f(own);
        var weights = rand(result.shape, float64, generator: new Generator(7)) + 0.5;
        (result * weights).sum().backward();

        const double step = 1e-5;
        for (var i = 0; i < own.Length; i++)
        {
            var expected = new double[own[i].numel()];
            var start = Values(own[i]);
            for (var j = 0; j < start.Length; j++)
            {
                double At(double shift)
                {
                    using var inner = NewDisposeScope();
                    using var _ = no_grad();
                    var moved = own.Select(t => t.detach()).ToArray();
                    var numbers = (double[])start.Clone();
                    numbers[j] += shift;
                    moved[i] = tensor(numbers, moved[i].shape);
                    return (f(moved) * weights).sum().ToDouble();
                }
                expected[j] = (At(step) - At(-step)) / (2 * step);
            }
            Assert.NotNull(own[i].grad);
            Close(own[i].grad!, expected, 1e-6);
        }
    }

    /// <summary>Numbers in (-1, 1) that stay the same for a shape.</summary>
    internal static Tensor Some(params long[] shape) => Seeded(3, shape);

    internal static Tensor Seeded(ulong seed, params long[] shape) =>
        rand(shape, float64, generator: new Generator(seed)) * 2 - 1;
}
