using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Optimizers against their formulas in plain arithmetic; the real package's public API only.</summary>
public sealed class OptimizerTests : IDisposable
{
    private const int Steps = 6;
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    /// <summary>Follows one optimizer for a few steps on given gradients, and its formula for a single number beside it.</summary>
    private static void Follow(Func<IEnumerable<Parameter>, optim.Optimizer> make, Func<int, double, double, double> formula, Action<optim.Optimizer, int>? before = null)
    {
        var starts = new[] { 0.5, -1.25, 2 };
        var one = new Parameter(tensor(starts[..2]));
        var other = new Parameter(tensor(starts[2..]));
        using var optimizer = make([one, other]);
        var expected = (double[])starts.Clone();
        // Each number needs a formula of its own, because formulas keep state.
        for (var k = 0; k < Steps; k++)
        {
            before?.Invoke(optimizer, k);
            one.grad = tensor(new[] { Gradient(k, 0), Gradient(k, 1) });
            other.grad = tensor(new[] { Gradient(k, 2) });
            optimizer.step();
            for (var i = 0; i < 3; i++) expected[i] = formula(i, expected[i], Gradient(k, i));
            Close(one, expected[..2], 1e-12);
            Close(other, expected[2..], 1e-12);
        }
    }

    private static double Gradient(int step, int index) => Math.Sin(1 + step * 1.7 + index * 0.9);

    [Theory]
    [InlineData(0, 0, 0, false)]
    [InlineData(0.9, 0, 0.01, false)]
    [InlineData(0.9, 0, 0, true)]
    [InlineData(0.9, 0.5, 0, false)]
    public void Sgd(double momentum, double dampening, double decay, bool nesterov)
    {
        var velocity = new double?[3];
        Follow(parameters => optim.SGD(parameters, 0.1, momentum, dampening, decay, nesterov), (i, p, g) =>
        {
            g += decay * p;
            if (momentum == 0) return p - 0.1 * g;
            velocity[i] = velocity[i] is { } v ? momentum * v + (1 - dampening) * g : g;
            return p - 0.1 * (nesterov ? g + momentum * velocity[i]!.Value : velocity[i]!.Value);
        });
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.1, true)]
    public void Adam(double decay, bool amsgrad) =>
        FollowAdam(parameters => optim.Adam(parameters, 0.01, 0.8, 0.95, 1e-6, decay, amsgrad), decay, 0, amsgrad);

    [Theory]
    [InlineData(0.1, false)]
    [InlineData(0.1, true)]
    public void AdamW(double decay, bool amsgrad) =>
        FollowAdam(parameters => optim.AdamW(parameters, 0.01, 0.8, 0.95, 1e-6, decay, amsgrad), 0, decay, amsgrad);

    private static void FollowAdam(Func<IEnumerable<Parameter>, optim.Optimizer> make, double added, double decoupled, bool amsgrad)
    {
        double[] m = new double[3], v = new double[3], largest = new double[3];
        var steps = new int[3];
        Follow(make, (i, p, g) =>
        {
            steps[i]++;
            g += added * p;
            p *= 1 - 0.01 * decoupled;
            m[i] = 0.8 * m[i] + 0.2 * g;
            v[i] = 0.95 * v[i] + 0.05 * g * g;
            largest[i] = Math.Max(largest[i], v[i]);
            var root = Math.Sqrt((amsgrad ? largest[i] : v[i]) / (1 - Math.Pow(0.95, steps[i]))) + 1e-6;
            return p - 0.01 * m[i] / (1 - Math.Pow(0.8, steps[i])) / root;
        });
    }

    [Theory]
    [InlineData(0, false, 0)]
    [InlineData(0.9, false, 0)]
    [InlineData(0.9, true, 0.1)]
    public void RmsProp(double momentum, bool centered, double decay)
    {
        double[] square = new double[3], mean = new double[3], velocity = new double[3];
        Follow(parameters => optim.RMSProp(parameters, 0.01, 0.9, 1e-6, decay, momentum, centered), (i, p, g) =>
        {
            g += decay * p;
            square[i] = 0.9 * square[i] + 0.1 * g * g;
            mean[i] = 0.9 * mean[i] + 0.1 * g;
            var root = Math.Sqrt(square[i] - (centered ? mean[i] * mean[i] : 0)) + 1e-6;
            if (momentum == 0) return p - 0.01 * g / root;
            velocity[i] = momentum * velocity[i] + g / root;
            return p - 0.01 * velocity[i];
        });
    }

    [Fact]
    public void Learning_rate_and_momentum_may_change_with_every_step()
    {
        double[] square = new double[3], velocity = new double[3];
        double Rate(int k) => 0.01 * (1 + k);
        double Momentum(int k) => 0.9 - 0.02 * k;
        var k = 0;
        Follow(parameters => optim.RMSProp(parameters, 1, momentum: 0.5), (i, p, g) =>
        {
            square[i] = 0.99 * square[i] + 0.01 * g * g;
            velocity[i] = Momentum(k) * velocity[i] + g / (Math.Sqrt(square[i]) + 1e-8);
            return p - Rate(k) * velocity[i];
        }, (optimizer, step) =>
        {
            k = step;
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = Rate(k);
                ((optim.IMomentum)group).Momentum = Momentum(k);
            }
        });
    }

    [Fact]
    public void Groups_have_options_of_their_own()
    {
        Parameter fast = new(zeros(1)), slow = new(zeros(1));
        using var optimizer = optim.SGD(new SGD.ParamGroup[]
        {
            new() { Parameters = [fast], Options = new SGD.Options { LearningRate = 1 } },
            new() { Parameters = [slow] },
        }, learningRate: 0.1);
        fast.grad = ones(1);
        slow.grad = ones(1);
        optimizer.step();
        Close(fast, [-1]);
        Close(slow, [-0.1]);
    }

    [Fact]
    public void A_parameter_without_gradient_stays_and_cleared_gradients_are_zero()
    {
        Parameter used = new(zeros(1)), unused = new(ones(1));
        using var optimizer = optim.Adam([used, unused], 0.1, weight_decay: 0.5);
        (used * 2).sum().backward();
        optimizer.step();
        Close(unused, [1]);
        Close(used, [-0.1], 1e-5);
        optimizer.zero_grad();
        Close(used.grad!, [0]);
        Assert.Null(unused.grad);
    }

    [Fact]
    public void State_goes_over_to_another_optimizer()
    {
        static (Parameter, Adam) Make()
        {
            var p = new Parameter(ones(2, float64));
            return (p, optim.Adam([p], 0.1));
        }
        static void Run(Parameter p, Adam optimizer, int from, int to)
        {
            for (var k = from; k < to; k++)
            {
                p.grad = tensor(new[] { Gradient(k, 0), Gradient(k, 1) });
                optimizer.step();
            }
        }
        var (whole, straight) = Make();
        Run(whole, straight, 0, 8);

        var (first, before) = Make();
        Run(first, before, 0, 4);
        var (second, after) = Make();
        after.load_state_dict(before.state_dict());
        using (no_grad()) second.copy_(first);
        before.Dispose();
        Run(second, after, 4, 8);
        Assert.Equal(Values(whole), Values(second));
    }

    [Fact]
    public void A_closure_gives_the_loss()
    {
        var p = new Parameter(ones(1));
        using var optimizer = optim.SGD([p], 0.5);
        var loss = optimizer.step(() =>
        {
            var value = (p * p).sum();
            value.backward();
            return value;
        });
        Assert.Equal(1, loss!.ToSingle());
        Close(p, [0]);
    }
}
