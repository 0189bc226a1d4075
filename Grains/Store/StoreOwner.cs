using Emotion2Vec.Corpora;
using Npgsql;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// The right to be the one silo on a PostgreSQL store: a lock that belongs to a connection of its own, so that it goes
/// with the process however that ends. Where the connection breaks, it is taken again as soon as the database answers.
/// </summary>
internal sealed class StoreOwner : IAsyncDisposable
{
    private const long OwnerLock = 0x6532_7600_0002;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource stopping = new();
    private readonly string connectionString, store;
    private readonly Action lost;
    private NpgsqlConnection? connection;
    private Task watch = Task.CompletedTask;

    private StoreOwner(NpgsqlConnectionStringBuilder settings, string store, Action lost)
    {
        (this.store, this.lost) = (store, lost);
        connectionString = new NpgsqlConnectionStringBuilder(settings.ToString())
        {
            Pooling = false,
            ApplicationName = $"the silo with pid {Environment.ProcessId} on {Environment.MachineName}",
            // The server notices within half a minute that the machine of this connection is gone.
            Options = $"{settings.Options} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
        }.ToString();
    }

    /// <exception cref="InputException">Another silo has it, or the database cannot be reached.</exception>
    public static async Task<StoreOwner> Take(NpgsqlConnectionStringBuilder settings, string store, Action lost)
    {
        var owner = new StoreOwner(settings, store, lost);
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

    private async Task<bool> TryTake()
    {
        if (connection is null)
        {
            connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(stopping.Token);
        }
        return (bool)(await Ask($"SELECT pg_try_advisory_lock({OwnerLock})"))!;
    }

    private async Task<string> Holder() => await Ask(
        $"""
        SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32 | l.objid::bigint) = {OwnerLock}
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """) as string ?? "another silo";

    private async Task<object?> Ask(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(stopping.Token);
    }

    private async Task Watch()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Look, stopping.Token);
                if (connection is not null)
                {
                    await Ask("SELECT 1");
                }
                else if (!await TryTake())
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
