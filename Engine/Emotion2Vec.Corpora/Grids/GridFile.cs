using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Papers;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>
/// Reads grid files. <c>name</c> (default: the file's name), <c>models</c> (<see cref="ModelReader"/>), then either the keys
/// of one block or <c>grids:</c> with a list of blocks; where there are models there may be no block. A block has <c>corpora</c>, <c>upstreams</c> (names of the catalogue or of
/// models, or mappings of <c>model</c>, <c>layers</c>, <c>tokens</c> and <c>with</c>, a second one whose features are joined), <c>protocols</c>, <c>heads</c> (default [linear]; a name or a
/// mapping of <c>name</c> and hyper-parameters), <c>seeds</c> (default [1]) and <c>needs</c> (what a slot must have, a mapping of <c>device</c> and <c>memory</c> in GB; default: that of the file, which may stand beside <c>grids</c>); or <c>noop</c> with <c>jobs</c>,
/// <c>milliseconds</c> and <c>group</c>. A hyper-parameter of a head may be a list: every combination is a head of its own. <c>paper</c> says which
/// table of a publication the grid computes (<see cref="PaperReader"/>).
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
        reader.CheckKeys(root, "a grid", ["name", "models", "grids", "paper", "needs", .. BlockKeys]);

        var given = reader.Find(root, "name");
        var name = given is null ? Path.GetFileNameWithoutExtension(fileName) : reader.Text(given, "name");
        var needs = ReadNeeds(reader, root, JobNeeds.None);
        var models = reader.Find(root, "models") is { } list ? new ModelReader(reader, needs).Read(list) : [];
        var paper = reader.Find(root, "paper") is { } table ? new PaperReader(reader, models).Read(table) : null;
        if (reader.Find(root, "grids") is not { } grids)
        {
            var none = !models.IsEmpty || paper is not null;
            var blocks = !none || root.Entries.Any(e => BlockKeys.Contains(e.Key.Text)) ? Some(ReadBlock(reader, root, name, models, paper), needs) : [];
            return new Grid(name, blocks) { Models = models, Paper = paper };
        }

        if (root.Entries.FirstOrDefault(e => BlockKeys.Contains(e.Key.Text)).Key is { } stray)
            throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'grids'; it belongs into one of its blocks");
        return new Grid(name, [.. reader.Items(grids, "grids").SelectMany(item =>
        {
            if (item is not YamlMap block) throw reader.Wrong(item, "a block of 'grids' is a mapping with the keys corpora, upstreams and protocols");
            reader.CheckKeys(block, "a block", [.. BlockKeys, "needs"]);
            return Some(ReadBlock(reader, block, name, models, paper), ReadNeeds(reader, block, needs));
        })]) { Models = models, Paper = paper };

        static ImmutableArray<GridBlock> Some(GridBlock? block, JobNeeds needs) => block is null ? [] : [block with { Needs = needs }];
    }

    /// <summary>What a block or model needs of a slot.</summary>
    /// <param name="otherwise">Where it says nothing.</param>
    internal static JobNeeds ReadNeeds(GridReader reader, YamlMap map, JobNeeds otherwise)
    {
        if (reader.Find(map, "needs") is not { } node) return otherwise;
        if (node is not YamlMap needs) throw reader.Wrong(node, "'needs' is a mapping of device (cpu or cuda) and memory (GB)");
        reader.CheckKeys(needs, "needs", ["device", "memory"]);
        string[] devices = [JobNeeds.Cpu, JobNeeds.Cuda];
        var device = reader.Find(needs, "device") is { } named ? reader.Checked(named, reader.Text(named, "device"), text =>
        {
            if (!devices.Contains(text)) throw new InputException($"unknown device '{text}'{Nearest.Hint(text, devices)}; there are {string.Join(", ", devices)}");
        }) : null;
        return new JobNeeds(device, reader.Find(needs, "memory") is { } memory ? reader.Number(memory, "memory") : null);
    }

    /// <summary>A block; null where all of its upstreams are still to come.</summary>
    private static GridBlock? ReadBlock(GridReader reader, YamlMap block, string gridName, ImmutableArray<GridModel> models, PaperTable? paper)
    {
        if (reader.Find(block, "noop") is { } noop)
        {
            if (block.Entries.FirstOrDefault(e => e.Key.Text is not ("noop" or "name" or "models" or "paper" or "needs")).Key is { } stray)
                throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'noop', which is a block of its own");
            return ReadNoOp(reader, noop, gridName);
        }
        ImmutableArray<GridUpstream> upstreams = [.. Entries("upstreams").Where(entry => paper is null || !paper.ToCome.ContainsKey(NameOf(entry))).Select(entry => ReadUpstream(reader, entry, models))];
        if (upstreams.IsEmpty) return null;
        var head = new HeadReader(reader);
        ImmutableArray<HeadSpec> read = reader.Find(block, "heads") is { } heads ? [.. reader.Items(heads, "heads").SelectMany(head.ReadAll).Distinct()] : [HeadCatalogue.Find("linear")];
        if (read.FirstOrDefault(HeadCatalogue.WeighsLayers) is { } weighing)
        {
            if (upstreams.FirstOrDefault(u => u.With is not null || IsImported(u.Name)) is { } single)
                throw reader.Wrong(reader.Find(block, "heads")!, $"{weighing.Name} weighs the layers of a model; {single.Label} has one layer");
            foreach (var upstream in upstreams) reader.Checked(reader.Find(block, "heads")!, upstream.Name, _ => HeadCatalogue.Check(weighing, upstream));
        }
        return new TrainingBlock(
            [.. Names("corpora", name => { if (!CorpusCatalogue.IsManifest(name)) CorpusCatalogue.Find(name); })],
            upstreams,
            [.. Names("protocols", name => ProtocolCatalogue.Find(name))],
            read,
            reader.Find(block, "seeds") is { } seeds ? [.. reader.Items(seeds, "seeds").Select(s => reader.Whole(s, "a seed", 0, int.MaxValue))] : [1]);

        bool IsImported(string name) => models.FirstOrDefault(m => m.Name == name) is { } model ? model is ImportedModel : UpstreamCatalogue.Find(name).Kind == UpstreamKind.Imported;

        IEnumerable<string> Names(string key, Action<string> check) => Entries(key).Select(item => reader.Checked(item, reader.Text(item, $"an entry of '{key}'"), check));

        string NameOf(YamlNode entry) => ((entry is YamlMap map ? reader.Find(map, "model") : entry) as YamlScalar)?.Text ?? "";

        IReadOnlyList<YamlNode> Entries(string key) => reader.Items(reader.Find(block, key) ?? throw reader.Wrong(block, $"the block has no '{key}'"), key);
    }

    /// <summary>A name, or a mapping of <c>model</c>, <c>layers</c>, <c>tokens</c> and <c>with</c>. What a model of the file does not have is refused here, of checkpoints when they are opened.</summary>
    private static GridUpstream ReadUpstream(GridReader reader, YamlNode node, ImmutableArray<GridModel> models)
    {
        var (named, map) = (node, node as YamlMap);
        if (map is not null)
        {
            reader.CheckKeys(map, "an upstream", ["model", "layers", "tokens", "with"]);
            named = reader.Find(map, "model") ?? throw reader.Wrong(map, "the upstream has no 'model'");
        }
        var name = reader.Text(named, "an entry of 'upstreams'");
        var with = map is not null && reader.Find(map, "with") is { } joined ? ReadUpstream(reader, joined, models) : null;
        if (with?.With is not null) throw reader.Wrong(node, "two kinds of features can be joined, not three");
        var upstream = new GridUpstream(name, Rule("layers"), Rule("tokens") ?? FeatureRules.Frames, with);
        var model = models.FirstOrDefault(m => m.Name == name);
        reader.Checked(node, name, _ =>
        {
            if (model is null) UpstreamCatalogue.Find(name, models.Select(m => m.Name));
            var rules = upstream.Rules(allLayers: false).CheckLayers().CheckTokens();
            if (model is ImportedModel && rules != new FeatureRules()) throw new InputException($"{name}: features from files have one layer and no utterance tokens; there is nothing to choose");
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
}
