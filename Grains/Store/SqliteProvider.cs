using System.Data.Common;
using Emotion2Vec.Grains.Jobs;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Store;

/// <summary>A SQLite file: one process, one writer.</summary>
internal sealed class SqliteProvider(string file) : StoreProvider
{
    public override string Name => file;

    internal override string Scripts => "sqlite";

    internal override void Configure(DbContextOptionsBuilder options)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, Cache = SqliteCacheMode.Private }.ToString();
        options.UseSqlite(connection).AddInterceptors(new SqlitePragmas());
    }

    // Microsoft.Data.Sqlite begins IMMEDIATE: the write lock is held before the first read, so no unit meets SQLITE_BUSY half-way.
    internal override void Lock(DbConnection connection, DbTransaction transaction, bool claimsOnly) { }

    internal override JobRow? NextQueued(StoreContext context) =>
        context.Jobs.Where(j => j.State == JobState.Queued).OrderBy(j => j.Id).FirstOrDefault();
}
