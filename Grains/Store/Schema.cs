using System.Data.Common;
using System.Reflection;
using Emotion2Vec.Corpora;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// Brings a store to the newest schema: numbered scripts, each applied in one transaction together with its number.
/// No lock row is left behind by a process that dies meanwhile.
/// </summary>
public static class Schema
{
    private static readonly Assembly Scripts = typeof(Schema).Assembly;

    /// <summary>Version that this build writes.</summary>
    public static int Newest => Numbers().Last();

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="InputException">The store was written by a newer version.</exception>
    public static void Upgrade(StoreContext context)
    {
        var connection = context.Database.GetDbConnection();
        context.Database.OpenConnection();
        var version = Version(connection);
        if (version > Newest)
            throw new InputException($"{connection.DataSource}: the store has schema {version}, this build knows up to {Newest}; use a newer build");
        foreach (var number in Numbers().Where(n => n > version))
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, transaction, Read(number) + $"\nDELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({number});");
            transaction.Commit();
        }
    }

    private static int Version(DbConnection connection)
    {
        Execute(connection, null, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT version FROM schema_version";
        return Convert.ToInt32(command.ExecuteScalar() ?? 0);
    }

    private static void Execute(DbConnection connection, DbTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    // Resource names end in ".sqlite._001.sql" or ".sqlite.001.sql", depending on how the build spells a leading digit.
    private static IEnumerable<int> Numbers() => Resources().Select(r => r.Number).Order();

    private static string Read(int number)
    {
        using var reader = new StreamReader(Scripts.GetManifestResourceStream(Resources().Single(r => r.Number == number).Name)!);
        return reader.ReadToEnd();
    }

    private static IEnumerable<(int Number, string Name)> Resources() =>
        from name in Scripts.GetManifestResourceNames()
        where name.Contains(".sqlite.") && name.EndsWith(".sql")
        select (int.Parse(name.Split('.')[^2].TrimStart('_')), name);
}
