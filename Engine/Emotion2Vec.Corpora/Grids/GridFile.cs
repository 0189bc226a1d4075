using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>
/// Reads grid files. <c>name</c> (default: the file's name), <c>models</c> (<see cref="ModelReader"/>), then either the keys
/// of one block or <c>grids:</c> with a list of blocks; where there are models there may be no block. A block has <c>corpora</c>, <c>upstreams</c> (names of the catalogue or of
/// models, or mappings of <c>model</c>, <c>layers</c> and <c>tokens</c>), <c>protocols</c>, <c>heads</c> (default [linear]; a name or a
/// mapping of <c>name</c> and hyper-parameters) and <c>seeds</c> (default [1]); or <c>noop</c> with <c>jobs</c>,
/// <c>milliseconds</c> and <c>group</c>.
/// </summary>
public static class GridFile
{
    private static readonly string[] BlockKeys = ["corpora", "upstreams", "protocols", "heads", "seeds", "noop"];

    /// <summary>The grid of a YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="fileName">Its name, for messages.</param>
    /// <exception cref="InputException">
    /// Malformed YAML (file, line, column), an unknown key or name (file, line, the nearest one), a wrong type or range.
    /// </exception>
    public static Grid Parse(string yaml, string fileName)
    {
        var reader = new GridReader(fileName);
        if (YamlTree.Read(yaml, fileName) is not YamlMap root) throw new InputException($"{fileName}:1: a grid is a mapping with the keys name and grids");
        reader.CheckKeys(root, "a grid", ["name", "models", "grids", .. BlockKeys]);

        var given = reader.Find(root, "name");
        var name = given is null ? Path.GetFileNameWithoutExtension(fileName) : reader.Text(given, "name");
        var models = reader.Find(root, "models") is { } list ? new ModelReader(reader).Read(list) : [];
        if (reader.Find(root, "grids") is not { } grids)
        {
            var blocks = models.IsEmpty || root.Entries.Any(e => BlockKeys.Contains(e.Key.Text)) ? (ImmutableArray<GridBlock>)[ReadBlock(reader, root, name, models)] : [];
            return new Grid(name, blocks) { Models = models };
        }

        if (root.Entries.FirstOrDefault(e => BlockKeys.Contains(e.Key.Text)).Key is { } stray)
            throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'grids'; it belongs into one of its blocks");
        return new Grid(name, [.. reader.Items(grids, "grids").Select(item =>
        {
            if (item is not YamlMap block) throw reader.Wrong(item, "a block of 'grids' is a mapping with the keys corpora, upstreams and protocols");
            reader.CheckKeys(block, "a block", BlockKeys);
            return ReadBlock(reader, block, name, models);
        })]) { Models = models };
    }

    private static GridBlock ReadBlock(GridReader reader, YamlMap block, string gridName, ImmutableArray<GridModel> models)
    {
        if (reader.Find(block, "noop") is { } noop)
        {
            if (block.Entries.FirstOrDefault(e => e.Key.Text is not ("noop" or "name" or "models")).Key is { } stray)
                throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'noop', which is a block of its own");
            return ReadNoOp(reader, noop, gridName);
        }
        return new TrainingBlock(
            [.. Names("corpora", name => { if (!CorpusCatalogue.IsManifest(name)) CorpusCatalogue.Find(name); })],
            [.. Entries("upstreams").Select(entry => ReadUpstream(reader, entry, models))],
            [.. Names("protocols", name => ProtocolCatalogue.Find(name))],
            reader.Find(block, "heads") is { } heads ? [.. reader.Items(heads, "heads").Select(h => ReadHead(reader, h))] : [HeadCatalogue.Find("linear")],
            reader.Find(block, "seeds") is { } seeds ? [.. reader.Items(seeds, "seeds").Select(s => reader.Whole(s, "a seed", 0, int.MaxValue))] : [1]);

        IEnumerable<string> Names(string key, Action<string> check) => Entries(key).Select(item => reader.Checked(item, reader.Text(item, $"an entry of '{key}'"), check));

        IReadOnlyList<YamlNode> Entries(string key) => reader.Items(reader.Find(block, key) ?? throw reader.Wrong(block, $"the block has no '{key}'"), key);
    }

