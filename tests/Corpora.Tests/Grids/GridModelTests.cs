using System.Collections.Immutable;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Tests.Grids;

public sealed class GridModelTests
{
    private const string Models = """
        models:
          - name: mini
            corpora: [emodb, {corpus: my.csv, hours: 12.5}]
            sizes: {width: 192, heads: 4, prenet: 1, depth: 3, utterance_tokens: 0}
            objective: {clones: 4, top_layers: 3, utterance_loss: none, instance_norm_layers: false}
            dropout: none
            masks: {as_printed: true}
            adam: {learning_rate: 1e-3}
            teacher: {end: 0.999}
            updates: 1500
          - {name: mini-cold, like: mini, updates: 0, seed: 2}
          - {name: continued, like: mini, from: mini}
          - {name: old, corpora: [urdu], architecture: data2vec, from: files/audio_base_ls.pt, schedule: {kind: tri_stage, warm_up: 0.01}}
          - {name: big, corpora: [urdu], architecture: data2vec2, size: large}
          - {name: published, checkpoint: ../emotion2vec_base.pt}
        """;

    [Fact]
    public void AFileOfModelsAloneIsAGrid()
    {
        var grid = GridFile.Parse(Models, "m.yaml");
        Assert.Empty(grid.Blocks);
        var mini = Assert.IsType<TrainedModel>(grid.Models[0]);
        Assert.Equal([new ModelCorpus("emodb"), new ModelCorpus("my.csv", 12.5)], mini.Corpora.AsEnumerable());
        var expected = new PretrainRecipe
        {
            Sizes = new PretrainSizes(Width: 192, Heads: 4, Prenet: 1, Depth: 3, UtteranceTokens: 0),
            Objective = new PretrainObjective(Clones: 4, TopLayers: 3, UtteranceLoss: UtteranceLoss.None, InstanceNormLayers: false),
            Dropout = PretrainDropout.None,
            Masks = new PretrainMasks(AsPrinted: true),
            Adam = new PretrainAdam(LearningRate: 1e-3),
            Teacher = new PretrainTeacher(End: 0.999),
            Updates = 1500,
        };
        Assert.Equal(expected, mini.Training);
        Assert.Equal(mini with { Name = "mini-cold", Training = expected with { Updates = 0, Seed = 2 } }, grid.Models[1]);
        Assert.Equal(mini with { Name = "continued", From = "mini" }, grid.Models[2]);
        var old = Assert.IsType<TrainedModel>(grid.Models[3]);
        Assert.Equal(("files/audio_base_ls.pt", null), (old.Checkpoint, old.From));
        Assert.Equal(PretrainRecipes.Find(PretrainArchitecture.Data2vec) with { Schedule = new PretrainSchedule(RateSchedule.TriStage, 0.01, 0.9, 0.07) }, old.Training);
        Assert.Equal(1024, Assert.IsType<TrainedModel>(grid.Models[4]).Training.Sizes.Width);
        Assert.Equal(new CheckpointModel("published", "../emotion2vec_base.pt"), grid.Models[5]);
    }

    [Fact]
    public void ModelsMayBeAMappingBesideBlocks()
    {
        var grid = GridFile.Parse("models:\n  a: {corpora: [emodb]}\ncorpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]\n", "m.yaml");
        Assert.Equal("a", Assert.Single(grid.Models).Name);
        Assert.Single(grid.Blocks);
        Assert.True(grid.NeedsLabels("emodb"));
        Assert.False(GridFile.Parse(Models, "m.yaml").NeedsLabels("emodb"));
    }

    /// <summary>The defaults are what the public configuration says, the paper's batches, and data2vec's own runs.</summary>
    [Fact]
    public void PublishedRecipesAreWhole()
    {
        foreach (var architecture in Enum.GetValues<PretrainArchitecture>()) PretrainRecipes.Check(PretrainRecipes.Find(architecture));
        PretrainRecipes.Check(PretrainRecipes.Find(PretrainArchitecture.Emotion2vec, "large"));
        Assert.Equal(new PretrainRecipe(), PretrainRecipes.Find(PretrainArchitecture.Emotion2vec));
        Assert.Equal("data2vec has the size base only", Assert.Throws<InputException>(() => PretrainRecipes.Find(PretrainArchitecture.Data2vec, "large")).Message);
    }

