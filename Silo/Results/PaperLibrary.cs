using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Papers;

namespace Emotion2Vec.Silo.Results;

/// <summary>A table of a publication from a grid file.</summary>
/// <param name="Name">The file's name without ending, such as <c>table4</c>.</param>
internal sealed record KnownTable(string Name, string File, string Yaml, PaperTable Table);

/// <summary>A printed number.</summary>
internal sealed record PrintedNumber(string Table, string Title, string Metric, double Value);

/// <summary>The tables of the first of <see cref="PaperFolders"/>. Files that cannot be read as tables are left out.</summary>
internal sealed class PaperLibrary
{
    private readonly Lazy<ImmutableArray<KnownTable>> tables = new(Load);
    private readonly Lazy<ILookup<(string, string, string, string), PrintedNumber>> printed;

    public PaperLibrary() => printed = new(() => (
        from t in Tables
        from row in t.Table.Rows where row.Missing is null && row.Upstream is not null
        from column in t.Table.Columns where row.Values.ContainsKey(column.Key)
        from number in column.Metrics.Zip(row.Values[column.Key]) where number.Second is not null
        select (Key: (column.Corpus, row.Protocol ?? column.Protocol, row.Upstream!, HeadCatalogue.Describe(row.Head)), Number: new PrintedNumber(t.Name, t.Table.Title, number.First, number.Second!.Value)))
        .ToLookup(p => p.Key, p => p.Number));

    /// <summary>All tables, in their order in the paper.</summary>
    public ImmutableArray<KnownTable> Tables => tables.Value;

    /// <summary>What is printed for a row of the leaderboard.</summary>
    public IEnumerable<PrintedNumber> Printed(string corpus, string protocol, string upstream, string head) => printed.Value[(corpus, protocol, upstream, head)];

    private static ImmutableArray<KnownTable> Load()
    {
        if (PaperFolders.Find().FirstOrDefault() is not { } folder) return [];
        var found = ImmutableArray.CreateBuilder<KnownTable>();
        foreach (var file in Directory.GetFiles(folder, "*.yaml"))
        {
            try
            {
                var yaml = File.ReadAllText(file);
                if (GridFile.Parse(yaml, Path.GetFileName(file)).Paper is { } table) found.Add(new(Path.GetFileNameWithoutExtension(file), file, yaml, table));
            }
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
            {
                // Somebody writes at it; the verb that is given the file says what is wrong with it.
            }
        }
        return [.. PaperFolders.InOrder(found, t => t.Name)];
    }
}
