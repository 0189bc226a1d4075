using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>What is in a store's file, read without the store.</summary>
internal static class StoreImage
{
    /// <summary>Every row of every table as text; empty where the schema is not there yet.</summary>
    public static IReadOnlyList<string> Rows(string file)
    {
        using var connection = Open(file);
        var tables = Query(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
        return [.. tables.SelectMany(table => Query(connection, $"SELECT * FROM {table}").Select(row => $"{table}|{row}").Order(StringComparer.Ordinal))];
    }

    /// <summary>"ok", or what SQLite finds damaged, or rows whose references lead nowhere.</summary>
    public static string Check(string file)
    {
        using var connection = Open(file);
        return string.Join('\n', [.. Query(connection, "PRAGMA integrity_check"), .. Query(connection, "PRAGMA foreign_key_check")]);
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static List<string> Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetString(i))));
        return rows;
    }
}
