using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Emotion2Vec.Grains.Tests;

/// <summary>Grains and a store in this process, with strict serialization of grain messages.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("e2v-silo-").FullName;
    private readonly IHost host;

    private TestSilo(TimeSpan lease, TimeProvider time)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["Orleans:InProcess:Strict"] = "true";
        // On a crowded machine the first query of a process alone may take half a minute.
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), gatewayPort: 0).Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromMinutes(5)));
        builder.Services.Configure<LeaseOptions>(o => (o.Lease, o.Heartbeat) = (lease, lease / 5));
        builder.Services.AddSingleton(time);
        // The packages' own clocks, which they look up by area, stay on real time.
        builder.Services.AddKeyedSingleton(KeyedService.AnyKey, TimeProvider.System);
        builder.Services.AddSingleton<QueueSignal>();
        builder.Services.AddSqliteStore(Path.Combine(folder, "e2v.db"));
        host = builder.Build();
    }

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public JobStore Store => host.Services.GetRequiredService<JobStore>();

    public QueueSignal Queue => host.Services.GetRequiredService<QueueSignal>();

    public static async Task<TestSilo> Start(TimeSpan? lease = null, TimeProvider? time = null)
    {
        var silo = new TestSilo(lease ?? TimeSpan.FromSeconds(30), time ?? TimeProvider.System);
        await silo.host.StartAsync();
        return silo;
    }

    // The packages open one, and tests run side by side.
    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }
}
