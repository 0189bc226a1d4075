using System.Data.Common;
using Emotion2Vec.Grains.Jobs;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Emotion2Vec.Grains.Store;

/// <summary>A SQLite file: one process, one writer.</summary>
internal sealed class SqliteProvider(string file) : StoreProvider
{
    public override string Name => file;

    internal override string Scripts => "sqlite";

    internal override void Configure(DbContextOptionsBuilder options)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, Cache = SqliteCacheMode.Private }.ToString();
        // A list of keys is one parameter: as one each, a grid of more than 32,766 jobs would have more than a statement may.
        options.UseSqlite(connection, sqlite => sqlite.ExecutionStrategy(d => new Retries(d)).UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(new SqlitePragmas());
    }

    internal override bool MayPass(Exception error) => error is DbUpdateException { InnerException: { } inner } ? MayPass(inner) : Retries.MayPass(error);

    // Microsoft.Data.Sqlite begins IMMEDIATE: the write lock is held before the first read, so no unit meets SQLITE_BUSY half-way.
    internal override void Lock(DbConnection connection, DbTransaction transaction, bool claimsOnly) { }

    // One look into the index per kind of need: jobs that wait for another slot cost this one nothing, however many there are.
    internal override JobRow? NextQueued(StoreContext context, IReadOnlyList<int> needs, HotQueries queries) => needs
        .Select(n => queries.NextQueued(context, n))
        .OfType<JobRow>().MinBy(j => j.Id);

    /// <summary>Waits out, for about five seconds, who else holds the file, a full disk, and what an operating system calls an I/O error.</summary>
    private sealed class Retries(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, maxRetryCount: 8, maxRetryDelay: TimeSpan.FromSeconds(2))
    {
        private const int Busy = 5, Locked = 6, InputOutput = 10, Full = 13;

        public static bool MayPass(Exception error) => error is SqliteException { SqliteErrorCode: Busy or Locked or InputOutput or Full };

        protected override bool ShouldRetryOn(Exception exception) => MayPass(exception);

        protected override TimeSpan? GetNextDelay(Exception lastException) =>
            ExceptionsEncountered.Count <= MaxRetryCount ? TimeSpan.FromMilliseconds(10 << ExceptionsEncountered.Count) : null;
    }
}
