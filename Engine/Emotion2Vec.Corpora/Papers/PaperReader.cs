using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Papers;

/// <summary>
/// Reads <c>paper:</c> of a grid file: <c>title</c>, <c>caption</c>, <c>tolerance</c>, <c>columns</c> (key, name, corpus, protocol, metrics, part),
/// <c>rows</c> (name, upstream, layers, tokens, with, head, protocol, group, missing, details, values), <c>to_come</c> (upstream: reason), <c>notes</c>, <c>corrections</c>.
/// </summary>
internal sealed class PaperReader(GridReader reader, ImmutableArray<GridModel> models)
{
    public PaperTable Read(YamlNode node)
    {
        var map = Map(node, "paper");
        reader.CheckKeys(map, "'paper'", ["title", "caption", "tolerance", "columns", "rows", "to_come", "notes", "corrections"]);
        var toCome = ToCome(map);
        ImmutableArray<PaperColumn> columns = [.. reader.Items(Need(map, "columns"), "columns").Select(Column)];
        if (columns.GroupBy(c => c.Key).FirstOrDefault(g => g.Count() > 1) is { } twice) throw reader.Wrong(Need(map, "columns"), $"two columns have the key '{twice.Key}'");
        return new(
            Text(map, "title"), Text(map, "caption"), reader.Number(Need(map, "tolerance"), "tolerance"), columns,
            [.. reader.Items(Need(map, "rows"), "rows").Select(r => Row(r, columns, toCome))], Lines(map, "notes"), Lines(map, "corrections")) { ToCome = toCome };
    }

    /// <summary>Upstreams of <c>to_come</c> that the catalogue still lacks.</summary>
    public ImmutableSortedDictionary<string, string> ToCome(YamlMap paper) => reader.Find(paper, "to_come") is not { } node ? ImmutableSortedDictionary<string, string>.Empty
        : Map(node, "to_come").Entries.Where(e => !UpstreamCatalogue.Names.Contains(e.Key.Text)).ToImmutableSortedDictionary(e => e.Key.Text, e => reader.Text(e.Value, "a reason"), StringComparer.Ordinal);

    private PaperColumn Column(YamlNode node)
    {
        var map = Map(node, "a column");
        reader.CheckKeys(map, "a column", ["key", "name", "corpus", "protocol", "metrics", "part"]);
        var corpus = reader.Checked(Need(map, "corpus"), Text(map, "corpus"), name => { if (!CorpusCatalogue.IsManifest(name)) CorpusCatalogue.Find(name); });
        ImmutableArray<string> metrics = [.. reader.Items(Need(map, "metrics"), "metrics").Select(m => Known(m, "metric", PaperMetrics.All))];
        return new(
            reader.Find(map, "key") is { } key ? reader.Text(key, "key") : corpus, Text(map, "name"), corpus,
            reader.Checked(Need(map, "protocol"), Text(map, "protocol"), name => ProtocolCatalogue.Find(name)), metrics,
            reader.Find(map, "part") is { } part ? reader.Whole(part, "part", 1, 100) : 1);
    }

    private PaperRow Row(YamlNode node, ImmutableArray<PaperColumn> columns, ImmutableSortedDictionary<string, string> toCome)
    {
        var map = Map(node, "a row");
        reader.CheckKeys(map, "a row", ["name", "upstream", "layers", "tokens", "with", "head", "protocol", "group", "missing", "details", "values"]);
        var (upstream, missing) = (Optional(map, "upstream"), Optional(map, "missing"));
        if (upstream is null && missing is null) throw reader.Wrong(map, "a row has an 'upstream', or says in 'missing' why it has none");
        if (upstream is not null && toCome.TryGetValue(upstream, out var reason)) missing ??= reason;
        else if (upstream is not null && models.All(m => m.Name != upstream))
            reader.Checked(Need(map, "upstream"), upstream, name => UpstreamCatalogue.Find(name, [.. models.Select(m => m.Name), .. toCome.Keys]));
        var head = reader.Find(map, "head") is { } named ? new HeadReader(reader).Read(named) : HeadCatalogue.Find("linear");
        if (Optional(map, "protocol") is { } protocol) reader.Checked(Need(map, "protocol"), protocol, n => ProtocolCatalogue.Find(n));
        var with = Optional(map, "with");
        if (with is not null && models.All(m => m.Name != with)) reader.Checked(Need(map, "with"), with, n => UpstreamCatalogue.Find(n, models.Select(m => m.Name)));
        var rules = new GridUpstream(upstream ?? "", Optional(map, "layers"), Optional(map, "tokens") ?? FeatureRules.Frames, with is null ? null : new GridUpstream(with));
        reader.Checked(map, "", _ => rules.Rules(allLayers: false).CheckLayers().CheckTokens());
        return new(
            Text(map, "name"), upstream is null ? null : rules.Label, head, Optional(map, "protocol"), Optional(map, "group"), missing,
            reader.Find(map, "details") is { } details ? [.. Map(details, "details").Entries.Select(e => (e.Key.Text, reader.Text(e.Value, "a detail")))] : [],
            reader.Find(map, "values") is { } values ? Values(Map(values, "values"), columns) : ImmutableDictionary<string, ImmutableArray<double?>>.Empty);
    }

    private ImmutableDictionary<string, ImmutableArray<double?>> Values(YamlMap map, ImmutableArray<PaperColumn> columns)
    {
        reader.CheckKeys(map, "'values'", columns.Select(c => c.Key));
        return map.Entries.ToImmutableDictionary(e => e.Key.Text, e =>
        {
            ImmutableArray<double?> numbers = [.. reader.Items(e.Value, e.Key.Text).Select(v => v is YamlScalar { Text: "-" } ? null : (double?)Percent(v))];
            var metrics = columns.Single(c => c.Key == e.Key.Text).Metrics.Length;
            return numbers.Length == metrics ? numbers : throw reader.Wrong(e.Value, $"{e.Key.Text} has {numbers.Length} numbers for {metrics} metrics");
        });
    }

    private double Percent(YamlNode node) => reader.Number(node, "a printed number") is <= 100 and var value ? value
        : throw reader.Wrong(node, "a printed number must be a percentage, or - where the table has a dash");

    private string Known(YamlNode node, string what, ImmutableArray<string> known)
    {
        var text = reader.Text(node, $"a {what}");
        return known.Contains(text) ? text : throw reader.Wrong(node, $"unknown {what} '{text}'{Nearest.Hint(text, known)}; there are {string.Join(", ", known)}");
    }

    private ImmutableArray<string> Lines(YamlMap map, string key) => reader.Find(map, key) is { } list ? [.. reader.Items(list, key).Select(l => reader.Text(l, $"an entry of '{key}'"))] : [];

    private YamlMap Map(YamlNode node, string what) => node as YamlMap ?? throw reader.Wrong(node, $"{what} must be a mapping");

    private YamlNode Need(YamlMap map, string key) => reader.Find(map, key) ?? throw reader.Wrong(map, $"'{key}' is missing");

    private string Text(YamlMap map, string key) => reader.Text(Need(map, key), key);

    private string? Optional(YamlMap map, string key) => reader.Find(map, key) is { } node ? reader.Text(node, key) : null;
}
