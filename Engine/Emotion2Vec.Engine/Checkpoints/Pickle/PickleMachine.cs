using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Emotion2Vec.Engine.Checkpoints.Pickle;

/// <summary>
/// Runs a pickle (protocols 0 to 5) to a tree of inert values. A pickle is a program for a stack machine that may call any
/// function of Python; here a name is data, only the names in <see cref="PickleGlobals"/> are known, and what calling them
/// means is fixed. It is a loop without recursion, over at most <see cref="Steps"/> opcodes and
/// <see cref="PickleInput.Limit"/> bytes, so its memory is bounded.
/// </summary>
internal sealed class PickleMachine(PickleInput input, Func<PickleTuple, PickleStorage?> persistent)
{
    /// <summary>The most opcodes that are run: a tensor takes some 40, a large checkpoint with its optimizer 100,000.</summary>
    private const int Steps = 4_000_000;

    /// <summary>The most memory that calls may take: list(x) of a long x copies it, however often it is called.</summary>
    private const long CopiedBytes = 256 << 20;

    private readonly List<object?> stack = [];
    private long copied;
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];

    /// <summary>The value on top of the stack when the pickle stops; the input then stands behind it.</summary>
    /// <exception cref="Emotion2Vec.Corpora.InputException">It is damaged, too large, or refers to a name that is not allowed.</exception>
    public object? Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            var opcode = input.Byte();
            if (opcode == '.') return Pop();
            Step(opcode);
        }
        throw input.Fail($"takes over {Steps} steps");
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Protocol(input.Byte()); break;
            case 0x95: input.Bytes(8); break;
            case (byte)'(': marks.Push(stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopMark(); break;
            case (byte)'2': Push(Top()); break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)(int)Number(4)); break;
            case (byte)'K': Push((long)input.Byte()); break;
            case (byte)'M': Push((long)Number(2)); break;
            case (byte)'I': Push(Integer(input.Line())); break;
            case (byte)'L': Push(Integer(input.Line().TrimEnd('L'))); break;
            case 0x8A: Push(Long(input.Byte())); break;
            case 0x8B: Push(Long(Number(4))); break;
            case (byte)'F': Push(Real(input.Line())); break;
            case (byte)'G': Push(System.Buffers.Binary.BinaryPrimitives.ReadDoubleBigEndian(input.Bytes(8))); break;

            case (byte)'X': Push(PickleInput.Text(input.Bytes(Number(4)))); break;
            case 0x8C: Push(PickleInput.Text(input.Bytes(input.Byte()))); break;
            case 0x8D: Push(PickleInput.Text(input.Bytes(Number(8)))); break;
            case (byte)'V': Push(input.Line()); break;
            case (byte)'S': Push(Quoted(input.Line())); break;
            case (byte)'T': Push(PickleInput.Text(input.Bytes(Number(4)))); break;
            case (byte)'U': Push(PickleInput.Text(input.Bytes(input.Byte()))); break;
            case (byte)'B': Push(input.Bytes(Number(4))); break;
            case (byte)'C': Push(input.Bytes(input.Byte())); break;
            case 0x8E or 0x96: Push(input.Bytes(Number(8))); break;

            case (byte)']' or 0x8F: Push(new PickleList()); break;
            case (byte)'}': Push(new PickleDict()); break;
            case (byte)')': Push(new PickleTuple([])); break;
            case (byte)'t': Push(new PickleTuple(PopMark())); break;
            case 0x85: Push(new PickleTuple(Pop(1))); break;
            case 0x86: Push(new PickleTuple(Pop(2))); break;
            case 0x87: Push(new PickleTuple(Pop(3))); break;
            case (byte)'l' or 0x91: Push(ListOf(PopMark())); break;
            case (byte)'d': Push(Fill(new PickleDict(), PopMark())); break;
            case (byte)'a': Append(Pop(1)); break;
            case (byte)'e' or 0x90: Append(PopMark()); break;
            case (byte)'s': SetItems(Pop(2)); break;
            case (byte)'u': SetItems(PopMark()); break;

            case (byte)'p': memo[Index(input.Line())] = Top(); break;
            case (byte)'q': memo[input.Byte()] = Top(); break;
            case (byte)'r': memo[(long)Number(4)] = Top(); break;
            case 0x94: memo[memo.Count] = Top(); break;
            case (byte)'g': Get(Index(input.Line())); break;
            case (byte)'h': Get(input.Byte()); break;
            case (byte)'j': Get((long)Number(4)); break;

            case (byte)'c': Push(Global(input.Line(), input.Line())); break;
            case 0x93: Push(Pop(2) is [string module, string name] ? Global(module, name) : throw input.Fail("names a class by something that is no text")); break;
            case (byte)'R': Push(Pop(2) is [PickleGlobal called, PickleTuple given] ? Call(called, given.Items) : throw input.Fail("calls something that is no name")); break;
            case 0x81: Push(Pop(2) is [PickleGlobal made, PickleTuple with] ? Call(made, with.Items) : throw input.Fail("makes an object of something that is no class")); break;
            case 0x92: Push(Pop(3) is [PickleGlobal kind, PickleTuple args, PickleDict] ? Call(kind, args.Items) : throw input.Fail("makes an object of something that is no class")); break;
            case (byte)'i': Push(Call(Global(input.Line(), input.Line()), PopMark())); break;
            case (byte)'o': Push(PopMark() is [PickleGlobal of, .. var values] ? Call(of, values) : throw input.Fail("makes an object of something that is no class")); break;
            case (byte)'b': Build(Pop()); break;
            case (byte)'Q': Push(Pop() is PickleTuple id && persistent(id) is { } storage ? storage : throw input.Fail("points to something that is no tensor storage")); break;
            default: throw input.Fail($"has the unknown opcode 0x{opcode:x2}");
        }
    }

    private void Protocol(byte protocol)
    {
        if (protocol > 5) throw input.Fail($"is of protocol {protocol}; 0 to 5 are known");
    }

    private PickleGlobal Global(string module, string name) => PickleGlobals.Find(module, name)
        ?? throw new Corpora.InputException($"{input.File}: refused: it refers to '{Printable(module)}.{Printable(name)}', which no checkpoint of a model needs; nothing of it was run");

    private object Call(PickleGlobal global, object?[] arguments) => global.Kind switch
    {
        GlobalKind.Data => new PickleObject(global, arguments),
        GlobalKind.Dict => DictOf(arguments is [var items, ..] ? items : null),
        GlobalKind.DefaultDict => new PickleDict(),
        GlobalKind.List => ListOf(arguments is [var items, ..] ? Copied(items) : []),
        GlobalKind.Tuple => new PickleTuple(arguments is [var items, ..] ? [.. Copied(items)] : []),
        GlobalKind.Same => arguments is [{ } value, ..] ? value : throw input.Fail($"calls {global.FullName} without a value"),
        GlobalKind.Latin1Bytes => arguments is [string text, ..] && Spend(text.Length) && text.All(c => c < 256) ? System.Text.Encoding.Latin1.GetBytes(text) : throw input.Fail("encodes something that is no text"),
        GlobalKind.NumpyScalar => NumpyScalar(arguments),
        GlobalKind.Tensor => arguments is [PickleStorage { Type: { } type } s, long offset, var shape, var strides, ..]
            ? new PickleTensor(s, type, offset, Sizes(shape), Sizes(strides)) : throw input.Fail("describes a tensor wrongly"),
        GlobalKind.TensorWithType => arguments is [PickleStorage s, long offset, var shape, var strides, _, _, PickleGlobal { Kind: GlobalKind.ElementType } dtype, ..] && PickleGlobals.Type(dtype) is { } type
            ? new PickleTensor(s, type, offset, Sizes(shape), Sizes(strides)) : throw input.Fail("describes a tensor wrongly"),
        GlobalKind.Parameter => arguments is [PickleTensor tensor, ..] ? tensor : throw input.Fail("describes a parameter wrongly"),
        _ => throw input.Fail($"calls {global.FullName}, which is no function"),
    };

    /// <summary>State is attributes; those of an OrderedDict (torch's <c>_metadata</c>) say nothing about tensors.</summary>
    private void Build(object? state)
    {
        switch (Top())
        {
            case PickleObject shell: shell.State = state; break;
            case PickleDict or PickleTensor or PickleList: break;
            default: throw input.Fail("gives a state to something that has none");
        }
    }

    private object NumpyScalar(object?[] arguments)
    {
        if (arguments is not [PickleObject { Class.FullName: "numpy.dtype", Arguments: [string type, ..] } dtype, byte[] bytes])
            throw input.Fail("describes a numpy scalar wrongly");
        if (bytes.Length > 8) throw input.Fail($"holds a numpy scalar of {bytes.Length} bytes");
        var little = dtype.State is not PickleTuple { Items: [_, ">", ..] };
        if (!little) Array.Reverse(bytes = [.. bytes]);
        return (type, bytes.Length) switch
        {
            ("f8", 8) => MemoryMarshal.Read<double>(bytes),
            ("f4", 4) => (double)MemoryMarshal.Read<float>(bytes),
            ("f2", 2) => (double)MemoryMarshal.Read<Half>(bytes),
            ("i8", 8) => MemoryMarshal.Read<long>(bytes),
            ("i4", 4) => (long)MemoryMarshal.Read<int>(bytes),
            ("i2", 2) => (long)MemoryMarshal.Read<short>(bytes),
            ("i1", 1) => (long)(sbyte)bytes[0],
            ("u4", 4) => (long)MemoryMarshal.Read<uint>(bytes),
            ("u2", 2) => (long)MemoryMarshal.Read<ushort>(bytes),
            ("u1", 1) => (long)bytes[0],
            ("b1", 1) => bytes[0] != 0,
            _ => throw input.Fail($"holds a numpy scalar of the unknown type '{Printable(type)}'"),
        };
    }

    private System.Collections.Immutable.ImmutableArray<long> Sizes(object? sizes)
    {
        var items = Sequence(sizes);
        if (items.Count > 32 || items.Any(i => i is not long)) throw input.Fail("describes a tensor's shape wrongly");
        return [.. items.Cast<long>()];
    }

    private IReadOnlyList<object?> Sequence(object? value) => value switch
    {
        PickleTuple t => t.Items,
        PickleList l => l.Items,
        _ => throw input.Fail("makes a list of something that is none"),
    };

    private IReadOnlyList<object?> Copied(object? value)
    {
        var items = Sequence(value);
        Spend(16L * items.Count);
        return items;
    }

    private bool Spend(long bytes) => (copied += bytes) <= CopiedBytes ? true : throw input.Fail($"copies over {CopiedBytes >> 20} MB");

    private PickleDict DictOf(object? items)
    {
        var dict = new PickleDict();
        if (items is PickleDict other)
        {
            Spend(64L * other.Items.Count);
            foreach (var (key, value) in other.Items) dict.Set(key, value);
        }
        else if (items is not null)
        {
            var pairs = Sequence(items);
            Spend(64L * pairs.Count);
            foreach (var pair in pairs)
            {
                if (pair is not (PickleTuple or PickleList) || Sequence(pair) is not [var key, var value]) throw input.Fail("makes a dict of something that is none");
                dict.Set(key, value);
            }
        }
        return dict;
    }

    private static PickleList ListOf(IEnumerable<object?> items)
    {
        var list = new PickleList();
        list.Items.AddRange(items);
        return list;
    }

    private void Append(object?[] items)
    {
        if (Top() is not PickleList list) throw input.Fail("appends to something that is no list");
        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Top() is not PickleDict dict) throw input.Fail("sets items of something that is no dict");
        Fill(dict, items);
    }

    private PickleDict Fill(PickleDict dict, object?[] items)
    {
        if (items.Length % 2 != 0) throw input.Fail("has a key without a value");
        for (var i = 0; i < items.Length; i += 2) dict.Set(items[i], items[i + 1]);
        return dict;
    }

    private void Get(long index) => Push(memo.TryGetValue(index, out var value) ? value : throw input.Fail($"recalls value {index}, which was never stored"));

    private void Push(object? value) => stack.Add(value);

    private object? Top() => stack.Count > Floor ? stack[^1] : throw input.Fail("takes a value from an empty stack");

    private object? Pop()
    {
        var value = Top();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] Pop(int count) => stack.Count - Floor >= count ? Cut(stack.Count - count) : throw input.Fail("takes a value from an empty stack");

    private object?[] PopMark() => marks.TryPop(out var mark) ? Cut(mark) : throw input.Fail("closes a group that was not opened");

    private int Floor => marks.TryPeek(out var mark) ? mark : 0;

    private object?[] Cut(int from)
    {
        var items = CollectionsMarshal.AsSpan(stack)[from..].ToArray();
        stack.RemoveRange(from, items.Length);
        return items;
    }

    private ulong Number(int bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes; i++) value |= (ulong)input.Byte() << 8 * i;
        return value;
    }

    private object Long(ulong bytes)
    {
        if (bytes > 1024) throw input.Fail($"holds a number of {bytes} bytes");
        var value = new BigInteger(input.Bytes(bytes));
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private object Integer(string text) => text switch
    {
        "00" => false,
        "01" => true,
        _ when text.Length <= 1024 && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value,
        _ => throw input.Fail("holds a wrong whole number"),
    };

    private object Real(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw input.Fail("holds a wrong number");

    private long Index(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw input.Fail("has a wrong memo index");

    private string Quoted(string text) => text is [('\'' or '"') and var open, .., var close] && close == open ? text[1..^1] : throw input.Fail("holds a wrong text");

    /// <summary>A name from the file, fit for one line of a message.</summary>
    private static string Printable(string name) => string.Concat(name.Take(100).Select(c => char.IsControl(c) ? '?' : c));
}
