using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

/// <summary>
/// Disposes the tensors that are made on its thread while it is the innermost scope, except those that were moved or
/// detached.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private DisposeScopeManager? manager;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer) => (this.manager, Outer) = (manager, outer);

    internal DisposeScope? Outer;
    internal HashSet<IDisposable> Items = new(ReferenceEqualityComparer.Instance);

    private DisposeScopeManager Manager => manager ?? throw new ObjectDisposedException(nameof(DisposeScope));

    public IReadOnlyList<IDisposable> DisposablesView => manager is null ? throw new ObjectDisposedException(nameof(DisposeScope)) : Items.ToArray();
    public int DisposablesCount => manager is null ? throw new ObjectDisposedException(nameof(DisposeScope)) : Items.Count;

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(Outer, disposable);
    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        MoveToOther(Outer, first, second);
    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => MoveToOther(Outer, first, second, third);
    public void MoveToOuter(params IDisposable[] disposables) => Move(Outer, disposables);
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => Move(Outer, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        Move(scope, [disposable]);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
    {
        Move(scope, [first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        Move(scope, [first, second, third]);
        return (first, second, third);
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => Move(scope, disposables);
    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables) => Move(scope, disposables);

    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);
    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        MoveToOther(null, first, second);
    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => MoveToOther(null, first, second, third);
    public void Detach(params IDisposable[] disposables) => Move(null, disposables);
    public void Detach(IEnumerable<IDisposable> disposables) => Move(null, disposables);

    public void Attach(IDisposable disposable) => Attach((IEnumerable<IDisposable>)[disposable]);
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var counts = Manager.Counts;
        var attached = disposables.ToArray();
        foreach (var item in attached)
        {
            if (OwnerOf(item) == this) continue;
            Give(item, this);
            counts.Of(item).AttachedToScopeCount++;
        }
        return attached;
    }

    public void DisposeEverything() => DisposeEverythingBut((IEnumerable<IDisposable>)[]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        _ = Manager;
        var old = Items;
        Items = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var item in old)
            if (!Items.Contains(item))
                item.Dispose();
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    public void Dispose()
    {
        if (manager is null) return;
        DisposeEverything();
        manager.Close(this);
        manager = null;
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        _ = Manager;
        Items.Remove(disposable);
        SetOwner(disposable, null);
    }

    public bool Contains(IDisposable disposable) => Items.Contains(disposable);

    private void Move(DisposeScope? target, IEnumerable<IDisposable> disposables)
    {
        var counts = Manager.Counts;
        foreach (var item in disposables)
        {
            if (!Items.Contains(item)) continue;
            Give(item, target);
            if (target is null) counts.Of(item).DetachedFromScopeCount++;
        }
    }

    internal static void Give(IDisposable item, DisposeScope? target)
    {
        OwnerOf(item)?.Items.Remove(item);
        target?.Items.Add(item);
        SetOwner(item, target);
    }

    private static DisposeScope? OwnerOf(IDisposable item) => item switch
    {
        torch.Tensor tensor => tensor.OwningScope,
        torch.nn.utils.rnn.PackedSequence sequence => sequence.OwningScope,
        _ => throw new InvalidOperationException("DisposeScope can only manage Tensor or PackedSequence"),
    };

    private static void SetOwner(IDisposable item, DisposeScope? owner)
    {
        if (item is torch.Tensor tensor) tensor.OwningScope = owner;
        else if (item is torch.nn.utils.rnn.PackedSequence sequence) sequence.OwningScope = owner;
    }
}
