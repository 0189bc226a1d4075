using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>
/// Reads <c>models:</c>, a list of mappings with <c>name</c> or a mapping by name. A model has <c>corpora</c> (names,
/// manifests, or mappings of <c>corpus</c> and <c>hours</c>), <c>architecture</c> and <c>size</c> that choose a published
/// recipe, the fields of <see cref="PretrainRecipe"/> that differ from it, <c>from</c> (a model of the file or the path of a
/// checkpoint), <c>like</c> (a model above whose corpora and recipe it starts with) and <c>needs</c> (what a slot must have to train it); or only <c>checkpoint</c>; or only <c>features</c>, a folder of
/// <see cref="ImportedFeatures"/>.
/// </summary>
internal sealed class ModelReader(GridReader reader, JobNeeds otherwise)
{
    private static readonly string[] Recipe = [.. RecipeFields.Of(typeof(PretrainRecipe)).Select(f => f.Key)];
    private static readonly string[] Keys = ["name", "checkpoint", "features", "corpora", "like", "from", "size", "needs", .. Recipe];
    private readonly Dictionary<string, GridModel> models = new(StringComparer.Ordinal);

    public ImmutableArray<GridModel> Read(YamlNode node)
    {
        var entries = node switch
        {
            YamlList => reader.Items(node, "models").Select(item => item is YamlMap map ? (Name: Name(map), Map: map) : throw reader.Wrong(item, "a model is a mapping")).ToArray(),
            YamlMap { Entries.Count: > 0 } all => [.. all.Entries.Select(e => e.Value is YamlMap map ? (Name: e.Key, Map: map) : throw reader.Wrong(e.Value, $"the model '{e.Key.Text}' must be a mapping"))],
            _ => throw reader.Wrong(node, "'models' must be a list of models, or a mapping of names to them"),
        };
        var names = entries.Select(e => e.Name.Text).ToArray();
        var read = entries.Select(entry =>
        {
            var name = reader.Text(entry.Name, "a model's name");
            reader.CheckKeys(entry.Map, $"the model '{name}'", node is YamlMap ? Keys.Skip(1) : Keys);
            if (UpstreamCatalogue.All.FirstOrDefault(u => u.Name == name) is { } known && (known.Kind == UpstreamKind.Signal || reader.Find(entry.Map, known.Kind == UpstreamKind.Imported ? "features" : "checkpoint") is null)) throw reader.Wrong(entry.Name, $"'{name}' is an upstream of the catalogue; the model needs another name");
            var model = ReadModel(name, entry.Map, names);
            return models.TryAdd(name, model) ? model : throw reader.Wrong(entry.Name, $"two models are called '{name}'");
        }).ToImmutableArray();
        foreach (var (name, map) in entries) RefuseCircle(name.Text, map);
        foreach (var (name, map) in entries)
            if (models[name.Text] is TrainedModel { From: { } source } && models.GetValueOrDefault(source) is ImportedModel) throw reader.Wrong(map, $"'{name.Text}' starts from '{source}', which is no model but features from files");
        return read;
    }

    private YamlScalar Name(YamlMap map) => reader.Find(map, "name") switch
    {
        YamlScalar name => name,
        null => throw reader.Wrong(map, "the model has no 'name'"),
        var other => throw reader.Wrong(other, "a model's name must be a text"),
    };

    private GridModel ReadModel(string name, YamlMap map, string[] names)
    {
        if (reader.Find(map, "checkpoint") is { } checkpoint)
        {
            if (map.Entries.FirstOrDefault(e => e.Key.Text is not ("checkpoint" or "name")).Key is { } stray)
                throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'checkpoint', which names a finished model; to train on from one, write 'from'");
            return new CheckpointModel(name, reader.Text(checkpoint, "checkpoint"));
        }

        if (reader.Find(map, "features") is { } features)
        {
            if (map.Entries.FirstOrDefault(e => e.Key.Text is not ("features" or "name")).Key is { } stray) throw reader.Wrong(stray, $"'{stray.Text}' stands beside 'features', which names a folder of finished ones");
            return new ImportedModel(name, reader.Text(features, "features"));
        }

        var like = reader.Find(map, "like") is { } parent ? Like(parent, names) : null;
        var corpora = reader.Find(map, "corpora") is { } list ? [.. reader.Items(list, "corpora").Select(ReadCorpus)]
            : like?.Corpora ?? throw reader.Wrong(map, $"the model '{name}' has no 'corpora'");
        if (corpora.GroupBy(c => c.Corpus).FirstOrDefault(g => g.Count() > 1) is { } twice) throw reader.Wrong(map, $"the corpus '{twice.Key}' is there twice");
        var recipe = Fill(Start(map, like), typeof(PretrainRecipe), map, "");
        var training = recipe.Deserialize<PretrainRecipe>(CanonicalJson.Options)!;
        reader.Checked(map, name, _ => PretrainRecipes.Check(training));

        var needs = GridFile.ReadNeeds(reader, map, like?.Needs ?? otherwise);

        if (reader.Find(map, "from") is not { } from) return new TrainedModel(name, corpora, training, like?.From, like?.Checkpoint) { Needs = needs };
        var source = reader.Text(from, "from");
        if (names.Contains(source) || UpstreamCatalogue.All.Any(u => u.Name == source && u.Kind == UpstreamKind.Model)) return new TrainedModel(name, corpora, training, From: source) { Needs = needs };
        if (source == "cold") return new TrainedModel(name, corpora, training) { Needs = needs };
        if (!source.Contains('/') && !source.Contains('.'))
            throw reader.Wrong(from, $"unknown model '{source}'{Nearest.Hint(source, names)}; 'from' is a model of this file, the path of a checkpoint, or cold");
        return new TrainedModel(name, corpora, training, Checkpoint: source) { Needs = needs };
    }

