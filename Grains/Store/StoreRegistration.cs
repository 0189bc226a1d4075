using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Grains.Store;

/// <summary>Puts the store into a service collection.</summary>
public static class StoreRegistration
{
    /// <summary>Adds <see cref="JobStore"/> on a SQLite file.</summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, string file)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, Cache = SqliteCacheMode.Private }.ToString();
        services.AddPooledDbContextFactory<StoreContext>(options => options.UseSqlite(connection).AddInterceptors(new SqlitePragmas()));
        services.AddSingleton<JobStore>();
        return services;
    }
}
