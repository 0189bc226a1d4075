using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.InProcess;

// Which work may start beside which. Everything here runs in turns.
internal sealed partial class Activation
{
    private readonly LinkedList<WorkItem> _waiting = new();
    private readonly List<WorkItem> _blocking = [];
    private readonly Dictionary<Guid, int> _sections = [];
    private int _running;

    public HashSet<IStreamSession> Streams { get; } = [];

    private void Receive(WorkItem work)
    {
        if (_state is State.Created)
        {
            // It waits before activation begins, because that may end, well or badly, before it returns.
            _waiting.AddLast(work);
            _ = ActivateAsync();
            return;
        }

        if (Admit(work) is not { } may)
            return;
        if (may)
            Start(work);
        else
            _waiting.AddLast(work);
        AfterWork();
    }

    /// <summary>Starts what may start, oldest first. Later work overtakes earlier only where a rule can let it.</summary>
    private void Pump()
    {
        for (var node = _waiting.First; node is not null;)
        {
            var may = Admit(node.Value);
            if (may is false)
            {
                node = CanOvertake ? node.Next : null;
                continue;
            }

            var next = node.Next;
            _waiting.Remove(node);
            if (may is true)
            {
                Start(node.Value);
                next = _waiting.First;
            }

            node = next;
        }

        AfterWork();
    }

    private bool CanOvertake =>
        _justActivated || _sections.Count > 0 || Class.MayInterleave is not null || _state is State.Deactivating || _blocking.TrueForAll(w => w.ReadOnly);

    /// <summary>Null: the work is over, dropped or refused.</summary>
    private bool? Admit(WorkItem work)
    {
        if (work.Expired)
        {
            Interlocked.Decrement(ref Load);
            return null;
        }

        try
        {
            return MayStart(work);
        }
        catch (Exception error)
        {
            Interlocked.Decrement(ref Load);
            work.Reject(error);
            return null;
        }
    }

    private bool MayStart(WorkItem work)
    {
        if (_state is not State.Valid && !(_state is State.Deactivating && work.LocalOnly))
            return false;
        if (_blocking.Count == 0 || work.AlwaysInterleave || Class.Reentrant)
            return true;
        if (work.ReadOnly && _blocking.TrueForAll(w => w.ReadOnly))
            return true;
        if (work.ReentrancyId != Guid.Empty && _sections.ContainsKey(work.ReentrancyId))
            return true;
        return Class.MayInterleave is { } may && (Allows(work) || _blocking.TrueForAll(Allows));

        bool Allows(WorkItem item) => item is IInvokable call && may(GrainInstance!, call);
    }

    private void Start(WorkItem work)
    {
        if (!work.Detached)
            _running++;
        if (!work.AlwaysInterleave)
            _blocking.Add(work);
        var running = work.RunAsync(this);
        if (running.IsCompleted)
            Finish(work);
        else
            _ = FinishLater(running, work);
    }

    private async Task FinishLater(Task running, WorkItem work)
    {
        await running;
        Finish(work);
        Pump();
    }

    private void Finish(WorkItem work)
    {
        Interlocked.Decrement(ref Load);
        if (!work.Detached)
            _running--;
        if (!work.AlwaysInterleave)
            _blocking.Remove(work);
    }

    private void AfterWork()
    {
        if (_state is State.Deactivating && _running == 0 && !_deactivating)
            _ = FinishDeactivationAsync();
    }
}
