using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>The activations of one key of a stateless worker: an idle one, else a new one up to the limit, else the least loaded.</summary>
internal sealed class StatelessPool(InProcessSilo silo, GrainClass grainClass, GrainId grainId)
{
    private readonly List<Activation> _workers = [];

    public void Send(WorkItem work)
    {
        lock (_workers)
        {
            while (true)
            {
                var worker = _workers.MinBy(w => Volatile.Read(ref w.Load));
                if (worker is null || (Volatile.Read(ref worker.Load) > 0 && _workers.Count < grainClass.MaxWorkers))
                    _workers.Add(worker = new Activation(silo, grainClass, grainId, Remove));
                if (worker.TryAccept(work))
                    return;
                _workers.Remove(worker);
            }
        }
    }

    public Activation[] Snapshot()
    {
        lock (_workers)
            return [.. _workers];
    }

    private void Remove(Activation worker)
    {
        lock (_workers)
            _workers.Remove(worker);
    }
}
