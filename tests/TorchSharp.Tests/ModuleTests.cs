using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Tests;

/// <summary>Modules, their names and layers by hand; the real package's public API only.</summary>
public sealed class ModuleTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private sealed class Head : Module<Tensor, Tensor>
    {
        private readonly Linear first = Linear(4, 3);
        private readonly ModuleList<Module<Tensor, Tensor>> blocks;
        private readonly Sequential last;
        private readonly Parameter scale = new(ones(3));
        private readonly Tensor offset = zeros(3);
        private readonly int notAComponent = 3;

        public Head() : base(nameof(Head))
        {
            blocks = ModuleList<Module<Tensor, Tensor>>(LayerNorm(3), Linear(3, 3, hasBias: false));
            last = Sequential(("act", ReLU()), ("out", Linear(3, 2)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var inner = NewDisposeScope();
            var x = first.call(input);
            foreach (var block in blocks) x = block.call(x);
            return last.call(x * scale + offset + notAComponent).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void A_state_dict_names_parameters_and_buffers_by_field()
    {
        var names = new Head().state_dict().Keys.Order(StringComparer.Ordinal);
        Assert.Equal(["blocks.0.bias", "blocks.0.weight", "blocks.1.weight", "first.bias", "first.weight", "last.out.bias", "last.out.weight", "offset", "scale"], names);
        Assert.Equal(8, new Head().named_parameters().Count());
        Assert.Equal(["offset"], new Head().named_buffers().Select(pair => pair.name));
    }

    [Fact]
    public void A_state_dict_makes_another_module_equal()
    {
        var x = Some(2, 4).to(float32);
        Head one = new(), other = new();
        Assert.NotEqual(Values(one.call(x)), Values(other.call(x)));
        var (missing, unexpected) = other.load_state_dict(one.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(Values(one.call(x)), Values(other.call(x)));
    }

    [Fact]
    public void Loading_is_strict_unless_told_otherwise()
    {
        var head = new Head();
        var state = new Head().state_dict();
        state.Remove("scale");
        state["extra"] = zeros(1);
        Assert.ThrowsAny<InvalidOperationException>(() => head.load_state_dict(state));
        var (missing, unexpected) = head.load_state_dict(state, strict: false);
        Assert.Equal(["scale"], missing);
        Assert.Equal(["extra"], unexpected);
        state = new Head().state_dict();
        state["scale"] = zeros(7);
        Assert.ThrowsAny<Exception>(() => head.load_state_dict(state));
    }

    [Fact]
    public void Training_and_type_reach_every_part()
    {
        var head = new Head();
        Assert.True(head.training);
        head.eval();
        Assert.All(head.modules(), module => Assert.False(module.training));
        head.train();
        Assert.All(head.modules(), module => Assert.True(module.training));
        head.to(float64);
        Assert.All(head.state_dict().Values, value => Assert.Equal(float64, value.dtype));
        Assert.All(head.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.is_leaf));
        Assert.Equal(float64, head.call(Some(1, 4)).dtype);
        Assert.ThrowsAny<ArgumentException>(() => head.to(int64));
    }

    [Fact]
    public void Gradients_of_a_module_are_cleared()
    {
        var head = new Head();
        head.call(ones(2, 4)).sum().backward();
        Assert.All(head.parameters(), parameter => Assert.NotNull(parameter.grad));
        head.zero_grad();
        Assert.All(head.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void Hooks_see_calls()
    {
        var linear = Linear(2, 2);
        var seen = 0;
        var hook = linear.register_forward_hook((module, input, output) =>
        {
            seen++;
            return output;
        });
        linear.call(ones(1, 2));
        hook.remove();
        linear.call(ones(1, 2));
        Assert.Equal(1, seen);
    }

    [Fact]
    public void Layers_have_pytorchs_parameter_names_and_shapes()
    {
        Check(Conv1d(4, 6, 3, groups: 2), ("bias", [6]), ("weight", [6, 2, 3]));
        Check(LayerNorm(5), ("bias", [5]), ("weight", [5]));
        Check(LayerNorm(5, elementwise_affine: false));
        Check(GroupNorm(2, 4), ("bias", [4]), ("weight", [4]));
        Check(BatchNorm1d(3), ("bias", [3]), ("num_batches_tracked", []), ("running_mean", [3]), ("running_var", [3]), ("weight", [3]));
        Check(Embedding(7, 2), ("weight", [7, 2]));
        Check(GRU(2, 3, bidirectional: true),
            ("bias_hh_l0", [9]), ("bias_hh_l0_reverse", [9]), ("bias_ih_l0", [9]), ("bias_ih_l0_reverse", [9]),
            ("weight_hh_l0", [9, 3]), ("weight_hh_l0_reverse", [9, 3]), ("weight_ih_l0", [9, 2]), ("weight_ih_l0_reverse", [9, 2]));
        Check(GRU(2, 3, numLayers: 2, bias: false),
            ("weight_hh_l0", [9, 3]), ("weight_hh_l1", [9, 3]), ("weight_ih_l0", [9, 2]), ("weight_ih_l1", [9, 3]));

        static void Check(Module module, params (string name, long[] shape)[] expected)
        {
            var actual = module.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
            Assert.Equal(expected.Select(pair => pair.name), actual.Select(pair => pair.Key));
            Assert.Equal(expected.Select(pair => pair.shape), actual.Select(pair => pair.Value.shape));
        }
    }

    [Fact]
    public void Linear_starts_within_its_bound()
    {
        manual_seed(3);
        var linear = Linear(100, 50);
        var bound = 0.1;
        Assert.InRange(linear.weight.abs().max().ToDouble(), 0.9 * bound, bound);
        Assert.InRange(linear.bias!.abs().max().ToDouble(), 0.5 * bound, bound);
    }

    /// <summary>Cho et al. (2014) in PyTorch's form: n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h.</summary>
    private static double[] GruByHand(double[][] input, Dictionary<string, Tensor> weights, string suffix, int hidden, bool reverse)
    {
        double[] Rows(string name, double[] vector)
        {
            var matrix = Values(weights[$"weight_{name}{suffix}"]);
            var bias = Values(weights[$"bias_{name}{suffix}"]);
            return bias.Select((b, i) => b + vector.Select((v, j) => v * matrix[i * vector.Length + j]).Sum()).ToArray();
        }
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

        var h = new double[hidden];
        var outputs = new double[input.Length][];
        foreach (var t in reverse ? Enumerable.Range(0, input.Length).Reverse() : Enumerable.Range(0, input.Length))
        {
            double[] x = Rows("ih", input[t]), u = Rows("hh", h);
            h = Enumerable.Range(0, hidden).Select(i =>
            {
                var r = Sigmoid(x[i] + u[i]);
                var z = Sigmoid(x[hidden + i] + u[hidden + i]);
                var n = Math.Tanh(x[2 * hidden + i] + r * u[2 * hidden + i]);
                return (1 - z) * n + z * h[i];
            }).ToArray();
            outputs[t] = h;
        }
        return outputs.SelectMany(row => row).ToArray();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gru_is_its_equations(bool batchFirst)
    {
        const int time = 4, width = 2, hidden = 3;
        var gru = GRU(width, hidden, numLayers: 2, batchFirst: batchFirst, bidirectional: true, dtype: float64);
        var x = Some(time, width);
        var (output, last) = gru.call(batchFirst ? x.unsqueeze(0) : x.unsqueeze(1));
        var weights = gru.state_dict();

        var rows = Enumerable.Range(0, time).Select(t => Values(x[t])).ToArray();
        for (var layer = 0; layer < 2; layer++)
        {
            var forth = GruByHand(rows, weights, $"_l{layer}", hidden, false);
            var back = GruByHand(rows, weights, $"_l{layer}_reverse", hidden, true);
            rows = Enumerable.Range(0, time).Select(t =>
                forth[(t * hidden)..((t + 1) * hidden)].Concat(back[(t * hidden)..((t + 1) * hidden)]).ToArray()).ToArray();
        }
        Close(output.squeeze(batchFirst ? 0 : 1), rows.SelectMany(row => row).ToArray(), 1e-12);
        Assert.Equal([4L, 1, 3], last.shape);
        Close(last[2, 0], rows[^1][..hidden], 1e-12);
        Close(last[3, 0], rows[0][hidden..], 1e-12);
    }

    [Fact]
    public void Gru_cell_is_one_step()
    {
        var cell = GRUCell(2, 3, dtype: float64);
        var weights = cell.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value);
        var x = Some(1, 2);
        Close(cell.call(x, zeros(1, 3, float64)).view(3), GruByHand([Values(x)], weights, "", 3, false), 1e-12);
    }

    [Fact]
    public void Gru_gradients_are_those_of_finite_differences()
    {
        var gru = GRU(2, 2, bidirectional: true, dtype: float64);
        GradientsAgree(x => gru.call(x[0]).Item1, Some(3, 2, 2));
    }

    [Fact]
    public void A_packed_sequence_stops_at_its_length()
    {
        var gru = GRU(2, 3, batchFirst: true, bidirectional: true, dtype: float64);
        var x = Some(2, 5, 2);
        var packed = utils.rnn.pack_padded_sequence(x, tensor(new[] { 3L, 5 }), batch_first: true, enforce_sorted: false);
        var (output, last) = gru.call(packed);
        var (padded, lengths) = utils.rnn.pad_packed_sequence(output, batch_first: true);
        Close(lengths, [3, 5]);
        var alone = gru.call(x[0, ..3].unsqueeze(0));
        Close(padded[0, ..3], alone.Item1[0], 1e-12);
        Close(last[TensorIndex.Colon, 0], alone.Item2[TensorIndex.Colon, 0], 1e-12);
        Close(padded[1], gru.call(x[1].unsqueeze(0)).Item1[0], 1e-12);
    }

    [Fact]
    public void Batch_norm_keeps_running_statistics()
    {
        var norm = BatchNorm1d(1, dtype: float64);
        norm.call(tensor(new[] { 1.0, 3 }, 2, 1));
        Close(norm.running_mean!, [0.2]);
        Close(norm.running_var!, [0.9 + 0.1 * 2]);
        Assert.Equal(1, norm.num_batches_tracked!.ToInt64());
        norm.eval();
        Close(norm.call(tensor(new[] { 1.0 }, 1, 1)), [0.8 / Math.Sqrt(1.1 + 1e-5)]);
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_and_is_off_in_evaluation()
    {
        manual_seed(1);
        var dropout = Dropout(0.25);
        var values = Values(dropout.call(ones(10_000)));
        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - 4.0 / 3) < 1e-6));
        Assert.InRange(values.Count(value => value == 0), 2300, 2700);
        dropout.eval();
        Assert.All(Values(dropout.call(ones(100))), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Embedding_looks_rows_up()
    {
        var table = Embedding(3, 2, padding_idx: 0);
        Close(table.call(tensor(new[] { 0L, 2 }))[0], [0, 0]);
        Close(table.call(tensor(new[] { 0L, 2 }))[1], table.weight[2]);
        table.call(tensor(new[] { 0L, 1, 1 })).sum().backward();
        Close(table.weight.grad!, [0, 0, 2, 2, 0, 0]);
    }

    [Fact]
    public void Gradients_are_clipped_to_a_norm()
    {
        var p = new Parameter(zeros(2));
        p.grad = tensor(new[] { 3f, 4f });
        Assert.Equal(5, utils.clip_grad_norm_([p], 1), 5);
        Close(p.grad!, [0.6, 0.8], 1e-5);
        Close(utils.parameters_to_vector([new Parameter(ones(2)), new Parameter(zeros(1, 1))]), [1, 1, 0]);
    }

    [Fact]
    public void Starts_have_their_moments()
    {
        manual_seed(2);
        var w = empty(200, 300);
        init.xavier_uniform_(w);
        Assert.InRange(w.abs().max().ToDouble(), 0.98 * Math.Sqrt(6.0 / 500), Math.Sqrt(6.0 / 500));
        init.trunc_normal_(w, std: 0.02);
        Assert.InRange(w.abs().max().ToDouble(), 0.06, 2);
        Assert.InRange(w.std().ToDouble(), 0.0195, 0.0205);
        init.normal_(w, 1, 2);
        Assert.InRange(w.mean().ToDouble(), 0.97, 1.03);
        init.orthogonal_(w);
        Close(w.matmul(w.t()), eye(200), 1e-4);
    }
}
