using System.Collections.Immutable;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Slots;

namespace Emotion2Vec.Silo.Joining;

/// <summary>How a machine joins a silo.</summary>
public sealed record JoinOptions
{
    /// <summary>The silo's address.</summary>
    public required Uri Silo { get; init; }

    /// <summary>What is shown to it.</summary>
    public Credentials Credentials { get; init; } = new(null, null);

    /// <summary>State folder of this machine; created where missing. One process at a time may use it.</summary>
    public required string Home { get; init; }

    /// <summary>Folder of the corpora; null = none, and then no job comes here that reads audio.</summary>
    public string? Data { get; init; }

    /// <summary>Name of this machine; null = the host's and four digits of the home's own.</summary>
    public string? Name { get; init; }

    /// <summary>Slots on processor cores.</summary>
    public int CpuSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>GPUs that are slots.</summary>
    public ImmutableArray<Gpu> Gpus { get; init; } = [];

    /// <summary>Program and leading arguments that start a worker.</summary>
    public required IReadOnlyList<string> WorkerCommand { get; init; }

    /// <summary>How often this machine and its workers report.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);
}
