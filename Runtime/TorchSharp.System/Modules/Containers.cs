using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Modules in a list, called "0", "1", … once the list is part of a module.</summary>
        public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
        {
            private readonly List<T> list = [];

            public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => list.AddRange(modules);

            public T this[int index] { get => list[index]; set => list[index] = value; }
            public int Count => list.Count;
            public bool IsReadOnly => false;

            protected override void RegisterComponents()
            {
                ClearModules();
                for (var i = 0; i < Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), list[i]);
            }

            public void Add(T item) => list.Add(item);
            public void append(params T[] parameters) => list.AddRange(parameters);
            public void extend(IEnumerable<T> modules) => list.AddRange(modules);
            public void Clear() => list.Clear();
            public bool Contains(T item) => list.Contains(item);
            public void CopyTo(T[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);
            public int IndexOf(T item) => list.IndexOf(item);
            public void Insert(int index, T item) => list.Insert(index, item);
            public bool Remove(T item) => list.Remove(item);
            public void RemoveAt(int index) => list.RemoveAt(index);
            public IEnumerator<T> GetEnumerator() => list.GetEnumerator();
            IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
        }

        /// <summary>Modules under names, in the order in which they were added.</summary>
        public class ModuleDict<T> : nn.Module, IEnumerable<(string, T)> where T : nn.Module
        {
            private readonly List<(string name, T module)> list = [];

            public ModuleDict() : base(nameof(ModuleDict<T>))
            {
            }

            public T this[string key]
            {
                get => TryGetValue(key, out var module) ? module : throw new KeyNotFoundException($"no module is called {key}");
                set
                {
                    var at = Find(key);
                    if (at < 0) Add(key, value);
                    else list[at] = (key, value);
                }
            }

            public int Count => list.Count;
            public bool IsReadOnly => false;

            public IEnumerable<string> keys() => list.Select(pair => pair.name);
            public IEnumerable<T> values() => list.Select(pair => pair.module);
            public IEnumerator<(string, T)> items() => list.GetEnumerator();

            protected override void RegisterComponents()
            {
                ClearModules();
                foreach (var (name, module) in list) register_module(name, module);
            }

            public void Add((string, T) item) => Add(item.Item1, item.Item2);

            public void Add(string key, T value)
            {
                if (ContainsKey(key)) throw new System.ArgumentException($"a module is called {key} already");
                list.Add((key, value));
            }

            public bool ContainsKey(string key) => Find(key) >= 0;

            public bool Remove(string key) => list.RemoveAll(pair => pair.name == key) > 0;

            public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
            {
                var at = Find(key);
                value = at < 0 ? null : list[at].module;
                return at >= 0;
            }

            public void clear() => list.Clear();
            public void Clear() => list.Clear();
            public IEnumerator<(string, T)> GetEnumerator() => list.GetEnumerator();
            IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

            private int Find(string key) => list.FindIndex(pair => pair.name == key);
        }

        /// <summary>Parameters in a list, called "0", "1", … once the list is part of a module.</summary>
        public class ParameterList : nn.Module, IList<Parameter>
        {
            private readonly List<Parameter> list = [];

            public ParameterList(params Parameter[] parameters) : base(nameof(ParameterList)) => list.AddRange(parameters);

            public Parameter this[int index] { get => list[index]; set => list[index] = value; }
            public int Count => list.Count;
            public bool IsReadOnly => false;

            protected override void RegisterComponents()
            {
                for (var i = 0; i < Count; i++) ConditionallyRegisterParameter(i.ToString(CultureInfo.InvariantCulture), list[i]);
            }

            public void Add(Parameter item) => list.Add(item);
            public void append(params Parameter[] parameters) => list.AddRange(parameters);
            public void extend(IEnumerable<Parameter> parameters) => list.AddRange(parameters);
            public void Clear() => list.Clear();
            public bool Contains(Parameter item) => IndexOf(item) >= 0;
            public void CopyTo(Parameter[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);
            public int IndexOf(Parameter item) => list.FindIndex(own => ReferenceEquals(own, item));
            public void Insert(int index, Parameter item) => list.Insert(index, item);
            public void RemoveAt(int index) => list.RemoveAt(index);
            public IEnumerator<Parameter> GetEnumerator() => list.GetEnumerator();
            IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

            public bool Remove(Parameter item)
            {
                var at = IndexOf(item);
                if (at >= 0) RemoveAt(at);
                return at >= 0;
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var made = new ModuleDict<T>();
                foreach (var (name, module) in modules) made.Add(name, module);
                return made;
            }

            public static ParameterList ParameterList(params Parameter[] parameters) => new(parameters);
        }
    }
}
