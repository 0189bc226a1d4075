using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Grains.Store;

/// <summary>Puts the store into a service collection.</summary>
public static class StoreRegistration
{
    /// <summary>Adds <see cref="JobStore"/> on a database, with the interceptors that are registered as services.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, StoreProvider provider)
    {
        services.AddSingleton(provider);
        services.AddSingleton<Telemetry>();
        services.AddPooledDbContextFactory<StoreContext>((registered, options) =>
        {
            provider.Configure(options);
            options.AddInterceptors(registered.GetServices<IInterceptor>());
        });
        services.AddSingleton<JobStore>();
        return services;
    }

    /// <summary>Adds <see cref="JobStore"/> on a SQLite file.</summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, string file) => services.AddStore(new SqliteProvider(file));
}
