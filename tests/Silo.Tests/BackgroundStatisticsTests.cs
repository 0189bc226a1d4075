using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Tests;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Tests.Common;

namespace Emotion2Vec.Silo.Tests;

/// <summary>Intervals and comparisons that cannot be computed now are computed as soon as they can be.</summary>
public sealed class BackgroundStatisticsTests : IAsyncLifetime
{
    private static readonly Manifest Manifest = new("emodb", ["a", "b"], [new("u1", "/u1.wav", "a", "s1"), new("u2", "/u2.wav", "b", "s2")]);
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new();
    private HomeFolder home = null!;
    private ServiceProvider services = null!;
    private RowReader reader = null!;
    private BackgroundStatistics background = null!;

    public async Task InitializeAsync()
    {
        home = new HomeFolder(folder.Path).Create();
        services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStore(StoreProvider.Of(null, home.Store)).BuildServiceProvider();
        var store = services.GetRequiredService<JobStore>();
        await store.Record(new DatasetRow { Manifest = Manifest.Hash, Corpus = "emodb", Classes = "{}", Warnings = "[]" });
        await store.Record(new FoldSetRow { Hash = "folds", Manifest = Manifest.Hash, Protocol = "random10", Badges = "[]" });
        await store.Submit("e", "e", "", [.. new[] { "fbank", "mfcc" }.SelectMany(upstream =>
        {
            var extract = new ExtractSpec("emodb", Manifest.Hash, upstream);
            var fold = new FoldSpec("emodb", Manifest.Hash, upstream, extract.Key(), "random10", "folds", 0, new HeadSpec(), 1);
            return new[] { new NewJob(extract.Key(), extract.Kind, upstream, extract.ToJson(), [], null), new NewJob(fold.Key(), fold.Kind, upstream, fold.ToJson(), fold.DependsOn, new JobLabels("emodb", Manifest.Hash, upstream, "random10", "folds", 0, CanonicalJson.Write(fold.Head), 1)) };
        })]);
        while (await store.Claim("s") is { } job)
            await store.Complete(job.Key, job.Attempt, job.Kind == FoldSpec.Name ? Result : "{}", new RunInfo(1, 1, "cpu", "here", ImmutableSortedDictionary<string, string>.Empty));
        reader = new RowReader(store, home);
        background = new BackgroundStatistics(reader, new ComparisonReports(reader), time, NullLogger<BackgroundStatistics>.Instance);
        await background.StartAsync(default);
    }

    public async Task DisposeAsync()
    {
        await background.StopAsync(default);
        background.Dispose();
        await services.DisposeAsync();
        SqliteConnection.ClearAllPools();
        folder.Dispose();
    }

    [Fact]
    public async Task A_manifest_that_comes_back_brings_intervals_and_comparisons()
    {
        var rows = await reader.Rows([new()]);
        Assert.Null(reader.Units(Manifest.Hash));
        Assert.All(await reader.Statistics(rows), Assert.Null);
        Assert.Null(await Compare(rows));
        await Idle();

        ManifestFile.Save(Manifest, home.Manifest(Manifest.Hash));
        Assert.All(await reader.Statistics(rows), Assert.NotNull);
        Assert.Null(await Compare(rows)); // not before the pause is over
        await Idle();
        Assert.Null(await Compare(rows));
        time.Advance(BackgroundStatistics.Pause);
        await Until(async () => await Compare(rows) is not null);
    }

    [Fact]
    public async Task An_error_of_the_store_is_not_the_last_word()
    {
        ManifestFile.Save(Manifest, home.Manifest(Manifest.Hash));
        var rows = await reader.Rows([new()]);
        var (names, _) = (await reader.Kept(rows), reader.Units(Manifest.Hash));
        Sql("ALTER TABLE results RENAME TO elsewhere");
        Assert.Null(background.Compare((rows[0], names[0].Results), (rows[1], names[1].Results)));
        await Idle();
        Sql("ALTER TABLE elsewhere RENAME TO results");
        time.Advance(BackgroundStatistics.Pause);
        await Until(async () => await Compare(rows) is not null);
    }

    private static string Result { get; } = CanonicalJson.Write(new FoldResult(0.5, 0.5, 0.4, 0.3, ["a", "b"], [1, 0, 1, 0], [0, 1], [0, 1], [0, 0], [1, 2, 3, 4], 0, [1f], [1f], [0.5f], []));

    private async Task<RowComparison?> Compare(ImmutableArray<AggregatedRow> rows)
    {
        var names = await reader.Kept(rows);
        return background.Compare((rows[0], names[0].Results), (rows[1], names[1].Results));
    }

    /// <summary>Until everything that was asked for has had its turn.</summary>
    private Task Idle() => Until(() => Task.FromResult(background.Queued == 0));

    private void Sql(string text)
    {
        using var connection = new SqliteConnection($"Data Source={home.Store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static async Task Until(Func<Task<bool>> so)
    {
        for (var until = DateTime.UtcNow.AddMinutes(2); !await so(); await Task.Delay(20)) Assert.True(DateTime.UtcNow < until, "it never came");
    }
}
