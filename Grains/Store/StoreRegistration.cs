using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Grains.Store;

/// <summary>Puts the store into a service collection.</summary>
public static class StoreRegistration
{
    /// <summary>Adds <see cref="JobStore"/> on a database.</summary>
    public static IServiceCollection AddStore(this IServiceCollection services, StoreProvider provider)
    {
        services.AddSingleton(provider);
        services.AddPooledDbContextFactory<StoreContext>(provider.Configure);
        services.AddSingleton<JobStore>();
        return services;
    }

    /// <summary>Adds <see cref="JobStore"/> on a SQLite file.</summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, string file) => services.AddStore(new SqliteProvider(file));
}
