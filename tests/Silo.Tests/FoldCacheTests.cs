using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Tests;

/// <summary>Whoever asks gets all folds, however little is kept and whoever asks beside him.</summary>
public sealed class FoldCacheTests : IAsyncLifetime
{
    private static readonly string[] Corpora = [.. Enumerable.Range(0, 12).Select(i => $"corpus {i}")];
    private const int Folds = 5;
    private readonly TemporaryFolder home = new();
    private ServiceProvider services = null!;

    private JobStore Store => services.GetRequiredService<JobStore>();

    public async Task InitializeAsync()
    {
        services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStore(StoreProvider.Of(null, home.File("e2v.db"))).BuildServiceProvider();
        await Store.Submit("e", "e", "", [.. Corpora.SelectMany(corpus =>
        {
            var extract = new ExtractSpec(corpus, corpus, "fbank");
            return new[] { new NewJob(extract.Key(), extract.Kind, corpus, extract.ToJson(), [], new JobLabels(corpus, corpus, "fbank")) }.Concat(Enumerable.Range(0, Folds).Select(i =>
            {
                var fold = new FoldSpec(corpus, corpus, "fbank", extract.Key(), "random5", corpus, i, new HeadSpec(), 1);
                return new NewJob(fold.Key(), fold.Kind, corpus, fold.ToJson(), fold.DependsOn, new JobLabels(corpus, corpus, "fbank", "random5", corpus, i, CanonicalJson.Write(fold.Head), 1));
            }));
        })]);
    }

    public async Task DisposeAsync()
    {
        await services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        home.Dispose();
    }

    [Fact]
    public async Task Folds_are_complete_while_others_empty_the_memory()
    {
        var cache = new FoldCache(Store, most: Folds);
        var names = await cache.Names(null);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(asker => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                RowName[] asked = [.. names.Select((n, at) => n with { Changes = n.Changes + (at % 4 == asker ? i : 0) })];
                var folds = await cache.Entries(new(), asked);
                Assert.Equal(Corpora.Length * Folds, folds.Select(f => f.Job).Distinct().Count());
            }
        })));
    }

    [Fact]
    public async Task A_cell_that_is_read_again_takes_its_own_place()
    {
        var cache = new FoldCache(Store, most: Corpora.Length * Folds);
        var names = await cache.Names(null);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Corpora.Length * Folds, (await cache.Entries(new(), [names[0] with { Changes = names[0].Changes + i }, .. names.Skip(1)])).Count);
            Assert.Equal(Corpora.Length * Folds, cache.Kept);
        }
    }
}
