using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Tests.Store;

public sealed class SchemaTests
{
    [Fact]
    public async Task The_scripts_make_the_columns_that_the_model_reads()
    {
        await using var test = new TestStore();
        await using var context = test.Context();
        foreach (var entity in context.Model.GetEntityTypes())
        {
            var table = entity.GetTableName()!;
            var made = await context.Database.SqlQuery<Column>($"SELECT name AS Name, type AS Type, \"notnull\" AS Required FROM pragma_table_info({table})").ToListAsync();
            var read = entity.GetProperties().Select(p => new Column(p.GetColumnName(), p.GetColumnType().ToUpperInvariant(), p.IsNullable ? 0 : 1));
            Assert.Equal(read.OrderBy(c => c.Name, StringComparer.Ordinal), made.OrderBy(c => c.Name, StringComparer.Ordinal));
        }
    }

    [SkippableFact]
    public async Task The_scripts_of_both_databases_make_the_same_tables()
    {
        await using var postgres = new TestStore(PostgresServer.Shared.NewDatabase());
        await using var sqlite = new TestStore();
        await using var context = postgres.Context();
        foreach (var entity in context.Model.GetEntityTypes())
        {
            var table = entity.GetTableName()!;
            var made = await context.Database.SqlQuery<Column>(
                $"""SELECT column_name AS "Name", data_type AS "Type", CASE is_nullable WHEN 'YES' THEN 0 ELSE 1 END AS "Required" FROM information_schema.columns WHERE table_name = {table}""").ToListAsync();
            var read = entity.GetProperties().Select(p => new Column(p.GetColumnName(), p.GetColumnType(), p.IsNullable ? 0 : 1));
            Assert.Equal(read.OrderBy(c => c.Name, StringComparer.Ordinal), made.OrderBy(c => c.Name, StringComparer.Ordinal));
        }
        await using var other = sqlite.Context();
        var indexes = await context.Database.SqlQueryRaw<string>("SELECT indexname AS \"Value\" FROM pg_indexes WHERE indexname LIKE 'ix%' ORDER BY indexname COLLATE \"C\"").ToListAsync();
        Assert.Equal(await other.Database.SqlQueryRaw<string>("SELECT name AS Value FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix%' ORDER BY name").ToListAsync(), indexes);
        var references = await context.Database.SqlQueryRaw<string>("SELECT conrelid::regclass || '>' || confrelid::regclass AS \"Value\" FROM pg_constraint WHERE contype = 'f' ORDER BY 1").ToListAsync();
        Assert.Equal(await other.Database.SqlQueryRaw<string>("SELECT m.name || '>' || f.\"table\" AS Value FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f ORDER BY 1").ToListAsync(), references);
        Assert.Equal(Schema.Newest(StoreProvider.Of(null, "any")), Schema.Newest(StoreProvider.Of("Host=h;Database=d", "")));
    }

