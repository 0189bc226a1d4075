using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A part of a model: parameters, buffers and other modules, each under a name. After
        /// <see cref="RegisterComponents"/> those are the names of the fields that hold them.
        /// </summary>
        public partial class Module : IDisposable
        {
            private readonly Names<Module> submodules = new();
            private readonly Names<(Tensor tensor, bool persistent)> registered = new();
            private readonly Names<Parameter> parameters_ = new();
            private readonly string name;
            private bool areComponentsRegistered;
            private bool isTraining = true;

            protected Module(string name) => this.name = name;

            public virtual bool training => isTraining;

            public virtual string GetName() => name;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var parameter in parameters_.Values) parameter.Dispose();
                foreach (var (tensor, _) in registered.Values) tensor.Dispose();
                foreach (var module in submodules.Values) module.Dispose();
            }

            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, module) in named_children()) module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else Aten.Run("zero_", gradient);
                }
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in named_children()) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual IEnumerable<(string name, Module module)> named_children() => submodules.Pairs;
            public virtual IEnumerable<Module> children() => named_children().Select(pair => pair.module);
            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.module);

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (child, module) in named_children())
                {
                    yield return (child, module);
                    foreach (var (inner, part) in module.named_modules()) yield return ($"{child}.{inner}", part);
                }
            }

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var (own, parameter) in parameters_.Pairs)
                    if (!parameter.IsInvalid && seen.Add(parameter))
                        yield return (own, parameter);
                if (!recurse) yield break;
                foreach (var (child, module) in submodules.Pairs)
                    foreach (var (inner, parameter) in module.named_parameters())
                        if (seen.Add(parameter))
                            yield return ($"{child}.{inner}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(pair => pair.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (own, (tensor, persistent)) in registered.Pairs)
                    if (!tensor.IsInvalid && (persistent || include_nonpersistent) && seen.Add(tensor))
                        yield return (own, tensor);
                if (!recurse) yield break;
                foreach (var (child, module) in submodules.Pairs)
                    foreach (var (inner, tensor) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(tensor))
                            yield return ($"{child}.{inner}", tensor);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(pair => pair.buffer);

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= new();
                foreach (var (own, parameter) in named_parameters()) destination.TryAdd(Full(own), parameter);
                foreach (var (own, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Full(own), buffer);
                foreach (var (child, module) in submodules.Pairs) module.state_dict(destination, Full(child));
                return destination;

                string Full(string own) => string.IsNullOrEmpty(prefix) ? own : $"{prefix}.{own}";
            }

            /// <summary>Copies the tensors of the same names into this module's.</summary>
            /// <exception cref="InvalidOperationException">The names differ and <paramref name="strict"/> is set.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                skip ??= [];
                var own = state_dict();
                var missing = own.Keys.Where(key => !skip.Contains(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => !skip.Contains(key) && !own.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");
                using var _ = no_grad();
                foreach (var (key, tensor) in source)
                    if (!skip.Contains(key) && own.TryGetValue(key, out var target))
                        Aten.Run("copy_", target, tensor);
                return (missing, unexpected);
            }

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;
            public virtual bool has_buffer(string target) => get_buffer(target) is not null;
            public virtual Parameter? get_parameter(string target) =>
                named_parameters().FirstOrDefault(pair => pair.name == target).parameter;
            public virtual Tensor? get_buffer(string target) =>
                named_buffers().FirstOrDefault(pair => pair.name == target).buffer;

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!registered.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!parameters_.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    submodules.Remove(name);
                    return;
                }
                if (string.IsNullOrEmpty(name)) throw new ArgumentException("module name can't be empty string \"\"");
                if (name.Contains('.')) throw new ArgumentException($"module name can't contain \".\", got: {name}");
                submodule.RegisterComponents();
                if (!submodules.TryAdd(name, submodule))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
            }

            protected void ConditionallyRegisterParameter(string name, Parameter? value) =>
                parameters_.Put(name, value, value is not null);

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true) =>
                registered.Put(name, (value!, persistent), value is not null);

            /// <summary>A parameter of this module itself by name, null where there is none.</summary>
            private protected Parameter? Own(string name) => parameters_.Find(name);

            private protected Tensor? OwnBuffer(string name) => registered.Find(name).tensor;

            protected void ClearModules() => submodules.Clear();

            /// <summary>Registers every parameter, tensor and module that a field holds, under the field's name.</summary>
            protected virtual void RegisterComponents()
            {
                if (areComponentsRegistered) return;
                foreach (var field in FieldsOf(GetType()))
                {
                    if (submodules.Has(field.Name) || parameters_.Has(field.Name) || registered.Has(field.Name)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(field.Name, module); break;
                        case Parameter parameter: register_parameter(field.Name, parameter); break;
                        case Tensor tensor: register_buffer(field.Name, tensor); break;
                    }
                }
                areComponentsRegistered = true;
            }

            private static IEnumerable<FieldInfo> FieldsOf(Type type)
            {
                const BindingFlags own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;
                for (var t = type; t is not null && t != typeof(Module); t = t.BaseType)
                    foreach (var field in t.GetFields(own))
                        yield return field;
            }
        }
    }
}