    [Fact]
    public void RecipesSurviveTheirJson()
    {
        foreach (var model in GridFile.Parse(Models, "m.yaml").Models.OfType<TrainedModel>())
            Assert.Equal(model.Training, CanonicalJson.Read<PretrainRecipe>(CanonicalJson.Write(model.Training)));
        Assert.Contains("\"uttTarget\":\"normalized\"", CanonicalJson.Write(new PretrainRecipe()), StringComparison.Ordinal);
    }

    [Fact]
    public void ModelsBecomeJobsThatWaitForOneAnother()
    {
        var jobs = Expand(Models, path => $"sha of {path}");
        Assert.Equal(["mini", "mini-cold", "continued", "old", "big"], jobs.Select(j => j.Title.Split(' ')[0]));
        var specs = jobs.Select(j => (PretrainSpec)j.Spec).ToArray();
        Assert.Equal("mini · pretrain · emodb + my.csv", jobs[0].Title);
        Assert.Equal([new PretrainCorpus("emodb", "m-emodb"), new PretrainCorpus("my.csv", "m-my.csv")], specs[0].Corpora.AsEnumerable());
        Assert.Equal((jobs[0].Key, null), (specs[2].Parent, specs[2].Checkpoint));
        Assert.Equal([jobs[0].Key], specs[2].DependsOn.AsEnumerable());
        Assert.Equal("sha of files/audio_base_ls.pt", specs[3].Checkpoint);
        Assert.Equal(5, jobs.Select(j => j.Key).Distinct().Count());
        foreach (var job in jobs) Assert.Equal(job.Key, JobSpec.FromJson("pretrain", job.Spec.ToJson()).Key());
    }

    [Fact]
    public void AModelIsTrainedBeforeItsHeirsAndOnceUnderTwoNames()
    {
        var jobs = Expand("models: {b: {corpora: [emodb], from: a}, a: {corpora: [emodb], updates: 5}, c: {corpora: [emodb], updates: 5}, d: {corpora: [emodb], from: p}, p: {checkpoint: x.pt}}", path => path);
        Assert.Equal(["a", "b", "d"], jobs.Select(j => j.Title.Split(' ')[0]));
        Assert.Equal("x.pt", ((PretrainSpec)jobs[2].Spec).Checkpoint);
    }

    private const string Features = """
        models:
          mini: {corpora: [emodb], sizes: {width: 192, heads: 4, prenet: 1, depth: 3}, objective: {top_layers: 3}, updates: 5}
          file: {checkpoint: x.pt}
          emotion2vec_base: {checkpoint: y.pt}
        grids:
          - {corpora: [emodb], upstreams: [mfcc, mini, {model: file, layers: all}, emotion2vec_base, {model: data2vec_base}], protocols: [random10], heads: [linear, superb]}
          - {corpora: [emodb], upstreams: [{model: mini, layers: 3}, {model: mini, layers: mean4, tokens: utt+frm}], protocols: [random10], heads: [linear, gru]}
        """;

