using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>Calls back around every operation of a store's writer: statements, savepoints, transactions, before and after each is done.</summary>
internal sealed class OperationCounter(Action<int> at)
{
    private int operations;

    public IInterceptor[] Interceptors => [new Commands(this), new Transactions(this)];

    private T Pass<T>(T result)
    {
        at(++operations);
        return result;
    }

    private sealed class Commands(OperationCounter counter) : DbCommandInterceptor
    {
        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result) => counter.Pass(result);

        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result) => counter.Pass(result);

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result) => counter.Pass(result);

        public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result) => counter.Pass(result);
    }

    private sealed class Transactions(OperationCounter counter) : DbTransactionInterceptor
    {
        public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result) => counter.Pass(result);

        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result) => counter.Pass(result);

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => counter.Pass(0);
    }
}
