using System.Data.Common;
using Emotion2Vec.Corpora;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>A database that can hold the store: all that differs between SQLite and PostgreSQL, except the schema scripts.</summary>
public abstract class StoreProvider
{
    /// <summary>Which store it is, for people; never with a password.</summary>
    public abstract string Name { get; }

    /// <summary>Folder of its scripts below <c>Schema/</c>.</summary>
    internal abstract string Scripts { get; }

    /// <summary>The store of a silo.</summary>
    /// <param name="connection">Connection string of a PostgreSQL database; null = <paramref name="file"/>.</param>
    /// <param name="file">SQLite file; made where missing.</param>
    /// <exception cref="InputException">The connection string cannot be read.</exception>
    public static StoreProvider Of(string? connection, string file) =>
        connection is null ? new SqliteProvider(file) : new PostgresProvider(connection);

    /// <summary>
    /// Takes the right to be the one silo on this store until disposed; null where the lock of the home folder is that right.
    /// </summary>
    /// <param name="lost">Called where another silo took it while the database was out of reach.</param>
    /// <param name="member">Name of a silo of a cluster, which shares the store with those of other names; null = a single silo.</param>
    /// <exception cref="InputException">Another silo has it, the database cannot be reached, or it is none that silos can share.</exception>
    public virtual Task<StoreOwner?> Own(Action lost, string? member = null) => member is null
        ? Task.FromResult<StoreOwner?>(null)
        : throw new InputException($"{Name}: the silos of a cluster share a PostgreSQL store (--store, E2V_STORE)");

    internal abstract void Configure(DbContextOptionsBuilder options);

    /// <summary>First thing in a transaction that writes: whatever keeps other writers out.</summary>
    /// <param name="connection">With the transaction begun.</param>
    /// <param name="claimsOnly">True where the transaction does nothing but claim jobs.</param>
    internal abstract void Lock(DbConnection connection, DbTransaction transaction, bool claimsOnly);

    /// <summary>
    /// Whether an error is the database's and may pass: then all units of a transaction run again, instead of one of them
    /// being taken for its cause.
    /// </summary>
    internal virtual bool MayPass(Exception error) => false;

    /// <summary>The oldest queued job that needs one of these (0 = nothing) and that no other client is claiming right now.</summary>
    internal abstract JobRow? NextQueued(StoreContext context, IReadOnlyList<int> needs, HotQueries queries);
}
