namespace Orleans.Tests;

/// <summary>What grains under test report, and the gates at which they wait for the test. One per silo.</summary>
public sealed class Probe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];
    private readonly List<string> _events = [];
    private readonly List<(string What, int Times, TaskCompletionSource Seen)> _awaited = [];

    public string[] Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    public void Add(string what)
    {
        lock (_events)
        {
            _events.Add(what);
            var count = Count(what);
            foreach (var (_, _, seen) in _awaited.Where(a => a.What == what && a.Times <= count))
                seen.TrySetResult();
        }
    }

    public int Count(string what)
    {
        lock (_events)
            return _events.Count(e => e == what);
    }

    /// <summary>Until the event was reported so many times; fails after 20 s, so that a broken rule is a failed test and no hang.</summary>
    public async Task Until(string what, int times = 1)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_events)
        {
            if (Count(what) >= times)
                return;
            _awaited.Add((what, times, seen));
        }

        try
        {
            await seen.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"'{what}' was not reported {times} times; reported: {string.Join(", ", Events)}");
        }
    }

    /// <summary>Opens for everyone who waits there, now and later.</summary>
    public void Open(string gate) => Gate(gate).TrySetResult();

    public Task At(string gate) => Gate(gate).Task.WaitAsync(Patience);

    private TaskCompletionSource Gate(string name)
    {
        lock (_gates)
        {
            if (!_gates.TryGetValue(name, out var gate))
                _gates[name] = gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return gate;
        }
    }
}
