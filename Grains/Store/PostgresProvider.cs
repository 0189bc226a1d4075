using System.Data.Common;
using Emotion2Vec.Corpora;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// A PostgreSQL database, which several store clients may share. Two locks of its own (advisory, in the transaction) keep
/// the rules that one writer keeps on SQLite: whoever changes jobs excludes all others, whoever only claims shares the
/// lock with other claimers, and those step over each other's rows (<c>FOR UPDATE SKIP LOCKED</c>). So every unit of
/// work sees the jobs as they are, at the lowest isolation level and without deadlocks.
/// </summary>
internal sealed class PostgresProvider : StoreProvider
{
    private const long WriterLock = 0x6532_7600_0001;

    // An acknowledged commit is on the server's disk. A client that is frozen in a transaction loses it and with it the lock.
    private const string SessionSettings = "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed -c idle_in_transaction_session_timeout=10s";

    private readonly NpgsqlConnectionStringBuilder settings;

    /// <exception cref="InputException">The connection string cannot be read.</exception>
    public PostgresProvider(string connection)
    {
        // What the parser says may quote the text, and with it the password.
        const string like = "the store's connection string (--store, E2V_STORE) must be like Host=db.example;Database=e2v;Username=e2v;Password=…";
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connection);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            throw new InputException($"{like}; this one cannot be read");
        }
        if (string.IsNullOrEmpty(settings.Host)) throw new InputException($"{like}; Host is missing");
        if (string.IsNullOrEmpty(settings.Database)) throw new InputException($"{like}; Database is missing");
        settings.ApplicationName ??= "e2v";
        settings.Options = $"{settings.Options} {SessionSettings}".TrimStart();
        settings.PersistSecurityInfo = false;
    }

    public override string Name => $"PostgreSQL database {settings.Database} at {settings.Host}:{settings.Port}";

    internal override string Scripts => "postgres";

    public override async Task<StoreOwner?> Own(Action lost, string? member = null) => await StoreOwner.Take(settings, Name, member, lost);

    // Every unit of work may run twice: its answer can get lost after its commit. So whatever passes by itself is tried again.
    internal override void Configure(DbContextOptionsBuilder options) => options.UseNpgsql(
        settings.ToString(), npgsql => npgsql.EnableRetryOnFailure(maxRetryCount: 8, maxRetryDelay: TimeSpan.FromSeconds(5), errorCodesToAdd: null));

    internal override void Lock(DbConnection connection, DbTransaction transaction, bool claimsOnly)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT pg_advisory_xact_lock{(claimsOnly ? "_shared" : "")}({WriterLock})";
        command.ExecuteNonQuery();
    }

    internal override JobRow? NextQueued(StoreContext context, IReadOnlyList<int> needs, HotQueries queries) => context.Jobs
        .FromSql($"SELECT * FROM jobs WHERE state = 'Queued' AND needs = ANY({needs.ToArray()}) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").AsEnumerable().FirstOrDefault();
}
