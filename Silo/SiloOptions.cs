using System.Collections.Immutable;
using Emotion2Vec.Silo.Slots;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo;

/// <summary>How a silo is started.</summary>
public sealed record SiloOptions
{
    /// <summary>State folder; created where missing. One silo at a time may use it.</summary>
    public required string Home { get; init; }

    /// <summary>Connection string of the PostgreSQL database that holds the store; null = SQLite in the home. May hold a password: never printed.</summary>
    public string? Store { get; init; }

    /// <summary>How it is one silo of a cluster; null = the only one on its store. Only a build with the Orleans packages can be in a cluster.</summary>
    public ClusterSettings? Cluster { get; init; }

    /// <summary>Address to listen on; port 0 takes a free one.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:0";

    /// <summary>Folder of the corpora, for grids that name none; null = none. Callers from elsewhere reach nothing outside of it.</summary>
    public string? Data { get; init; }

    /// <summary>Whether the token is asked for on a loopback address too; elsewhere it always is.</summary>
    public bool Token { get; init; }

    /// <summary>Whether a new token replaces the home's.</summary>
    public bool NewToken { get; init; }

    /// <summary>Certificate for an https address: <c>.pem</c> or <c>.pfx</c>.</summary>
    public string? Certificate { get; init; }

    /// <summary>Private key of the certificate in PEM, where it is in a file of its own.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Password of the certificate or its key. Never printed.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>Whether plain HTTP may be spoken beyond this machine.</summary>
    public bool Insecure { get; init; }

    /// <summary>Slots on processor cores, one worker process with one thread each.</summary>
    public int CpuSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>GPUs that are slots; each has one worker process, which sees no other.</summary>
    public ImmutableArray<Gpu> Gpus { get; init; } = [];

    /// <summary>Program and leading arguments that start a worker; <c>--silo</c>, <c>--slot</c>, <c>--home</c>, <c>--device</c>, <c>--memory</c> and <c>--heartbeat</c> are appended.</summary>
    public required IReadOnlyList<string> WorkerCommand { get; init; }

    /// <summary>After this much silence a worker has lost its job.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often workers report.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a job may lose its worker before it is taken for the cause.</summary>
    public int FreeLosses { get; init; } = 3;

    /// <summary>Adds to the silo's services, e.g. interceptors of the store.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>After how long without any attempt beginning or ending, while jobs are queued and slots are free, the watchdog reports.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the log has a JSON object per line.</summary>
    public bool JsonLogs { get; init; } = Environment.GetEnvironmentVariable("E2V_LOG") == "json";

    /// <summary>Whether spans are written to <c>logs/traces.jsonl</c>.</summary>
    public bool Traces { get; init; } = Environment.GetEnvironmentVariable("E2V_TRACES") == "1";
}
