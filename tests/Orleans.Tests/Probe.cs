using System.Collections.Concurrent;

namespace Orleans.Tests;

/// <summary>What grains under test report, and the gates at which they wait for the test. One per silo.</summary>
public sealed class Probe
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();

    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>Opens for everyone who waits, now and later.</summary>
    public void Open(string gate) => Gate(gate).TrySetResult();

    /// <summary>Waits until the gate is open; fails after 20 s, so that a broken rule is a failed test and no hang.</summary>
    public async Task At(string gate) => await Gate(gate).Task.WaitAsync(TimeSpan.FromSeconds(20));

    public void Add(string what) => Events.Enqueue(what);

    private TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