    /// <summary>A name, or a mapping of <c>model</c>, <c>layers</c> and <c>tokens</c>. What a model of the file does not have is refused here, of checkpoints when they are opened.</summary>
    private static GridUpstream ReadUpstream(GridReader reader, YamlNode node, ImmutableArray<GridModel> models)
    {
        var (named, map) = (node, node as YamlMap);
        if (map is not null)
        {
            reader.CheckKeys(map, "an upstream", ["model", "layers", "tokens"]);
            named = reader.Find(map, "model") ?? throw reader.Wrong(map, "the upstream has no 'model'");
        }
        var name = reader.Text(named, "an entry of 'upstreams'");
        var upstream = new GridUpstream(name, Rule("layers"), Rule("tokens") ?? FeatureRules.Frames);
        var model = models.FirstOrDefault(m => m.Name == name);
        reader.Checked(node, name, _ =>
        {
            if (model is null) UpstreamCatalogue.Find(name, models.Select(m => m.Name));
            var rules = upstream.Rules(allLayers: false).CheckLayers().CheckTokens();
            if (model is TrainedModel { Training.Sizes: var sizes }) rules.Check(name, sizes.Prenet + sizes.Depth, sizes.UtteranceTokens);
            else if (model is null) UpstreamCatalogue.Find(name).Check(rules);
        });
        return upstream;

        string? Rule(string key) => map is not null && reader.Find(map, key) is { } value ? reader.Text(value, key) : null;
    }

    private static NoOpBlock ReadNoOp(GridReader reader, YamlNode node, string gridName)
    {
        if (node is not YamlMap noop) throw reader.Wrong(node, "'noop' is a mapping with the keys jobs, milliseconds and group");
        reader.CheckKeys(noop, "noop", ["jobs", "milliseconds", "group"]);
        return new NoOpBlock(
            reader.Whole(reader.Find(noop, "jobs") ?? throw reader.Wrong(noop, "'noop' has no 'jobs'"), "jobs", 1, 1_000_000),
            reader.Find(noop, "milliseconds") is { } sleep ? reader.Whole(sleep, "milliseconds", 0, 3_600_000) : 0,
            reader.Find(noop, "group") is { } group ? reader.Text(group, "group") : gridName);
    }

    private static HeadSpec ReadHead(GridReader reader, YamlNode node)
    {
        if (node is YamlScalar)
        {
            var head = HeadCatalogue.Find("linear");
            reader.Checked(node, reader.Text(node, "a head"), name => head = HeadCatalogue.Find(name));
            return head;
        }
        if (node is not YamlMap map) throw reader.Wrong(node, "a head is a name, or a mapping of name and hyper-parameters");
        reader.CheckKeys(map, "a head", HeadCatalogue.Fields.Select(f => f.Key));
        if (reader.Find(map, "name") is not { } name) throw reader.Wrong(map, "the head has no 'name'");

        var fields = JsonSerializer.SerializeToNode(ReadHead(reader, name), CanonicalJson.Options)!.AsObject();
        foreach (var (key, property) in HeadCatalogue.Fields)
        {
            if (reader.Find(map, key) is not { } value) continue;
            fields[JsonNamingPolicy.CamelCase.ConvertName(property.Name)] = property.PropertyType == typeof(int)
                ? JsonValue.Create(reader.Whole(value, key, 1, 1_000_000))
                : property.PropertyType == typeof(double) ? JsonValue.Create(reader.Number(value, key)) : JsonValue.Create(reader.Text(value, key));
        }
        var read = fields.Deserialize<HeadSpec>(CanonicalJson.Options)!;
        if (!HeadCatalogue.Optimizers.Contains(read.Optimizer))
            throw reader.Wrong(reader.Find(map, "optimizer")!, $"unknown optimizer '{read.Optimizer}'{Nearest.Hint(read.Optimizer, HeadCatalogue.Optimizers)}; there are {string.Join(", ", HeadCatalogue.Optimizers)}");
        if (read.LearningRate <= 0) throw reader.Wrong(reader.Find(map, "learning_rate")!, "learning_rate must be above 0");
        if (read.Optimizer == "adam" && reader.Find(map, "max_learning_rate") is { } unused)
            throw reader.Wrong(unused, "max_learning_rate belongs to rmsprop's cycle; adam keeps its learning_rate");
        if (read.Optimizer == "rmsprop" && read.MaxLearningRate < read.LearningRate)
            throw reader.Wrong(map, string.Create(CultureInfo.InvariantCulture, $"max_learning_rate ({read.MaxLearningRate}) is below learning_rate ({read.LearningRate})"));
        return read;
    }
}