    private TrainedModel Like(YamlNode node, string[] names)
    {
        var name = reader.Text(node, "like");
        return models.GetValueOrDefault(name) switch
        {
            TrainedModel model => model,
            null when names.Contains(name) => throw reader.Wrong(node, $"'like' names '{name}', which does not stand above"),
            null => throw reader.Wrong(node, $"unknown model '{name}'{Nearest.Hint(name, names)}"),
            _ => throw reader.Wrong(node, $"'{name}' is a checkpoint and has no recipe"),
        };
    }

    private ModelCorpus ReadCorpus(YamlNode node)
    {
        double? hours = null;
        var named = node;
        if (node is YamlMap map)
        {
            reader.CheckKeys(map, "a corpus", ["corpus", "hours"]);
            named = reader.Find(map, "corpus") ?? throw reader.Wrong(map, "the corpus has no 'corpus'");
            if (reader.Find(map, "hours") is { } given) hours = reader.Number(given, "hours");
        }
        return new ModelCorpus(reader.Checked(named, reader.Text(named, "an entry of 'corpora'"), name => { if (!CorpusCatalogue.IsManifest(name)) CorpusCatalogue.Find(name); }), hours);
    }

    /// <summary>The recipe that the other keys change.</summary>
    private PretrainRecipe Start(YamlMap map, TrainedModel? like)
    {
        var architecture = PretrainArchitecture.Emotion2vec;
        if (reader.Find(map, "architecture") is { } node)
            architecture = Enum.Parse<PretrainArchitecture>(Choice(node, typeof(PretrainArchitecture), "architecture"));
        var size = reader.Find(map, "size");
        if (like is not null)
        {
            if (size is not null || reader.Find(map, "architecture") is not null && architecture != like.Training.Architecture)
                throw reader.Wrong(map, $"'architecture' and 'size' come from '{like.Name}', which 'like' names");
            return like.Training;
        }
        var recipe = PretrainRecipes.Find(architecture);
        if (size is not null) reader.Checked(size, reader.Text(size, "size"), text => recipe = PretrainRecipes.Find(architecture, text));
        return recipe;
    }

    /// <summary>The JSON of a record with the fields that a mapping names.</summary>
    private JsonObject Fill(object record, Type type, YamlMap map, string group)
    {
        var fields = JsonSerializer.SerializeToNode(record, type, CanonicalJson.Options)!.AsObject();
        if (group.Length > 0) reader.CheckKeys(map, $"'{group}'", RecipeFields.Of(type).Select(f => f.Key));
        foreach (var (key, property) in RecipeFields.Of(type))
        {
            if (reader.Find(map, key) is not { } value) continue;
            fields[JsonNamingPolicy.CamelCase.ConvertName(property.Name)] = Value(key, property, record, value);
        }
        return fields;
    }

    private JsonNode Value(string key, PropertyInfo property, object record, YamlNode value)
    {
        var type = property.PropertyType;
        if (type == typeof(int)) return JsonValue.Create(reader.Whole(value, key, 0, int.MaxValue));
        if (type == typeof(double)) return JsonValue.Create(reader.Number(value, key));
        if (type == typeof(bool)) return JsonValue.Create(reader.Truth(value, key));
        if (type.IsEnum) return JsonValue.Create(JsonNamingPolicy.CamelCase.ConvertName(Choice(value, type, key)));
        if (type == typeof(PretrainDropout) && value is YamlScalar { Text: "none" }) return JsonSerializer.SerializeToNode(PretrainDropout.None, CanonicalJson.Options)!;
        return value is YamlMap map ? Fill(property.GetValue(record)!, type, map, key) : throw reader.Wrong(value, $"'{key}' must be a mapping");
    }

    /// <summary>The C# name of a value of an enumeration.</summary>
    private string Choice(YamlNode node, Type type, string what)
    {
        var text = reader.Text(node, what);
        var values = RecipeFields.Values(type);
        var index = Array.IndexOf(values, text);
        return index >= 0 ? Enum.GetNames(type)[index] : throw reader.Wrong(node, $"unknown {what} '{text}'{Nearest.Hint(text, values)}; there are {string.Join(", ", values)}");
    }

    private void RefuseCircle(string name, YamlMap at)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        for (var next = (models[name] as TrainedModel)?.From; next is not null; next = (models.GetValueOrDefault(next) as TrainedModel)?.From)
            if (!seen.Add(next)) throw reader.Wrong(at, $"the model '{name}' starts from itself");
    }
}
