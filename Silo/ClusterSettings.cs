using System.Net;

namespace Emotion2Vec.Silo;

/// <summary>How a process takes part in a cluster (docs/CLUSTER.md).</summary>
public sealed record ClusterSettings
{
    /// <summary>
    /// Connection string of the PostgreSQL database that holds Orleans' membership tables. Null = membership in the memory
    /// of the silo on port <see cref="Primary"/> of this machine, which must start first and stay: for tests.
    /// </summary>
    public string? Membership { get; init; }

    /// <summary>Address on which the other members reach this one, and the only one on which it listens for them. They do not authenticate.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port for the other silos.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Port for clients of the cluster (API-only hosts); 0 = none.</summary>
    public int Gateway { get; init; } = 30000;

    /// <summary>Port of the silo that keeps the membership where no database does.</summary>
    public int Primary { get; init; } = DefaultPort;

    /// <summary>Whether it only serves the API: a client of the cluster, with neither grains nor slots.</summary>
    public bool ApiOnly { get; init; }

    /// <summary>Orleans' own port for silos.</summary>
    public const int DefaultPort = 11111;

    /// <summary>Unique in the cluster, and the first part of its slots' names.</summary>
    public string Name => ApiOnly ? $"{Environment.MachineName}:api" : $"{Environment.MachineName}:{Port}";
}
