using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Emotion2Vec.Tests.Store;

/// <summary>
/// Lets the operations of a store's writer fail by a seeded choice: statements, savepoints and commits, before they are
/// done and after. The same seed and the same operations give the same faults. At most <see cref="Burst"/> faults come
/// between two commits, so that work which is tried again gets done.
/// </summary>
/// <param name="seed">Of the choices.</param>
/// <param name="longestGap">Operations between two faults: from 1 to this, small ones more often.</param>
/// <param name="lostAnswers">Whether a commit may be done and its caller told otherwise, by an error that nobody tries again by itself.</param>
public sealed class StoreFaults(int seed, int longestGap, bool lostAnswers)
{
    private const int Burst = 4;
    private const int Busy = 5, InputOutput = 10, Full = 13;
    private readonly Random random = new(seed);
    private readonly Lock choice = new();
    private int untilNext = 3, sinceCommit;

    /// <summary>Operations that were made to fail.</summary>
    public int Faults { get; private set; }

    /// <summary>To be given to a store.</summary>
    public IInterceptor[] Interceptors => [new Commands(this), new Transactions(this)];

    private void Before() => Fail(() => random.Next(3) switch
    {
        0 => new SqliteException("injected: database is locked", Busy),
        1 => new SqliteException("injected: database or disk is full", Full),
        _ => new SqliteException("injected: disk I/O error", InputOutput),
    });

    private void After() => Fail(() => new SqliteException("injected: disk I/O error after it was done", InputOutput));

    private void Committed()
    {
        lock (choice) sinceCommit = 0;
        if (lostAnswers) Fail(() => new InvalidOperationException("injected: committed, but nobody hears of it"));
    }

    private void Fail(Func<Exception> error)
    {
        lock (choice)
        {
            if (sinceCommit >= Burst || --untilNext > 0) return;
            untilNext = (int)Math.Pow(longestGap, random.NextDouble());
            sinceCommit++;
            Faults++;
            throw error();
        }
    }

    // The synchronous calls are the writer's.
    private sealed class Commands(StoreFaults faults) : DbCommandInterceptor
    {
        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            faults.Before();
            return result;
        }

        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            try
            {
                faults.After();
            }
            catch
            {
                // Nobody gets this reader, and while it is open nothing can be rolled back.
                result.Dispose();
                throw;
            }
            return result;
        }

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
        {
            faults.Before();
            return result;
        }

        public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
        {
            faults.After();
            return result;
        }
    }

    private sealed class Transactions(StoreFaults faults) : DbTransactionInterceptor
    {
        public override InterceptionResult<DbTransaction> TransactionStarting(DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result)
        {
            faults.Before();
            return result;
        }

        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            faults.Before();
            return result;
        }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => faults.Committed();

        public override InterceptionResult CreatingSavepoint(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            faults.Before();
            return result;
        }

        public override void CreatedSavepoint(DbTransaction transaction, TransactionEventData eventData) => faults.After();

        public override InterceptionResult ReleasingSavepoint(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            faults.Before();
            return result;
        }

        public override void ReleasedSavepoint(DbTransaction transaction, TransactionEventData eventData) => faults.After();

        public override InterceptionResult RollingBackToSavepoint(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            faults.Before();
            return result;
        }

        public override void RolledBackToSavepoint(DbTransaction transaction, TransactionEventData eventData) => faults.After();
    }
}
