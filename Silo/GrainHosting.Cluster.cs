using System.Net;
using System.Net.Sockets;
using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Emotion2Vec.Silo;

/// <summary>Grains in a cluster: all that a build with the Orleans packages has in place of GrainHosting.cs.</summary>
internal static class GrainHosting
{
    private const string Cluster = "e2v", Invariant = "Npgsql";

    /// <exception cref="InputException">The membership's database cannot be used.</exception>
    public static async Task Check(SiloOptions options)
    {
        if (options.Cluster is null) return;
        if (options.Cluster.Membership is not { } membership)
        {
            if (options.Cluster.ApiOnly && options.Cluster.Gateway == 0) throw new InputException("--api-only: needs the gateway port of a silo on this machine");
            return;
        }
        try
        {
            await using var connection = new NpgsqlConnection(membership);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT to_regclass('orleansquery') IS NOT NULL AND to_regclass('orleansmembershiptable') IS NOT NULL", connection);
            if (!(bool)(await command.ExecuteScalarAsync())!)
                throw new InputException("--cluster: the database lacks Orleans' membership tables: run PostgreSQL-Main.sql and PostgreSQL-Clustering.sql of Orleans on it first (docs/CLUSTER.md)");
        }
        catch (ArgumentException)
        {
            // What the parser says may quote the text, and with it the password.
            throw new InputException("--cluster: must be like Host=db.example;Database=e2v;Username=e2v;Password=…, or localhost; this one cannot be read");
        }
        catch (NpgsqlException error)
        {
            throw new InputException($"--cluster: the database cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Puts the grain runtime, or a client of it, into the host.</summary>
    public static void UseGrains(this IHostApplicationBuilder builder, SiloOptions options)
    {
        builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);
        if (options.Cluster is not { } member) builder.UseOrleans(UseOneSilo);
        else if (member.ApiOnly) builder.UseOrleansClient(client => UseCluster(client, member));
        else builder.UseOrleans(silo => UseCluster(silo, member));
    }

    /// <summary>Slot grains live where their slots are, and dead silos are noticed early enough for their jobs to run elsewhere within a minute.</summary>
    internal static ISiloBuilder UseSlotPlacement(this ISiloBuilder silo) => silo
        .AddPlacementDirector<SlotPlacement, SlotPlacementDirector>()
        .ConfigureServices(services => services.AddSingleton<IGrainPropertiesProvider, SlotGrainProperties>())
        .Configure<ClusterMembershipOptions>(o => (o.ProbeTimeout, o.NumMissedProbesLimit, o.TableRefreshTimeout, o.IAmAliveTablePublishTimeout) =
            (TimeSpan.FromSeconds(2), 3, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)));

    // The only silo on its store opens a port all the same; a free one, so that silos of other homes are not in its way.
    private static void UseOneSilo(ISiloBuilder silo) => silo.UseLocalhostClustering(FreePort(), gatewayPort: 0, serviceId: Cluster, clusterId: $"{Cluster}-{Guid.NewGuid():N}");

    private static void UseCluster(ISiloBuilder silo, ClusterSettings member)
    {
        silo.Configure<Orleans.Configuration.SiloOptions>(o => o.SiloName = member.Name);
        silo.UseSlotPlacement();
        if (member.Membership is { } connection)
        {
            silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (Cluster, Cluster));
            silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
            silo.ConfigureEndpoints(member.Address, member.Port, member.Gateway);
        }
        else
        {
            silo.UseLocalhostClustering(member.Port, member.Gateway, new IPEndPoint(IPAddress.Loopback, member.Primary), serviceId: Cluster, clusterId: Cluster);
        }
    }

    private static void UseCluster(IClientBuilder client, ClusterSettings member)
    {
        if (member.Membership is { } connection)
        {
            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (Cluster, Cluster));
            client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        }
        else
        {
            client.UseLocalhostClustering(member.Gateway, serviceId: Cluster, clusterId: Cluster);
        }
        // It may start before the silos do; Ctrl-C ends the wait.
        client.UseConnectionRetryFilter(async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            return true;
        });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Placement of a grain whose key is <c>silo/device</c>: on the silo of that name.</summary>
[GenerateSerializer, Immutable]
internal sealed class SlotPlacement : PlacementStrategy;

/// <summary>Gives slot grains their placement: an attribute of it on the class would need the packages in Grains.</summary>
internal sealed class SlotGrainProperties : IGrainPropertiesProvider
{
    public void Populate(Type grainClass, GrainType grainType, Dictionary<string, string> properties)
    {
        if (grainClass == typeof(GpuSlotGrain)) properties[WellKnownGrainTypeProperties.PlacementStrategy] = nameof(SlotPlacement);
    }
}

/// <inheritdoc cref="SlotPlacement"/>
internal sealed class SlotPlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var silo = key[..Math.Max(0, key.LastIndexOf('/'))];
        var compatible = context.GetCompatibleSilos(target);
        var there = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active && m.Name == silo).Select(m => m.SiloAddress).FirstOrDefault(compatible.Contains);
        if (there is null && AbandonedAttempts.SiloOf(key) is not null) throw new SiloUnavailableException($"{key}: its silo is not in the cluster");
        // A slot of a machine that joined a silo, which speaks for it.
        return Task.FromResult(there ?? (compatible.Contains(context.LocalSilo) ? context.LocalSilo : compatible[Random.Shared.Next(compatible.Length)]));
    }
}
