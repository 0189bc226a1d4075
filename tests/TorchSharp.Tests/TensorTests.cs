using TorchSharp;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.TensorIndex;

namespace TorchSharp.Tests;

/// <summary>Creation, data, indexing and views; the real package's public API only.</summary>
public sealed class TensorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Literals_have_the_type_and_shape_of_what_they_come_from()
    {
        Assert.Equal(ScalarType.Float32, tensor(new[] { 1f, 2f }).dtype);
        Assert.Equal(ScalarType.Float64, tensor(new[] { 1.0, 2.0 }).dtype);
        Assert.Equal(ScalarType.Int64, tensor(new[] { 1L, 2L }).dtype);
        Assert.Equal(ScalarType.Int32, tensor(new[] { 1, 2 }).dtype);
        Assert.Equal(ScalarType.Bool, tensor(new[] { true }).dtype);
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.Empty(tensor(3f).shape);
        Assert.Equal([2L, 3L], tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }).shape);
        Close(tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }), [1, 2, 3, 4, 5, 6]);
        Close(tensor(new[] { 1.0, 2, 3, 4 }, 2, 2)[1], [3, 4]);
        Close(tensor(new List<long> { 5, 6 }), [5, 6]);
        Assert.Equal(ScalarType.Float32, tensor(new[] { 1, 2 }, dtype: float32).dtype);
        Assert.ThrowsAny<ArgumentException>(() => tensor(new[] { 1f, 2f, 3f }, new long[] { 2, 2 }));
    }

    [Fact]
    public void Sequences_and_fills()
    {
        Close(arange(5), [0, 1, 2, 3, 4]);
        Assert.Equal(ScalarType.Int64, arange(5).dtype);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.25).dtype);
        Close(arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75]);
        Close(linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]);
        Close(zeros(2, 2) + ones(2, 2) * 3 - full(2, 2, 1.0), [2, 2, 2, 2]);
        Assert.Equal(ScalarType.Int64, full(new long[] { 2 }, 7).dtype);
        Assert.Equal(ScalarType.Float32, full(new long[] { 2 }, 7.0).dtype);
        Close(eye(2), [1, 0, 0, 1]);
        Close(hann_window(4), [0, 0.5, 1, 0.5]);
        Close(hann_window(3, periodic: false), [0, 1, 0]);
        Close(hamming_window(4), [0.08, 0.54, 1, 0.54]);
        Close(torch.zeros_like(arange(3)), [0, 0, 0]);
        Assert.Equal([3L, 0L], empty(3, 0).shape);
    }

    [Fact]
    public void Data_is_read_in_row_major_order_whatever_the_strides()
    {
        var x = arange(6, float32).view(2, 3);
        Assert.Equal([0f, 1, 2, 3, 4, 5], x.data<float>().ToArray());
        var t = x.t();
        Assert.False(t.is_contiguous());
        Assert.Equal([0f, 3, 1, 4, 2, 5], t.data<float>().ToArray());
        using var accessor = x.data<float>();
        Assert.Equal(5f, accessor[1, 2]);
        accessor[1, 2] = 7;
        Assert.Equal(7f, x[1, 2].item<float>());
        Assert.Equal(6, accessor.Count);
        Assert.ThrowsAny<ArgumentException>(() => x.data<double>());
        Assert.ThrowsAny<ArgumentException>(() => x[0, 0].item<double>());
        Assert.Equal(24, x.bytes.Length);
        x.bytes.Clear();
        Assert.Equal(0, x.abs().sum().ToSingle());
    }

    [Fact]
    public void Scalars_convert()
    {
        Assert.Equal(2, tensor(2.7).ToInt32());
        Assert.Equal(3L, tensor(3f).ToInt64());
        Assert.Equal(2.5f, tensor(2.5).ToSingle());
        Assert.Equal(5.0, tensor(5L).ToDouble());
        Assert.True(tensor(true).ToBoolean());
        Assert.Equal(1.5f, (float)tensor(1.5f));
        Assert.ThrowsAny<Exception>(() => arange(2).ToInt64());
    }

    [Fact]
    public void A_buffer_is_shared_with_its_array()
    {
        var numbers = new float[] { 1, 2, 3, 4 };
        var view = frombuffer(numbers, ScalarType.Float32, count: 2, offset: 1);
        numbers[1] = 20;
        Close(view, [20, 3]);
        view.mul_(2);
        Assert.Equal([1f, 40, 6, 4], numbers);
    }

    [Fact]
    public void Indexing_follows_pytorch()
    {
        var x = arange(24).view(2, 3, 4);
        Assert.Equal(23, x[1, 2, 3].ToInt64());
        Assert.Equal(20, x[-1, -1, 0].ToInt64());
        Close(x[0, 1], [4, 5, 6, 7]);
        Close(x[1, Ellipsis, 0], [12, 16, 20]);
        Close(x[Colon, 0, 0], [0, 12]);
        Close(x[0, 0, Slice(1, 3)], [1, 2]);
        Close(x[0, 0, Slice(null, null, 2)], [0, 2]);
        Close(x[0, 0, Slice(-2)], [2, 3]);
        Close(x[0, 0, 1..3], [1, 2]);
        Close(x[0, 0, ^1], [3]);
        Assert.Equal([1L, 2, 3, 4], x[Null].shape);
        Assert.Equal([2L, 3, 4, 1], x[Ellipsis, Null].shape);
        Close(x[tensor(new[] { 1L, 0 }), tensor(new[] { 2L, 1 })][0], [20, 21, 22, 23]);
        Close(x[x > 21], [22, 23]);
        Close(x[0, TensorIndex.Tensor(tensor(new[] { true, false, true }))], [0, 1, 2, 3, 8, 9, 10, 11]);
        Close(x[Colon, TensorIndex.Tensor(tensor(new[] { 2L })), 0], [8, 20]);
        Assert.Equal([2L, 1], x[Colon, TensorIndex.Tensor(tensor(new[] { 2L })), 0].shape);
    }

    [Fact]
    public void Assignment_through_an_index()
    {
        var x = zeros(2, 3);
        x[0] = tensor(1f);
        x[1, Slice(1)] = tensor(new float[] { 5, 6 });
        Close(x, [1, 1, 1, 0, 5, 6]);
        x[x > 4] = tensor(-1f);
        Close(x, [1, 1, 1, 0, -1, -1]);
        x[tensor(new[] { 1L })] = ones(1, 3);
        Close(x, [1, 1, 1, 1, 1, 1]);
        x.index_put_(tensor(new float[] { 1, 1 }), [TensorIndex.Tensor(tensor(new[] { 0L, 0 })), TensorIndex.Tensor(tensor(new[] { 2L, 2 }))], accumulate: true);
        Close(x, [1, 1, 3, 1, 1, 1]);
    }

    [Fact]
    public void Views_share_and_copies_do_not()
    {
        var x = zeros(2, 3);
        x.view(6)[0] = tensor(9f);
        Assert.Equal(9f, x[0, 0].item<float>());
        x.clone()[0, 0] = tensor(1f);
        Assert.Equal(9f, x[0, 0].item<float>());
        Assert.Equal([3L, 2L], x.transpose(0, 1).shape);
        Assert.Equal([1L, 3L], x.transpose(0, 1).stride());
        Assert.Equal([2L, 1, 3], x.unsqueeze(1).shape);
        Assert.Equal([2L, 3], x.unsqueeze(1).squeeze(1).shape);
        Assert.Equal([3L, 1, 2], zeros(1, 2, 3).permute(2, 0, 1).shape);
        Assert.Equal([4L, 2, 3], x.expand(4, 2, 3).shape);
        Assert.Equal([2L, 3, 1], x.unflatten(1, 3, 1).shape);
        Assert.Equal(6, x.flatten().size(0));
    }

    [Fact]
    public void Joins_and_splits()
    {
        var x = arange(6).view(2, 3);
        Close(cat([x, x], 1)[0], [0, 1, 2, 0, 1, 2]);
        Assert.Equal([2L, 2, 3], stack([x, x]).shape);
        Assert.Equal(2, x.chunk(2, 1).Length);
        Assert.Equal([2L, 1], x.chunk(2, 1)[1].shape);
        Close(x.split([1, 2], 1)[1], [1, 2, 4, 5]);
        Assert.Equal(3, x.unbind(1).Length);
        Close(torch.where(x > 2, x, torch.zeros_like(x)), [0, 0, 0, 3, 4, 5]);
        Close(x.repeat_interleave(2, 0)[1], [0, 1, 2]);
        Close(x.repeat_interleave(tensor(new[] { 1L, 3 }), 0), [0, 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5]);
        Close(arange(6).unfold(0, 3, 2), [0, 1, 2, 2, 3, 4]);
        Close(arange(3).roll(1), [2, 0, 1]);
        Close(arange(3).flip(0), [2, 1, 0]);
    }

    [Fact]
    public void Types_and_devices()
    {
        var x = tensor(new[] { 1.5f, -2.5f });
        Close(x.to(int64), [1, -2]);
        Assert.Equal(ScalarType.BFloat16, x.to(bfloat16).dtype);
        Close(x.to(float16).to(float32), [1.5, -2.5]);
        Close(tensor(1.0039f).to(bfloat16).to(float32), [1.0]);
        Assert.Equal(DeviceType.CPU, x.device.type);
        Assert.Equal("cpu", x.device.ToString());
        Assert.Equal("cuda:1", device("cuda:1").ToString());
        Assert.False(x.is_cuda);
        Assert.Equal(2, x.to(CPU).numel());
        Assert.ThrowsAny<Exception>(() => device("toaster"));
    }
}
