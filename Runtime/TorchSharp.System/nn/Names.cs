using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

/// <summary>Values under names, in the order in which they were added.</summary>
internal sealed class Names<T>
{
    private readonly List<string> order = [];
    private readonly Dictionary<string, T> values = new();

    internal IEnumerable<T> Values => order.Select(name => values[name]);

    internal IEnumerable<(string name, T value)> Pairs => order.ToArray().Select(name => (name, values[name]));

    internal bool Has(string name) => values.ContainsKey(name);

    internal T? Find(string name) => values.GetValueOrDefault(name);

    internal bool TryAdd(string name, T value)
    {
        if (!values.TryAdd(name, value)) return false;
        order.Add(name);
        return true;
    }

    /// <summary>Sets or replaces a value, or removes it when it is not <paramref name="present"/>.</summary>
    internal void Put(string name, T? value, bool present)
    {
        if (!present) Remove(name);
        else if (!TryAdd(name, value!)) values[name] = value!;
    }

    internal void Remove(string name)
    {
        if (values.Remove(name)) order.Remove(name);
    }

    internal void Clear()
    {
        values.Clear();
        order.Clear();
    }
}