    [Fact]
    public async Task Every_connection_waits_for_the_disk_and_keeps_references()
    {
        await using var test = new TestStore();
        for (var i = 0; i < 3; i++)
        {
            await using var context = test.Context();
            Assert.Equal("wal", (await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").ToListAsync()).Single());
            Assert.Equal(2, (await context.Database.SqlQueryRaw<int>("SELECT synchronous AS Value FROM pragma_synchronous").ToListAsync()).Single());
            Assert.Equal(1, (await context.Database.SqlQueryRaw<int>("SELECT foreign_keys AS Value FROM pragma_foreign_keys").ToListAsync()).Single());
        }
    }

    [Fact]
    public async Task A_store_of_a_newer_build_is_refused_and_left_alone()
    {
        await using var test = new TestStore();
        await using (var context = test.Context())
            await context.Database.ExecuteSqlRawAsync("UPDATE schema_version SET version = 999");
        var error = await Assert.ThrowsAsync<InputException>(test.Reopen);
        Assert.Contains("schema 999", error.Message);
    }

    [Fact]
    public async Task The_queue_and_the_leaderboard_use_their_indexes()
    {
        await using var test = new TestStore();
        Assert.Contains("ix_jobs_state", await Plan(test, "SELECT * FROM jobs WHERE state = 'Queued' AND needs = 1 ORDER BY id LIMIT 1"));
        Assert.DoesNotContain("TEMP B-TREE", await Plan(test, "SELECT * FROM jobs WHERE state = 'Queued' AND needs = 1 ORDER BY id LIMIT 1"));
        Assert.Contains("ix_experiment_jobs_job_id", await Plan(test, "SELECT * FROM experiment_jobs WHERE job_id = 1"));
        Assert.Contains("ix_attempts_state", await Plan(test, "SELECT * FROM attempts WHERE state = 'Running'"));
        await using var context = test.Context();
        var plan = await Plan(test, JobStore.ScoreQuery(context, new(Corpus: "emodb", Protocol: "random10", Upstream: "mfcc", Head: "{}")).ToQueryString());
        Assert.Contains("USING COVERING INDEX ix_jobs_row (corpus=? AND protocol=? AND upstream=? AND head=?)", plan);
        Assert.Contains("SEARCH r USING INTEGER PRIMARY KEY", plan);
        Assert.DoesNotContain("SCAN", plan);
    }

    [Fact]
    public async Task A_store_of_the_first_schema_keeps_its_results_and_gets_the_new_columns()
    {
        await using var test = new TestStore();
        var jobs = TestStore.ExtractAndFolds(1);
        await test.Store.Submit("a", "a", "", jobs);
        await test.Store.Complete((await test.Store.Claim("s"))!.Key, 1, "{}", TestStore.Run);
        var fold = (await test.Store.Claim("s"))!;
        await test.Store.Complete(fold.Key, 1, TestStore.FoldResult(0.5, best: 0), TestStore.Run);
        await using (var context = test.Context())
            await context.Database.ExecuteSqlRawAsync("DROP TRIGGER jobs_added; DROP TRIGGER jobs_moved; DROP TRIGGER experiment_jobs_added; DROP TRIGGER results_added; DROP VIEW counted_jobs; DROP TABLE tallies; DROP TABLE cells; "
                + "DROP INDEX ix_experiment_jobs_position; DROP INDEX ix_results_finished; DROP INDEX ix_jobs_kind; DROP TABLE row_statistics; DROP INDEX ix_jobs_row; ALTER TABLE jobs DROP COLUMN features; DROP TABLE needs; "
                + "DROP INDEX ix_jobs_state; ALTER TABLE jobs DROP COLUMN needs; CREATE INDEX ix_jobs_state ON jobs (state, id); ALTER TABLE results DROP COLUMN validation_wa; UPDATE schema_version SET version = 1");
        await test.Reopen();
        var score = Assert.Single(await test.Store.Scores(new()));
        Assert.Equal((jobs[0].Key, 0.5, 0.5), (score.Features, score.Wa, score.ValidationWa));
        Assert.Equal(2, (await test.Store.ResultTexts([1, 2])).Count);
    }

    private static async Task<string> Plan(TestStore test, string sql)
    {
        await using var context = test.Context();
        await context.Database.OpenConnectionAsync();
        await using var command = context.Database.GetDbConnection().CreateCommand();
        // EF's text begins with lines such as ".param set @corpus 'emodb'".
        command.CommandText = "EXPLAIN QUERY PLAN " + sql[sql.IndexOf("SELECT", StringComparison.Ordinal)..];
        foreach (var line in sql.Split('\n').Where(l => l.StartsWith(".param", StringComparison.Ordinal)))
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (line.Split(' ')[2], line.Split(' ')[3].Trim('\''));
            command.Parameters.Add(parameter);
        }
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(3));
        return string.Join('\n', lines);
    }

    private sealed record Column(string Name, string Type, int Required);
}
