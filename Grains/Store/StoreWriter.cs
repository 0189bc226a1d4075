using System.Data;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// The one writer. Callers hand in a unit of work; all units that wait while a commit is on its way to disk share the
/// next transaction. A unit runs in a savepoint of its own, so one that throws takes nothing of its neighbours along,
/// and its task completes only after the commit: an answered caller can rely on it.
/// </summary>
internal sealed partial class StoreWriter : IAsyncDisposable
{
    private const int LargestBatch = 256;

    private readonly IDbContextFactory<StoreContext> contexts;
    private readonly StoreProvider provider;
    private readonly Telemetry telemetry;
    private readonly ILogger logger;
    private readonly Channel<Unit> units = Channel.CreateUnbounded<Unit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task loop;

    public StoreWriter(IDbContextFactory<StoreContext> contexts, StoreProvider provider, Telemetry telemetry, ILogger logger)
    {
        this.contexts = contexts;
        this.provider = provider;
        this.telemetry = telemetry;
        this.logger = logger;
        loop = Task.Run(WriteLoop);
    }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction; returns once it is durable. Where the connection breaks, it may run
    /// again although it was committed: doing it twice must be the same as doing it once.
    /// </summary>
    /// <param name="claim">True for work that does nothing but claim a job.</param>
    public async Task<T> Write<T>(Func<StoreContext, T> work, bool claim = false)
    {
        var unit = new Unit(context => work(context), claim);
        if (!units.Writer.TryWrite(unit)) throw new ObjectDisposedException(nameof(StoreWriter));
        return (T)(await unit.Done.Task)!;
    }

    public async ValueTask DisposeAsync()
    {
        units.Writer.TryComplete();
        await loop;
    }

    private async Task WriteLoop()
    {
        var batch = new List<Unit>(LargestBatch);
        while (await units.Reader.WaitToReadAsync())
        {
            while (batch.Count < LargestBatch && units.Reader.TryRead(out var unit)) batch.Add(unit);
            try
            {
                Commit(batch);
            }
            catch (Exception error)
            {
                LogCommitFailed(logger, batch.Count, error);
                var cause = error is RetryLimitExceededException { InnerException: { } last } ? last : error;
                foreach (var unit in batch) unit.Done.TrySetException(cause);
            }
            batch.Clear();
        }
    }

    private void Commit(List<Unit> batch)
    {
        var began = Stopwatch.GetTimestamp();
        using (var span = Telemetry.Spans.StartActivity("store.commit"))
        using (var context = contexts.CreateDbContext())
        {
            span?.SetTag("e2v.units", batch.Count);
            context.Database.AutoSavepointsEnabled = false;
            context.Database.CreateExecutionStrategy().Execute(() => Run(context, batch));
        }
        telemetry.Committed(Stopwatch.GetElapsedTime(began), batch.Count);
        foreach (var unit in batch)
        {
            if (unit.Error is null) unit.Done.TrySetResult(unit.Result);
            else unit.Done.TrySetException(unit.Error);
        }
    }

    private void Run(StoreContext context, List<Unit> batch)
    {
        context.ChangeTracker.Clear();
        using var transaction = context.Database.BeginTransaction();
        var connection = context.Database.GetDbConnection();
        provider.Lock(connection, transaction.GetDbTransaction(), claimsOnly: batch.TrueForAll(u => u.Claim));
        foreach (var unit in batch)
        {
            transaction.CreateSavepoint("unit");
            unit.Error = null;
            try
            {
                unit.Result = unit.Work(context);
                context.SaveChanges();
                transaction.ReleaseSavepoint("unit");
            }
            catch (Exception error) when (connection.State == ConnectionState.Open && !provider.MayPass(error))
            {
                transaction.RollbackToSavepoint("unit");
                unit.Error = error;
            }
            context.ChangeTracker.Clear();
        }
        transaction.Commit();
    }

    [LoggerMessage(LogLevel.Error, "A transaction of {Units} units was rolled back")]
    private static partial void LogCommitFailed(ILogger logger, int units, Exception error);

    private sealed class Unit(Func<StoreContext, object?> work, bool claim)
    {
        public bool Claim { get; } = claim;
        public Func<StoreContext, object?> Work { get; } = work;
        public TaskCompletionSource<object?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public object? Result { get; set; }
        public Exception? Error { get; set; }
    }
}