    [Fact]
    public void FeaturesWaitForTheModelAndFoldsForTheFeatures()
    {
        var jobs = ExpandFolds(Features);
        var pretrain = Assert.Single(jobs, j => j.Spec is PretrainSpec);
        var extracts = jobs.Where(j => j.Spec is ExtractSpec).Select(j => (j.Key, j.Title, Spec: (ExtractSpec)j.Spec)).ToArray();
        Assert.Equal(
        [
            "emodb · mfcc · features", "emodb · mini · features", "emodb · mini · all layers · features", "emodb · file · all layers · features",
            "emodb · emotion2vec_base · features", "emodb · emotion2vec_base · all layers · features",
            "emodb · data2vec_base · features", "emodb · data2vec_base · all layers · features",
            "emodb · mini · layer 3 · features", "emodb · mini · mean of last 4 · utt+frm · features",
        ], extracts.Select(e => e.Title));
        Assert.Equal(new ExtractSpec("emodb", "m-emodb", "mfcc") with { Manifest = extracts[0].Spec.Manifest }, extracts[0].Spec);
        Assert.All([.. extracts[1..3], .. extracts[8..]], e => Assert.Equal(pretrain.Key, Assert.Single(e.Spec.DependsOn)));
        Assert.Equal(("mean4", "utt+frm", pretrain.Key, null), (extracts[9].Spec.Layers, extracts[9].Spec.Tokens, extracts[9].Spec.Pretrain, extracts[9].Spec.Checkpoint));
        Assert.Equal(["sha of x.pt", "sha of y.pt", "sha of y.pt", "sha of /data/data2vec_base.pt"], extracts[3..7].Select(e => e.Spec.Checkpoint));

        var folds = jobs.Select(j => j.Spec).OfType<FoldSpec>().Where(f => f.Fold == 0).ToDictionary(f => (f.Upstream, f.Head.Name), f => f.Features);
        Assert.Equal(14, folds.Count);
        Assert.Equal((extracts[1].Key, extracts[2].Key), (folds[("mini", "linear")], folds[("mini", "superb")]));
        Assert.Equal((extracts[8].Key, extracts[8].Key), (folds[("mini · layer 3", "linear")], folds[("mini · layer 3", "gru")]));
        Assert.Equal(extracts[3].Key, folds[("file · all layers", "linear")]);
        Assert.Equal((extracts[0].Key, extracts[0].Key), (folds[("mfcc", "linear")], folds[("mfcc", "superb")]));
        var seen = new HashSet<string>();
        foreach (var job in jobs)
        {
            Assert.All(job.Spec.DependsOn, needed => Assert.Contains(needed, seen));
            seen.Add(job.Key);
            Assert.Equal(job.Key, JobSpec.FromJson(job.Spec.Kind, job.Spec.ToJson()).Key());
        }
        Assert.Contains("emodb · mini · layer 3 · random10 · fold 2 · seed 1", jobs.Select(j => j.Title));
    }

