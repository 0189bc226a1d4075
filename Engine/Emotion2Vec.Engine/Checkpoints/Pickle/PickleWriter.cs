using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Emotion2Vec.Engine.Checkpoints.Pickle;

/// <summary>Writes plain values and references to tensor storages as a pickle of protocol 2, as torch.save does.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream bytes = new();

    public PickleWriter() => bytes.Write([0x80, 2]);

    /// <summary>The finished pickle.</summary>
    public byte[] End()
    {
        bytes.WriteByte((byte)'.');
        return bytes.ToArray();
    }

    public void OpenDict()
    {
        bytes.WriteByte((byte)'}');
        bytes.WriteByte((byte)'(');
    }

    public void OpenOrderedDict()
    {
        Global("collections", "OrderedDict");
        bytes.Write(")R("u8);
    }

    /// <summary>Ends a dict: its keys and values were written since it was opened.</summary>
    public void CloseDict() => bytes.WriteByte((byte)'u');

    public void Null() => bytes.WriteByte((byte)'N');

    public void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        bytes.WriteByte((byte)'X');
        Number((uint)utf8.Length);
        bytes.Write(utf8);
    }

    public void Integer(long value)
    {
        if (value is >= 0 and < 256)
        {
            bytes.Write([(byte)'K', (byte)value]);
        }
        else if (value is >= int.MinValue and <= int.MaxValue)
        {
            bytes.WriteByte((byte)'J');
            Number((uint)(int)value);
        }
        else
        {
            Span<byte> wide = stackalloc byte[10];
            (wide[0], wide[1]) = (0x8A, 8);
            BinaryPrimitives.WriteInt64LittleEndian(wide[2..], value);
            bytes.Write(wide);
        }
    }

    /// <summary>A row-major tensor that fills the storage <paramref name="key"/>.</summary>
    public void Tensor(CheckpointTensor tensor, string key)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        bytes.Write("(("u8);
        Text("storage");
        Global("torch", ElementTypes.All[(int)tensor.Type].Storage);
        Text(key);
        Text("cpu");
        Integer(tensor.Count);
        bytes.Write("tQ"u8);
        Integer(0);
        Tuple(tensor.Shape);
        Tuple(CheckpointTensor.RowMajor(tensor.Shape));
        Boolean(false);
        OpenOrderedDict();
        CloseDict();
        bytes.Write("tR"u8);
    }

    public void Value(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject o:
                OpenDict();
                foreach (var (key, value) in o)
                {
                    Text(key);
                    Value(value);
                }
                CloseDict();
                break;
            case JsonArray a:
                bytes.Write("]("u8);
                foreach (var item in a) Value(item);
                bytes.WriteByte((byte)'e');
                break;
            case JsonValue v: Scalar(v); break;
            default: Null(); break;
        }
    }

    private void Scalar(JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.True or JsonValueKind.False: Boolean(value.GetValue<bool>()); break;
            case JsonValueKind.String: Text(value.GetValue<string>()); break;
            case JsonValueKind.Number when value.TryGetValue<long>(out var n): Integer(n); break;
            case JsonValueKind.Number when value.TryGetValue<int>(out var n): Integer(n); break;
            case JsonValueKind.Number when value.TryGetValue<float>(out var f) && !value.TryGetValue<double>(out _): Real(f); break;
            case JsonValueKind.Number when value.TryGetValue<double>(out var d): Real(d); break;
            default: throw new NotSupportedException($"no pickle of the JSON value {value.ToJsonString()}");
        }
    }

    private void Real(double value)
    {
        Span<byte> real = stackalloc byte[9];
        real[0] = (byte)'G';
        BinaryPrimitives.WriteDoubleBigEndian(real[1..], value);
        bytes.Write(real);
    }

    private void Boolean(bool value) => bytes.WriteByte(value ? (byte)0x88 : (byte)0x89);

    private void Tuple(IEnumerable<long> values)
    {
        bytes.WriteByte((byte)'(');
        foreach (var value in values) Integer(value);
        bytes.WriteByte((byte)'t');
    }

    private void Global(string module, string name) => bytes.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private void Number(uint value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        bytes.Write(four);
    }
}
