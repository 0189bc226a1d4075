using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Modules one after the other; without names they are called "0", "1", ….</summary>
        public class Sequential : nn.Module<Tensor, Tensor>
        {
            private readonly List<(string name, nn.Module<Tensor, Tensor> module)> steps = [];

            protected internal Sequential(params (string, nn.Module<Tensor, Tensor>)[] modules) : base(nameof(Sequential))
            {
                foreach (var (name, module) in modules) append(name, module);
            }

            protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
            {
                foreach (var module in modules) append(module);
            }

            public int Count => steps.Count;
            public nn.IModule<Tensor, Tensor> this[int index] => steps[index].module;
            public Sequential this[Range index] => new(steps.GetRange(index.GetOffsetAndLength(Count).Offset, index.GetOffsetAndLength(Count).Length).ToArray());

            public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
            {
                var step = (nn.Module<Tensor, Tensor>)module;
                register_module(name, step);
                steps.Add((name, step));
                return this;
            }

            public Sequential append(nn.IModule<Tensor, Tensor> module) =>
                append(Count.ToString(CultureInfo.InvariantCulture), module);

            public override Tensor forward(Tensor tensor)
            {
                if (Count == 0) return tensor.alias();
                var current = tensor;
                foreach (var (_, module) in steps)
                {
                    var next = module.call(current);
                    if (!ReferenceEquals(current, tensor) && !ReferenceEquals(current, next)) current.Dispose();
                    current = next;
                }
                return current;
            }

            protected override void RegisterComponents()
            {
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());
            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);
            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);
            public static Sequential Sequential(params Tuple<string, Module<Tensor, Tensor>>[] modules) =>
                new(Array.ConvertAll(modules, pair => (pair.Item1, pair.Item2)));
            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) => new(modules.ToArray());
            public static Sequential Sequential(IEnumerable<Tuple<string, Module<Tensor, Tensor>>> modules) => Sequential(modules.ToArray());
            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());
        }
    }
}
