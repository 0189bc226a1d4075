using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Orleans.Tests;

/// <summary>A running silo. All that can differ in hosting between the stand-in and the packages is in this file.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private TestSilo(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();
    public IServiceProvider Services => _host.Services;
    public Probe Probe => _host.Services.GetRequiredService<Probe>();

    /// <summary>Starts a silo with a probe, what the test configures, and the given clock for grain timers.</summary>
    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null, TimeProvider? time = null)
    {
        var host = Build(configure, time);
        await host.StartAsync();
        return new TestSilo(host);
    }

    /// <summary>The same, not started.</summary>
    public static IHost Build(Action<ISiloBuilder>? configure = null, TimeProvider? time = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            // The packages want it shorter than the shortest age of a class (ShortGrain).
            silo.Configure<GrainCollectionOptions>(o => o.CollectionQuantum = TimeSpan.FromMilliseconds(100));
            silo.Services.AddSingleton<Probe>();
            if (time is not null)
            {
                // The packages look clocks up by area; all but that of grain timers stay on real time.
                silo.Services.AddSingleton(time);
                silo.Services.AddKeyedSingleton(KeyedService.AnyKey, TimeProvider.System);
                silo.Services.AddKeyedSingleton("Orleans.Grains", time);
            }

            configure?.Invoke(silo);
        });
        return builder.Build();
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
