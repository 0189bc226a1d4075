using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>Reads downstream heads of grid files: a name, or a mapping of <c>name</c> and hyper-parameters, each a value or, in a grid, a list of values.</summary>
internal sealed class HeadReader(GridReader reader)
{
    private const int MostSettings = 1000;

    /// <summary>All heads that an entry stands for: every combination of the lists in it.</summary>
    public IEnumerable<HeadSpec> ReadAll(YamlNode node) => Settings(node).Select(Read);

    /// <summary>A head whose hyper-parameters are lists, as one mapping for every combination, in the order of the lists.</summary>
    private IEnumerable<YamlNode> Settings(YamlNode node)
    {
        if (node is not YamlMap map) return [node];
        IEnumerable<ImmutableArray<(YamlScalar Key, YamlNode Value)>> settings = [[]];
        var count = 1L;
        foreach (var (key, value) in map.Entries)
        {
            var values = value is YamlList && key.Text != "name" ? reader.Items(value, key.Text) : [value];
            if ((count *= values.Count) > MostSettings) throw reader.Wrong(value, $"the head has more than {MostSettings} combinations of hyper-parameters");
            settings = settings.SelectMany(s => values.Select(v => s.Add((key, v))));
        }
        return settings.Select(s => map with { Entries = s });
    }

    /// <summary>A head of one setting.</summary>
    /// <exception cref="InputException">An unknown name or key, a wrong type or range; file and line.</exception>
    public HeadSpec Read(YamlNode node)
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

        var fields = JsonSerializer.SerializeToNode(Read(name), CanonicalJson.Options)!.AsObject();
        foreach (var (key, property) in HeadCatalogue.Fields)
        {
            if (reader.Find(map, key) is not { } value) continue;
            var field = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type != property.PropertyType && !fields.ContainsKey(field)) throw reader.Wrong(value, $"the head {((YamlScalar)name).Text} has no '{key}'");
            fields[field] = type == typeof(int)
                ? JsonValue.Create(reader.Whole(value, key, 1, 1_000_000))
                : type == typeof(double) ? JsonValue.Create(reader.Number(value, key)) : JsonValue.Create(reader.Text(value, key));
        }
        var read = fields.Deserialize<HeadSpec>(CanonicalJson.Options)!;
        if (!HeadCatalogue.Optimizers.Contains(read.Optimizer))
            throw reader.Wrong(reader.Find(map, "optimizer")!, $"unknown optimizer '{read.Optimizer}'{Nearest.Hint(read.Optimizer, HeadCatalogue.Optimizers)}; there are {string.Join(", ", HeadCatalogue.Optimizers)}");
        if (read.LearningRate <= 0) throw reader.Wrong(reader.Find(map, "learning_rate")!, "learning_rate must be above 0");
        if (read.Optimizer == "adam" && reader.Find(map, "max_learning_rate") is { } unused)
            throw reader.Wrong(unused, "max_learning_rate belongs to rmsprop's cycle; adam keeps its learning_rate");
        if (read.Optimizer == "rmsprop" && read.MaxLearningRate < read.LearningRate)
            throw reader.Wrong(map, string.Create(CultureInfo.InvariantCulture, $"max_learning_rate ({read.MaxLearningRate}) is below learning_rate ({read.LearningRate})"));
        if (read.Blocks > HeadCatalogue.MostBlocks) throw reader.Wrong(reader.Find(map, "blocks")!, $"blocks is {read.Blocks}, but {HeadCatalogue.MostBlocks} is the most");
        foreach (var (key, share) in new[] { ("dropout", read.Dropout), ("label_smoothing", read.LabelSmoothing) })
            if (share >= 1) throw reader.Wrong(reader.Find(map, key)!, $"{key} must be below 1");
        return read;
    }
}
