using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.Aten;
using static TorchSharp.torch;
using PackedSequence = TorchSharp.torch.nn.utils.rnn.PackedSequence;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>The weights and options of a recurrent layer; gates lie one after the other in the rows.</summary>
        internal sealed class Recurrence
        {
            private readonly List<Parameter> weights = [];
            private readonly long hidden, layers;
            private readonly int directions;
            private readonly bool bias;
            private readonly double dropout;
            private readonly bool batchFirst;

            internal Recurrence(long input, long hidden, long layers, int gates, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype, Action<string, Parameter> register)
            {
                (this.hidden, this.layers, this.bias, this.dropout, this.batchFirst) = (hidden, layers, bias, dropout, batchFirst);
                directions = bidirectional ? 2 : 1;
                var bound = 1 / Math.Sqrt(hidden);
                for (var layer = 0; layer < layers; layer++)
                    for (var direction = 0; direction < directions; direction++)
                    {
                        var suffix = $"_l{layer}{(direction == 1 ? "_reverse" : "")}";
                        Add($"weight_ih{suffix}", gates * hidden, layer == 0 ? input : hidden * directions);
                        Add($"weight_hh{suffix}", gates * hidden, hidden);
                        if (!bias) continue;
                        Add($"bias_ih{suffix}", gates * hidden);
                        Add($"bias_hh{suffix}", gates * hidden);
                    }

                void Add(string name, params long[] shape)
                {
                    var weight = empty(shape, dtype, device);
                    nn.init.uniform_(weight, -bound, bound);
                    var parameter = new Parameter(weight);
                    weights.Add(parameter);
                    register(name, parameter);
                }
            }

            private Tensor[] Weights => weights.ToArray();

            internal Tensor Start(Tensor like, long batch) => zeros([directions * layers, batch, hidden], like.dtype, like.device);

            /// <summary>Zeros for [time, batch, input] (or batch first), and for one sequence [time, input].</summary>
            internal Tensor Start(Tensor input) => input.Dimensions == 2
                ? zeros([directions * layers, hidden], input.dtype, input.device)
                : Start(input, input.size(batchFirst ? 0 : 1));

            internal (Tensor output, Tensor hidden) Gru(Tensor input, Tensor h0, bool training)
            {
                if (input.Dimensions != 2)
                    return Op2("gru.input", input, h0, Weights, bias, layers, dropout, training, directions == 2, batchFirst);
                using var one = input.unsqueeze(1);
                using var start = h0.unsqueeze(1);
                var (output, last) = Op2("gru.input", one, start, Weights, bias, layers, dropout, training, directions == 2, false);
                using (output)
                using (last)
                    return (output.squeeze(1), last.squeeze(1));
            }

            internal (PackedSequence, Tensor) Gru(PackedSequence input, Tensor h0, bool training)
            {
                var (output, last) = Op2("gru.data", input.data, input.batch_sizes, h0, Weights, bias, layers, dropout, training, directions == 2);
                return (Like(input, output), last);
            }

            internal (Tensor, Tensor, Tensor) Lstm(Tensor input, Tensor[] start, bool training) =>
                Op3("lstm.input", input, start, Weights, bias, layers, dropout, training, directions == 2, batchFirst);

            internal (PackedSequence, Tensor, Tensor) Lstm(PackedSequence input, Tensor[] start, bool training)
            {
                var (output, h, c) = Op3("lstm.data", input.data, input.batch_sizes, start, Weights, bias, layers, dropout, training, directions == 2);
                return (Like(input, output), h, c);
            }

            private static PackedSequence Like(PackedSequence input, Tensor data) =>
                new(data, input.batch_sizes.alias(), input.sorted_indices?.alias(), input.unsorted_indices?.alias());

            /// <summary>States follow the packed order of sequences.</summary>
            internal static Tensor Order(Tensor state, Tensor? indices) =>
                indices is null ? state.alias() : state.index_select(1, indices);

            internal static long BatchOf(PackedSequence input)
            {
                using var first = input.batch_sizes[0];
                return first.ToInt64();
            }
        }

        /// <summary>Gated recurrent units, [time, batch, input] → ([time, batch, directions · hidden], last states).</summary>
        public sealed class GRU : nn.Module<Tensor, Tensor?, (Tensor, Tensor)>
        {
            private readonly Recurrence recurrence;

            internal GRU(long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype)
                : base(nameof(GRU)) =>
                recurrence = new Recurrence(inputSize, hiddenSize, numLayers, 3, bias, batchFirst, dropout, bidirectional, device, dtype, register_parameter);

            public override (Tensor, Tensor) forward(Tensor input, Tensor? h0 = null)
            {
                using var start = h0 is null ? recurrence.Start(input) : h0.alias();
                return recurrence.Gru(input, start, training);
            }

            public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

            public (PackedSequence, Tensor) call(PackedSequence input, Tensor? h0 = null)
            {
                using var start = h0 is null
                    ? recurrence.Start(input.data, Recurrence.BatchOf(input))
                    : Recurrence.Order(h0, input.sorted_indices);
                var (output, last) = recurrence.Gru(input, start, training);
                using (last) return (output, Recurrence.Order(last, input.unsorted_indices));
            }

            public void flatten_parameters()
            {
            }
        }

        /// <summary>Long short-term memory; the states are pairs (h, c).</summary>
        public sealed class LSTM : nn.Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
        {
            private readonly Recurrence recurrence;

            internal LSTM(long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype)
                : base(nameof(LSTM)) =>
                recurrence = new Recurrence(inputSize, hiddenSize, numLayers, 4, bias, batchFirst, dropout, bidirectional, device, dtype, register_parameter);

            public override (Tensor, Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0 = null)
            {
                if (h0_c0 is { } given) return recurrence.Lstm(input, [given.Item1, given.Item2], training);
                using var zero = recurrence.Start(input);
                return recurrence.Lstm(input, [zero, zero], training);
            }

            public new (Tensor, Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);

            public (PackedSequence, Tensor, Tensor) call(PackedSequence input, (Tensor, Tensor)? h0_c0 = null)
            {
                using var scope = NewDisposeScope();
                var start = h0_c0 is { } given
                    ? new[] { Recurrence.Order(given.Item1, input.sorted_indices), Recurrence.Order(given.Item2, input.sorted_indices) }
                    : Enumerable.Repeat(recurrence.Start(input.data, Recurrence.BatchOf(input)), 2).ToArray();
                var (output, h, c) = recurrence.Lstm(input, start, training);
                return (output.MoveToOuterDisposeScope(), Recurrence.Order(h, input.unsorted_indices).MoveToOuterDisposeScope(),
                    Recurrence.Order(c, input.unsorted_indices).MoveToOuterDisposeScope());
            }

            public void flatten_parameters()
            {
            }
        }

        /// <summary>One step of gated recurrent units: [batch, input], [batch, hidden] → [batch, hidden].</summary>
        public sealed class GRUCell : nn.Module<Tensor, Tensor?, Tensor>
        {
            private readonly long hiddenSize;

            internal GRUCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype) : base(nameof(GRUCell))
            {
                this.hiddenSize = hiddenSize;
                var bound = 1 / Math.Sqrt(hiddenSize);
                weight_ih = Made(3 * hiddenSize, inputSize);
                weight_hh = Made(3 * hiddenSize, hiddenSize);
                if (!bias) return;
                bias_ih = Made(3 * hiddenSize);
                bias_hh = Made(3 * hiddenSize);

                Parameter Made(params long[] shape)
                {
                    var weight = empty(shape, dtype, device);
                    nn.init.uniform_(weight, -bound, bound);
                    return new Parameter(weight);
                }
            }

            public Parameter? bias_ih
            {
                get => Own(nameof(bias_ih));
                set => ConditionallyRegisterParameter(nameof(bias_ih), value);
            }

            public Parameter? bias_hh
            {
                get => Own(nameof(bias_hh));
                set => ConditionallyRegisterParameter(nameof(bias_hh), value);
            }

            public Parameter weight_ih
            {
                get => Own(nameof(weight_ih))!;
                set => ConditionallyRegisterParameter(nameof(weight_ih), value);
            }

            public Parameter weight_hh
            {
                get => Own(nameof(weight_hh))!;
                set => ConditionallyRegisterParameter(nameof(weight_hh), value);
            }

            public override Tensor forward(Tensor input, Tensor? h0 = null)
            {
                using var start = h0 is null ? zeros([input.size(0), hiddenSize], input.dtype, input.device) : h0.alias();
                return Op("gru_cell", input, start, weight_ih, weight_hh, bias_ih, bias_hh);
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static GRU GRU(long inputSize, long hiddenSize, long numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype);
            public static GRUCell GRUCell(long inputSize, long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, bias, device, dtype);
            public static LSTM LSTM(long inputSize, long hiddenSize, long numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype);
        }
    }
}
