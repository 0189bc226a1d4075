using Microsoft.Data.Sqlite;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>Looks into a home's store from outside, as a person with the sqlite3 program would.</summary>
internal sealed class StoreFile(string home)
{
    private readonly string path = Path.Combine(home, "e2v.db");

    /// <summary>Rows as texts, one per row, fields separated by '|'; none where there is no store yet.</summary>
    public List<string> Rows(string sql)
    {
        var rows = new List<string>();
        if (!File.Exists(path)) return rows;
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetString(i))));
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 1 && e.Message.Contains("no such table"))
        {
            // The silo has made the file but not yet its schema.
        }
        return rows;
    }

    /// <summary>Results stored so far: key, attempt that gave it, time.</summary>
    public List<string> Results() => Rows("SELECT job_key, attempt, finished FROM results ORDER BY job_key");

    /// <summary>Every row of every table.</summary>
    public List<string> Everything() =>
        [.. Rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").SelectMany(table => Rows($"SELECT * FROM {table}").Select(row => $"{table}|{row}"))];
}
