using System.Security.Cryptography;
using System.Text;
using Emotion2Vec.Corpora;
using Npgsql;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// The right to be the one silo on a PostgreSQL store, or one of a cluster's, each under a name of its own: locks that
/// belong to a connection of its own, so that they go with the process however that ends. Where the connection breaks,
/// they are taken again as soon as the database answers.
/// </summary>
public sealed class StoreOwner : IAsyncDisposable
{
    private const long OwnerLock = 0x6532_7600_0002;

    // A silo that looks after a dead one's attempts holds that one's lock for a moment; a namesake holds it for good.
    private const int RefusalsOfMember = 3;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource stopping = new();
    private readonly string connectionString, store;
    private readonly string? member;
    private readonly Action lost;
    private NpgsqlConnection? connection;
    private Task watch = Task.CompletedTask;

    private StoreOwner(NpgsqlConnectionStringBuilder settings, string store, string? member, Action lost)
    {
        (this.store, this.member, this.lost) = (store, member, lost);
        connectionString = new NpgsqlConnectionStringBuilder(settings.ToString())
        {
            Pooling = false,
            ApplicationName = $"the silo with pid {Environment.ProcessId} on {Environment.MachineName}",
            // The server notices within half a minute that the machine of this connection is gone.
            Options = $"{settings.Options} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
        }.ToString();
    }

    /// <exception cref="InputException">Another silo has it, or the database cannot be reached.</exception>
    internal static async Task<StoreOwner> Take(NpgsqlConnectionStringBuilder settings, string store, string? member, Action lost)
    {
        var owner = new StoreOwner(settings, store, member, lost);
        try
        {
            // The server may need a moment to notice that the silo before this one is dead.
            for (var tries = 0; !await owner.TryTake(); tries++)
            {
                if (tries == 20) throw new InputException($"{store}: is in use by {await owner.Holder()}; talk to it with --silo URL");
                await Task.Delay(100);
            }
        }
        catch (NpgsqlException error)
        {
            await owner.Close();
            throw new InputException($"{store}: cannot be used as a store: {error.Message}", error);
        }
        catch
        {
            await owner.Close();
            throw;
        }
        owner.watch = Task.Run(owner.Watch);
        return owner;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watch;
        await Close();
        stopping.Dispose();
    }

    /// <summary>
    /// The right of a cluster's silo that has none any more, because its process or its connection ended; null where it
    /// has it, or another silo was faster. Until it is disposed, no silo of that name can start.
    /// </summary>
    public async Task<IAsyncDisposable?> TakeOver(string name)
    {
        var own = new NpgsqlConnection(connectionString);
        try
        {
            await own.OpenAsync(stopping.Token);
            if (await Lock(own, LockOf(name))) return own;
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
        await own.DisposeAsync();
        return null;
    }

    /// <summary>Whether a cluster's silo of this name has its right. One that died without closing its connections has it for half a minute longer.</summary>
    public async Task<bool> Lives(string name)
    {
        await using var own = new NpgsqlConnection(connectionString);
        await own.OpenAsync(stopping.Token);
        return await Holder(own, LockOf(name)) is not null;
    }

    // A silo of a cluster shares the lock that a single silo takes alone, and has one of its own.
    private async Task<bool> TryTake()
    {
        if (connection is null)
        {
            connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(stopping.Token);
        }
        return await Lock(connection, OwnerLock, shared: member is not null) && (member is null || await Lock(connection, LockOf(member)));
    }

    private async Task<string> Holder() =>
        (member is null ? null : await Holder(connection!, LockOf(member))) ?? await Holder(connection!, OwnerLock) ?? "another silo";

    private async Task<string?> Holder(NpgsqlConnection on, long key) => await Ask(on,
        $"""
        SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32 | l.objid::bigint) = {key}
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """) as string;

    private async Task<bool> Lock(NpgsqlConnection on, long key, bool shared = false) =>
        (bool)(await Ask(on, $"SELECT pg_try_advisory_lock{(shared ? "_shared" : "")}({key})"))!;

    // The upper half tells these locks from the store's other ones.
    private static long LockOf(string name) => 0x6532_7601L << 32 | BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private async Task<object?> Ask(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        return await command.ExecuteScalarAsync(stopping.Token);
    }

    private async Task Watch()
    {
        for (var refused = 0; !stopping.IsCancellationRequested;)
        {
            try
            {
                await Task.Delay(Look, stopping.Token);
                if (connection is not null && refused == 0)
                {
                    await Ask(connection, "SELECT 1");
                }
                else if (await TryTake())
                {
                    refused = 0;
                }
                else if (member is null || ++refused == RefusalsOfMember)
                {
                    lost();
                    return;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException)
            {
                await Close();
            }
        }
    }

    private async Task Close()
    {
        if (connection is not null) await connection.DisposeAsync();
        connection = null;
    }
}
