using System.Net.Http.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Tests;

/// <summary>What stands beside the numbers of a table, as it is known when one looks.</summary>
public sealed class BadgesTests : IAsyncLifetime
{
    private readonly TemporaryFolder home = new(), data = new();
    private SiloHost silo = null!;
    private HttpClient http = null!;
    private ServiceProvider services = null!;

    private JobStore Store => services.GetRequiredService<JobStore>();

    public async Task InitializeAsync()
    {
        silo = await SiloHost.StartAsync(new SiloOptions { Home = home.Path, WorkerCommand = ["true"], CpuSlots = 0 });
        http = new HttpClient { BaseAddress = silo.Address };
        services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStore(StoreProvider.Of(null, new HomeFolder(home.Path).Store)).BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await silo.DisposeAsync();
        await services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        home.Dispose();
        data.Dispose();
    }

    /// <summary>A model that a grid trains from published weights has heard what those have; jobs that were there before learn it when their grid is sent again.</summary>
    [Fact]
    public async Task What_the_model_heard_that_another_started_from_is_a_badge_as_soon_as_it_is_known()
    {
        var heir = new PretrainSpec([new("emodb", "m")], PretrainRecipes.Find(PretrainArchitecture.Emotion2vec), Checkpoint: new string('c', 64));
        var features = new ExtractSpec("iemocap", "iemocap", "mini", Pretrain: heir.Key());
        await Record("iemocap", "speaker-independent");
        await Store.Submit("e", "e", "", [Job(heir), Job(features, new("iemocap", "iemocap", "mini")), Fold(features)]);
        Assert.Equal("speaker-independent", await Badges());

        CheckpointLinks.Save(new(home.Path), heir.Checkpoint!, data.File("a.pt"), "emotion2vec_base");
        Assert.Equal("speaker-independent, seen in pre-training", await Badges());
        CheckpointLinks.Save(new(home.Path), heir.Checkpoint!, data.File("b.pt"));
        Assert.Equal("speaker-independent, seen in pre-training", await Badges());
    }

    [Fact]
    public async Task A_joined_model_that_heard_the_corpus_is_a_badge_beside_one_of_our_own_that_did_not()
    {
        var own = new PretrainSpec([new("emodb", "m")], PretrainRecipes.Find(PretrainArchitecture.Emotion2vec));
        var features = new ExtractSpec("iemocap", "iemocap", "emotion2vec_base", Checkpoint: new string('c', 64), With: new("iemocap", "iemocap", "mini", Pretrain: own.Key()));
        await Record("iemocap", "speaker-independent");
        await Store.Submit("e", "e", "", [Job(own), .. features.Parts.Select(p => Job(p, new("iemocap", "iemocap", p.Label))), Job(features, new("iemocap", "iemocap", features.Label)), Fold(features)]);
        Assert.Equal("speaker-independent, seen in pre-training", await Badges());
    }

    [Theory]
    [InlineData("from: emotion2vec_base")]
    [InlineData("from: emotion2vec_base", "models/base.pt", "emotion2vec_base: {checkpoint: models/base.pt}")]
    public async Task A_submission_writes_down_which_published_model_a_file_holds(string from, string file = "checkpoints/emotion2vec_base.pt", string model = "unused: {checkpoint: other.pt}")
    {
        Sounds.Write(data.Path);
        File.WriteAllText(data.File(file), "weights");
        var answer = await http.PostAsJsonAsync("api/experiments", new SubmitRequest(
            $"name: e\ncorpora: [tiny.csv]\nupstreams: [mini]\nprotocols: [random5]\nmodels: {{{model}, mini: {{corpora: [tiny.csv], {from}}}}}\n", data.File("grid.yaml"), data.Path), CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("emotion2vec_base", CheckpointLinks.Published(new(home.Path), CheckpointLinks.Hash(data.File(file))));
        Assert.Equal(data.File(file), CheckpointLinks.Find(new(home.Path), CheckpointLinks.Hash(data.File(file))));
    }

    [Fact]
    public async Task A_grid_that_is_sent_again_mends_its_fold_file_and_brings_badges_as_they_are_worded_now()
    {
        Sounds.Write(data.Path);
        var request = new SubmitRequest("name: e\ncorpora: [tiny.csv]\nupstreams: [fbank]\nprotocols: [random5]\n", data.File("grid.yaml"), data.Path);
        await http.PostAsJsonAsync("api/experiments", request, CanonicalJson.Options);
        var now = await Badges();
        Assert.StartsWith("speaker-dependent", now);
        var folds = Assert.Single((await Store.FoldSets()).Values);
        await Store.Record(new FoldSetRow { Hash = folds.Hash, Manifest = folds.Manifest, Protocol = folds.Protocol, Version = folds.Version, Folds = folds.Folds, Badges = "[\"dependent\"]" });
        Assert.Equal("dependent", await Badges());
        File.WriteAllText(new HomeFolder(home.Path).Folds(folds.Hash), "{");

        await http.PostAsJsonAsync("api/experiments", request, CanonicalJson.Options);
        Assert.Equal(5, FoldSet.Load(new(home.Path), folds.Hash).Folds.Length);
        Assert.Equal(now, await Badges());
    }

    private async Task Record(string corpus, string badge)
    {
        await Store.Record(new DatasetRow { Manifest = corpus, Corpus = corpus, Classes = "{}", Warnings = "[]" });
        await Store.Record(new FoldSetRow { Hash = corpus, Manifest = corpus, Protocol = "random10", Badges = CanonicalJson.Write(new[] { badge }) });
    }

    private async Task<string> Badges() => string.Join(", ", Assert.Single((await http.GetFromJsonAsync<LeaderboardRow[]>("api/leaderboard", CanonicalJson.Options))!).Badges);

    private static NewJob Job(JobSpec spec, JobLabels? labels = null) => new(spec.Key(), spec.Kind, spec.Kind, spec.ToJson(), spec.DependsOn, labels);

    private static NewJob Fold(ExtractSpec features)
    {
        var fold = new FoldSpec(features.Corpus, features.Manifest, features.Label, features.Key(), "random10", features.Corpus, 0, new HeadSpec(), 1);
        return Job(fold, new(fold.Corpus, fold.Manifest, fold.Upstream, fold.Protocol, fold.Folds, 0, CanonicalJson.Write(fold.Head), 1));
    }
}
