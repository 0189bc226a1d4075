using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>
/// Calls operators of libtorch by the name of their schema, "add.Tensor" for <c>aten::add</c> with overload
/// <c>Tensor</c>. Arguments that are left out at the end take the schema's defaults.
/// </summary>
internal static unsafe class Aten
{
    private static readonly object Adding = new();
    private static volatile Dictionary<string, IntPtr> operators = new();

    /// <summary>An operator with one tensor as result.</summary>
    internal static torch.Tensor Op(string name, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(name, args, &result, 1);
        return new torch.Tensor(result.Pointer);
    }

    internal static (torch.Tensor, torch.Tensor) Op2(string name, params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc Value[2];
        Invoke(name, args, results, 2);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    internal static (torch.Tensor, torch.Tensor, torch.Tensor) Op3(string name, params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc Value[3];
        Invoke(name, args, results, 3);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer),
            new torch.Tensor(results[2].Pointer));
    }

    internal static torch.Tensor[] OpList(string name, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(name, args, &result, 1);
        var handles = (IntPtr*)result.Pointer;
        var tensors = new torch.Tensor[result.Count];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = new torch.Tensor(handles[i]);
        Library.ts_free(handles);
        return tensors;
    }

    /// <summary>An operator whose result is a bool or an integer.</summary>
    internal static long OpValue(string name, params ReadOnlySpan<Arg> args)
    {
        Value result;
        Invoke(name, args, &result, 1);
        return result.Bits;
    }

    /// <summary>An operator in place: the result, which is the first argument itself, is dropped.</summary>
    internal static void Run(string name, params ReadOnlySpan<Arg> args)
    {
        Value result;
        if (Invoke(name, args, &result, 1) == 1 && result.Tag == Tag.Tensor && result.Bits != 0)
            Library.ts_delete(result.Pointer);
    }

    [SkipLocalsInit]
    private static int Invoke(string name, ReadOnlySpan<Arg> args, Value* results, int capacity)
    {
        const int onStack = 64;
        var op = operators.TryGetValue(name, out var found) ? found : Find(name);
        var words = 0;
        foreach (ref readonly var arg in args) words += arg.Words;

        var values = stackalloc Value[args.Length];
        var near = stackalloc long[onStack];
        var scratch = words <= onStack ? near : (long*)NativeMemory.Alloc((nuint)words, sizeof(long));
        try
        {
            var free = scratch;
            for (var i = 0; i < args.Length; i++)
            {
                values[i] = Write(in args[i], free);
                free += args[i].Words;
            }
            int returned;
            var status = Library.ts_call((void*)op, values, args.Length, results, capacity, &returned);
            // Until here the tensors must not be finalized.
            for (var i = 0; i < args.Length; i++) GC.KeepAlive(args[i].Reference);
            Library.Check(status);
            return returned;
        }
        finally
        {
            if (scratch != near) NativeMemory.Free(scratch);
        }
    }

    private static Value Write(in Arg arg, long* free)
    {
        var value = new Value { Tag = arg.Tag, Count = arg.Count, Bits = arg.Bits };
        switch (arg.Tag)
        {
            case Tag.Tensor:
                value.Bits = Unsafe.As<torch.Tensor>(arg.Reference!).Handle;
                break;
            case Tag.Generator:
                value.Bits = Unsafe.As<torch.Generator>(arg.Reference!).Handle;
                break;
            case Tag.Complex:
                var complex = (System.Numerics.Complex)arg.Reference!;
                value.Bits = BitConverter.DoubleToInt64Bits(complex.Real);
                value.Imaginary = complex.Imaginary;
                break;
            case Tag.IntList:
                ((long[])arg.Reference!).CopyTo(new Span<long>(free, arg.Count));
                value.Bits = (long)free;
                break;
            case Tag.DoubleList:
                ((double[])arg.Reference!).CopyTo(new Span<double>(free, arg.Count));
                value.Bits = (long)free;
                break;
            case Tag.BoolList:
                var flags = (bool[])arg.Reference!;
                for (var i = 0; i < flags.Length; i++) free[i] = flags[i] ? 1 : 0;
                value.Bits = (long)free;
                break;
            case Tag.TensorList or Tag.OptionalTensorList:
                var tensors = (torch.Tensor?[])arg.Reference!;
                for (var i = 0; i < tensors.Length; i++) free[i] = tensors[i]?.Handle ?? 0;
                value.Bits = (long)free;
                break;
            case Tag.String:
                System.Text.Encoding.ASCII.GetBytes((string)arg.Reference!, new Span<byte>(free, arg.Count));
                value.Bits = (long)free;
                break;
        }
        return value;
    }

    private static IntPtr Find(string name)
    {
        lock (Adding)
        {
            var dot = name.IndexOf('.');
            void* op;
            Library.Check(Library.ts_find("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? "" : name[(dot + 1)..], &op));
            // Readers go without a lock: a new table replaces the old one.
            operators = new Dictionary<string, IntPtr>(operators) { [name] = (IntPtr)op };
            return (IntPtr)op;
        }
    }
}
