using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Has(RequiresGrad);
            set => requires_grad_(value);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            Library.Check(Library.ts_set_requires_grad(Handle, requires_grad ? 1 : 0));
            GC.KeepAlive(this);
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad()
        {
            Library.Check(Library.ts_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        /// <summary>The accumulated gradient of a leaf, null before the first backward pass.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                IntPtr gradient;
                Library.Check(Library.ts_grad(Handle, &gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Library.Check(Library.ts_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward() => autograd.backward(this, (IList<Tensor>?)null);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward(this, grad_tensors, retain_graph, create_graph, inputs);
    }

    public static partial class autograd
    {
        /// <summary>The gradients of the outputs' sum with respect to the inputs; null where an input was not used.</summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var results = new IntPtr[inputs.Count];
            fixed (IntPtr* from = Handles(outputs), to = Handles(inputs), with = Handles(grad_outputs), found = results)
                Library.Check(Library.ts_autograd_grad(from, outputs.Count, to, inputs.Count, with,
                    grad_outputs?.Count ?? 0, retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, found));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return results.Select(handle => handle == 0 ? null! : new Tensor(handle)).ToList();
        }

        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            fixed (IntPtr* from = Handles(tensors), with = Handles(grad_tensors), to = Handles(inputs))
                Library.Check(Library.ts_backward(from, tensors.Count, with, grad_tensors?.Count ?? 0,
                    retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0, to, inputs?.Count ?? 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);
        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        private static IntPtr[] Handles(IList<Tensor>? tensors) =>
            tensors is null ? [] : tensors.Select(tensor => tensor.Handle).ToArray();
    }

    public static bool is_grad_enabled() => Library.ts_grad_mode() != 0;
    public static IDisposable no_grad() => new GradMode(false);
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_inference_mode_enabled() => Library.ts_inference_mode() != 0;
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    /// <summary>Sets the thread's grad mode, and sets it back when disposed.</summary>
    private sealed class GradMode : IDisposable
    {
        private readonly bool before = is_grad_enabled();

        internal GradMode(bool enabled) => Library.ts_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => Library.ts_set_grad_mode(before ? 1 : 0);
    }

    private sealed unsafe class InferenceMode : IDisposable
    {
        private void* guard;

        internal InferenceMode(bool enabled)
        {
            void* made;
            Library.Check(Library.ts_begin_inference_mode(enabled ? 1 : 0, &made));
            guard = made;
        }

        public void Dispose()
        {
            if (guard != null) Library.ts_end_inference_mode(guard);
            guard = null;
        }
    }
}

/// <summary>While it lives, an error in a backward pass tells the operator it comes from, and NaN is one where checked.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool enabledBefore = IsEnabled;
    private readonly bool checkedBefore = ShouldCheckNaN;

    public AnomalyMode(bool enabled, bool check_nan = true) => Set(enabled, check_nan);

    public static bool IsEnabled => Library.ts_anomaly_mode() != 0;
    public static bool ShouldCheckNaN => Library.ts_anomaly_checks_nan() != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Set(enabledBefore, checkedBefore);

    private static void Set(bool enabled, bool check) => Library.ts_set_anomaly_mode(enabled ? 1 : 0, check ? 1 : 0);
}