    [Theory]
    [InlineData("models: {w: {features: a, like: b}}\ncorpora: [emodb]\nupstreams: [w]\nprotocols: [random10]", "g.yaml:1: 'like' stands beside 'features'")]
    [InlineData("models: {mfcc: {features: a}}\ncorpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]", "g.yaml:1: 'mfcc' is an upstream of the catalogue")]
    [InlineData("models: {w: {features: a}, m: {from: w, corpora: [emodb]}}", "g.yaml:1: 'm' starts from 'w', which is no model but features from files")]
    [InlineData("corpora: [emodb]\nupstreams: [{model: mfcc, with: bret}]\nprotocols: [random10]", "g.yaml:2: unknown upstream 'bret' (did you mean 'bert'?)")]
    [InlineData("corpora: [emodb]\nupstreams: [{model: mfcc, with: {model: fbank, with: bert}}]\nprotocols: [random10]", "g.yaml:2: two kinds of features can be joined, not three")]
    public void MistakesInFeaturesFromFilesAreOneLine(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "g.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void APublishedModelWithoutFileSaysWhichFileItMisses()
    {
        var folder = Directory.CreateTempSubdirectory("e2v-models-").FullName;
        try
        {
            var error = Assert.Throws<InputException>(() => ModelFiles.Find("emotion2vec_base", folder));
            Assert.Equal($"emotion2vec_base: its checkpoint is missing: put it at {folder}/checkpoints/emotion2vec_base.pt, or name a file: 'models: {{emotion2vec_base: {{checkpoint: PATH}}}}' in a grid, --checkpoint PATH by hand", error.Message);
            Assert.StartsWith("emotion2vec_base: its checkpoint is missing", Assert.Throws<InputException>(() => ModelFiles.Check(["emotion2vec_base"], [], folder)).Message, StringComparison.Ordinal);
            var several = Assert.Throws<InputException>(() => ModelFiles.Check(["emotion2vec_base", "hubert_base"], [], folder)).Message.Split('\n');
            Assert.Equal((4, true), (several.Length, several[3].StartsWith($"  hubert_base       {folder}/checkpoints/hubert_base.pt", StringComparison.Ordinal)));
            var features = Assert.Throws<InputException>(() => ModelFiles.Check([], [("bert", "iemocap")], folder)).Message;
            Assert.Equal($"1 features file is missing; put them where this says, or name others ('models: {{NAME: {{features: FOLDER}}}}'):\n  upstream         put it at", features[..features.IndexOf("put it at  ", StringComparison.Ordinal)] + "put it at");
            Assert.Contains($"bert of iemocap  {folder}/features/bert/iemocap.npy", features);
            Assert.Contains("(no data folder is named: --data or E2V_DATA)", Assert.Throws<InputException>(() => ModelFiles.Find("emotion2vec_base", null)).Message);
            Directory.CreateDirectory(Path.Combine(folder, "checkpoints"));
            File.WriteAllText(Path.Combine(folder, "checkpoints", "emotion2vec_base.safetensors"), "");
            Assert.EndsWith("emotion2vec_base.safetensors", ModelFiles.Find("emotion2vec_base", folder));
            File.WriteAllText(Path.Combine(folder, "checkpoints", "hubert_base_ls960.pt"), "");
            Assert.EndsWith("hubert_base_ls960.pt", ModelFiles.Find("hubert_base", folder));
            File.WriteAllText(Path.Combine(folder, "checkpoints", "hubert_base.bin"), "");
            Assert.EndsWith("hubert_base.bin", ModelFiles.Find("hubert_base", folder));
            Assert.Equal(UpstreamCatalogue.All.Count(u => u.Weights is not null), UpstreamCatalogue.All.Where(u => u.Weights is not null).Select(u => u.Weights!.File).Distinct().Count());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("[mini, mnii]", "m.yaml:5: unknown upstream 'mnii' (did you mean 'mini'?); there are fbank, mfcc, mfcc39, wav2vec_large, vq_wav2vec, vq_wav2vec_kmeans, wav2vec2_base, wav2vec2_large, hubert_base, hubert_large, wavlm_base, wavlm_base_plus, wavlm_large, whisper_tiny, whisper_base, whisper_small, whisper_medium, whisper_large, whisper_large_v3, data2vec_base, data2vec2_base, data2vec2_large, emotion2vec_base, bert, mini, file")]
    [InlineData("[{model: mini, layer: 3}]", "m.yaml:5: unknown key 'layer' (did you mean 'layers'?); an upstream has model, layers, tokens, with")]
    [InlineData("[{layers: 3}]", "m.yaml:5: the upstream has no 'model'")]
    [InlineData("[{model: mini, layers: 5}]", "m.yaml:5: mini: there is no layer 5; layers are 0 to 4")]
    [InlineData("[{model: mini, layers: lsat}]", "m.yaml:5: unknown layer rule 'lsat' (did you mean 'last'?); there are all, last, mean4 and the number of a layer")]
    [InlineData("[{model: mini, tokens: utt}]", "m.yaml:5: mini: token rule 'utt', but the model has no utterance tokens; 'frames' is what it has")]
    [InlineData("[{model: file, tokens: uttt}]", "m.yaml:5: unknown token rule 'uttt' (did you mean 'utt'?); there are frames, utt, utt+frm")]
    [InlineData("[{model: data2vec2_base, tokens: utt}]", "m.yaml:5: data2vec2_base: token rule 'utt', but the model has no utterance tokens; 'frames' is what it has")]
    [InlineData("[{model: fbank, layers: 1}]", "m.yaml:5: fbank: layer rule '1', but it has one layer; 'last' is what it has")]
    public void RefusesWhatAModelDoesNotHave(string upstreams, string message)
    {
        var yaml = $"""
            models:
              mini: {"{"}corpora: [emodb], architecture: data2vec2, sizes: {"{"}prenet: 1, depth: 3{"}"}, objective: {"{"}top_layers: 3{"}"}{"}"}
              file: {"{"}checkpoint: x.pt{"}"}
            corpora: [emodb]
            upstreams: {upstreams}
            protocols: [random10]
            """;
        Assert.Equal(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "m.yaml")).Message);
    }

    private static ImmutableArray<PlannedJob> ExpandFolds(string yaml) => GridExpansion.Expand(
        GridFile.Parse(yaml, "m.yaml").WithPublished(name => $"/data/{name}.pt"),
        name => new Manifest(name, ["x", "y"], Enumerable.Range(0, 60).Select(i => new Utterance($"{name}-{i:D2}", "/p", i % 2 == 0 ? "x" : "y", $"s{i % 10:D2}"))),
        (manifest, protocol) => protocol.Split(manifest, ""), heard => new PretrainCorpus(heard.Corpus, $"m-{heard.Corpus}"), path => $"sha of {path}");

