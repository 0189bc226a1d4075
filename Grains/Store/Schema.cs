using System.Data.Common;
using System.Reflection;
using Emotion2Vec.Corpora;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// Brings a store to the newest schema: numbered scripts, each applied in one transaction together with its number.
/// No lock row is left behind by a process that dies meanwhile.
/// </summary>
public static class Schema
{
    private static readonly Assembly Scripts = typeof(Schema).Assembly;

    /// <summary>Version that this build writes.</summary>
    public static int Newest(StoreProvider provider) => Numbers(provider).Last();

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="InputException">The store was written by a newer version.</exception>
    public static void Upgrade(StoreContext context, StoreProvider provider)
    {
        // Past the retries: a database that is not there when a silo starts is an input error.
        context.GetService<IRelationalConnection>().Open();
        var connection = context.Database.GetDbConnection();
        var newest = Newest(provider);
        while (true)
        {
            // Several clients may open a store at once: each looks behind the lock.
            using var transaction = connection.BeginTransaction();
            provider.Lock(connection, transaction, claimsOnly: false);
            var version = Version(connection, transaction);
            if (version > newest)
                throw new InputException($"{provider.Name}: the store has schema {version}, this build knows up to {newest}; use a newer build");
            if (version == newest) return;
            var next = Numbers(provider).First(n => n > version);
            Execute(connection, transaction, Script(provider, next) + $"\nDELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({next});");
            transaction.Commit();
        }
    }

    private static int Version(DbConnection connection, DbTransaction transaction)
    {
        Execute(connection, transaction, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT version FROM schema_version";
        return Convert.ToInt32(command.ExecuteScalar() ?? 0);
    }

    private static void Execute(DbConnection connection, DbTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    // Resource names end in ".sqlite._001.sql" or ".sqlite.001.sql", depending on how the build spells a leading digit.
    private static IEnumerable<int> Numbers(StoreProvider provider) => Resources(provider).Select(r => r.Number).Order();

    private static string Script(StoreProvider provider, int number)
    {
        using var reader = new StreamReader(Scripts.GetManifestResourceStream(Resources(provider).Single(r => r.Number == number).Name)!);
        return reader.ReadToEnd();
    }

    private static IEnumerable<(int Number, string Name)> Resources(StoreProvider provider) =>
        from name in Scripts.GetManifestResourceNames()
        where name.Contains($".{provider.Scripts}.") && name.EndsWith(".sql")
        select (int.Parse(name.Split('.')[^2].TrimStart('_')), name);
}
