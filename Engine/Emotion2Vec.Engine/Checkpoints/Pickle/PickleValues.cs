using System.Collections.Immutable;

namespace Emotion2Vec.Engine.Checkpoints.Pickle;

// What a pickle can hold, as inert data. None is null; numbers, text and bytes are long, double, BigInteger, string, bool, byte[].

/// <summary>A name of a class or function that is allowed; nothing behind it exists here.</summary>
internal sealed record PickleGlobal(string Module, string Name, GlobalKind Kind)
{
    public string FullName => $"{Module}.{Name}";
}

internal sealed record PickleTuple(object?[] Items);

/// <summary>A list or set.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dict or OrderedDict in insertion order; a key set again keeps its place.</summary>
internal sealed class PickleDict
{
    private readonly List<(object? Key, object? Value)> items = [];
    private Dictionary<object, int>? places;

    public IReadOnlyList<(object? Key, object? Value)> Items => items;

    public object? this[string key] => places is not null && places.TryGetValue(key, out var i) ? items[i].Value : null;

    public void Set(object? key, object? value)
    {
        // Only plain keys are told apart by value: torch and fairseq use no others, and hashing nested tuples could recurse.
        if (key is string or long or bool or double)
        {
            places ??= [];
            if (places.TryGetValue(key, out var i))
            {
                items[i] = (key, value);
                return;
            }
            places[key] = items.Count;
        }
        items.Add((key, value));
    }
}

/// <summary>An object of a class that is only data here: what it was made from, and its state.</summary>
internal sealed record PickleObject(PickleGlobal Class, object?[] Arguments)
{
    public object? State { get; set; }

    /// <summary>The object's attributes; classes with slots store (None, attributes).</summary>
    public PickleDict? Attributes => State switch
    {
        PickleDict d => d,
        PickleTuple { Items: [_, PickleDict d] } => d,
        _ => null,
    };
}

/// <summary>A storage the pickle points to by key; its bytes are elsewhere in the file.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Null for an untyped storage, whose tensors bring their type.</param>
/// <param name="Elements">Elements (bytes when untyped) of the whole storage.</param>
/// <param name="ViewOffset">Where in it the view begins, in elements (only very old files have views of storages).</param>
internal sealed record PickleStorage(string Key, ElementType? Type, long Elements, long ViewOffset = 0);

/// <summary>A view of a storage, not yet checked against it.</summary>
internal sealed record PickleTensor(PickleStorage Storage, ElementType Type, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);