    [Theory]
    [InlineData("models: [{name: a, corpora: [emodb], update: 5}]", "m.yaml:1: unknown key 'update' (did you mean 'updates'?); the model 'a' has name, checkpoint, features, corpora, like, from, size, needs, architecture, sizes, objective, masks, dropout, adam, schedule, teacher, batches, stops, updates, seed")]
    [InlineData("models: [{name: a, corpora: [emodb], sizes: {widht: 5}}]", "m.yaml:1: unknown key 'widht' (did you mean 'width'?); 'sizes' has extractor_channels, width, heads, prenet, depth, feed_forward_ratio, utterance_tokens, positional_depth, positional_kernel, positional_groups, decoder_depth, decoder_channels, decoder_kernel, decoder_groups")]
    [InlineData("models: [{name: a, corpora: [emodb],\n sizes: {width: 100}}]", "m.yaml:1: sizes: width (100) is no multiple of heads (12)")]
    [InlineData("models: [{name: a, corpora: [emodb],\n sizes: 5}]", "m.yaml:2: 'sizes' must be a mapping")]
    [InlineData("models: [{name: a, corpora: [emodb], architecture: emotion2vek}]", "m.yaml:1: unknown architecture 'emotion2vek' (did you mean 'emotion2vec'?); there are emotion2vec, data2vec2, data2vec")]
    [InlineData("models: [{name: a, corpora: [emodb], size: huge}]", "m.yaml:1: unknown size 'huge'; there are base, large")]
    [InlineData("models: [{name: a, corpora: [emodb], objective: {utt_target: raw}}]", "m.yaml:1: unknown utt_target 'raw' (did you mean 'raw_ffn'?); there are normalized, raw_ffn, raw_block, layer_norm")]
    [InlineData("models: [{name: a, corpora: [emodb], sizes: {utterance_tokens: 0}}]", "m.yaml:1: objective: utterance_loss 'chunk' needs sizes: utterance_tokens above 0")]
    [InlineData("models: [{name: a, corpora: [emodb], masks: {as_printed: yes}}]", "m.yaml:1: as_printed must be true or false, not 'yes'")]
    [InlineData("models: [{name: a, corpora: [emodb], architecture: data2vec, masks: {as_printed: true}}]", "m.yaml:1: masks: data2vec knows probability and length only")]
    [InlineData("models: [{name: a, corpora: [emodb], updates: -1}]", "m.yaml:1: updates must be a whole number from 0 to 2147483647, not '-1'")]
    [InlineData("models: [{name: a}]", "m.yaml:1: the model 'a' has no 'corpora'")]
    [InlineData("models: [{corpora: [emodb]}]", "m.yaml:1: the model has no 'name'")]
    [InlineData("models: []", "m.yaml:1: 'models' is empty")]
    [InlineData("models: 5", "m.yaml:1: 'models' must be a list of models, or a mapping of names to them")]
    [InlineData("models: [{name: mfcc, corpora: [emodb]}]", "m.yaml:1: 'mfcc' is an upstream of the catalogue; the model needs another name")]
    [InlineData("models: [{name: a, corpora: [emodb]},\n {name: a, corpora: [emodb]}]", "m.yaml:2: two models are called 'a'")]
    [InlineData("models: [{name: a, corpora: [emodb, emodb]}]", "m.yaml:1: the corpus 'emodb' is there twice")]
    [InlineData("models: [{name: first, corpora: [emodb], from: frist}]", "m.yaml:1: unknown model 'frist' (did you mean 'first'?); 'from' is a model of this file, the path of a checkpoint, or cold")]
    [InlineData("models: [{name: a, corpora: [emodb], from: b}, {name: b, corpora: [emodb], from: a}]", "m.yaml:1: the model 'a' starts from itself")]
    [InlineData("models: [{name: a, like: b}, {name: b, corpora: [emodb]}]", "m.yaml:1: 'like' names 'b', which does not stand above")]
    [InlineData("models: [{name: b, checkpoint: x.pt}, {name: a, like: b}]", "m.yaml:1: 'b' is a checkpoint and has no recipe")]
    [InlineData("models: [{name: b, checkpoint: x.pt, updates: 5}]", "m.yaml:1: 'updates' stands beside 'checkpoint', which names a finished model; to train on from one, write 'from'")]
    public void RefusesInOneLine(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "m.yaml")).Message);

    private static ImmutableArray<PlannedJob> Expand(string yaml, Func<string, string> checkpointOf) => GridExpansion.Expand(
        GridFile.Parse(yaml, "m.yaml"), _ => throw new InvalidOperationException(), (_, _) => throw new InvalidOperationException(),
        heard => new PretrainCorpus(heard.Corpus, $"m-{heard.Corpus}"), checkpointOf);
}
