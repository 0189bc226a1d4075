using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Grains.Tests;

/// <summary>A store that goes with the test: on a real SQLite file, or in a database of the tests' PostgreSQL server.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private readonly string? folder;
    private readonly string? connection;
    private readonly IInterceptor[] interceptors;
    private readonly TimeProvider time;
    private ServiceProvider services;

    /// <param name="connection">Connection string of a PostgreSQL database; null = a SQLite file.</param>
    /// <param name="interceptors">What looks at, or disturbs, its operations.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="file">A SQLite file that stays after the test; null = one that goes.</param>
    public TestStore(string? connection = null, IInterceptor[]? interceptors = null, TimeProvider? time = null, string? file = null)
    {
        if (file is null) folder = Directory.CreateTempSubdirectory("e2v-store-").FullName;
        File = file ?? Path.Combine(folder!, "e2v.db");
        this.connection = connection;
        this.interceptors = interceptors ?? [];
        this.time = time ?? TimeProvider.System;
        services = Open();
        Store = services.GetRequiredService<JobStore>();
    }

    public string File { get; }

    public JobStore Store { get; private set; }

    public StoreContext Context() => services.GetRequiredService<IDbContextFactory<StoreContext>>().CreateDbContext();

    /// <summary>Closes the store and opens the same file again, as a restart does.</summary>
    public async Task Reopen()
    {
        await services.DisposeAsync();
        services = Open();
        Store = services.GetRequiredService<JobStore>();
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Jobs without dependencies.</summary>
    public static NewJob[] NoOps(int count, string group = "g") =>
        [.. Enumerable.Range(0, count).Select(i => New(new NoOpSpec(group, i), $"noop {i}"))];

    /// <summary>An extraction and folds that need it, in grid order.</summary>
    public static NewJob[] ExtractAndFolds(int folds, string corpus = "emodb")
    {
        var extract = new ExtractSpec(corpus, "m", "mfcc");
        return
        [
            New(extract, $"{corpus} extract"),
            .. Enumerable.Range(0, folds).Select(i => New(new FoldSpec(corpus, "m", "mfcc", extract.Key(), "random10", "f", i, new HeadSpec(), 1), $"{corpus} fold {i}")),
        ];
    }

    /// <summary>What an attempt delivers.</summary>
    public static RunInfo Run { get; } = new(1.5, 1.4, "cpu", "here", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>A fold's result whose WA can be told apart.</summary>
    public static string FoldResult(double wa, int best = 7) => CanonicalJson.Write(new FoldResult(
        wa, 0.5, 0.4, 0.3, ["a", "b"], [1, 0, 0, 1], [0, 1], [0, 1], [0, 1], [1, 2, 3, 4], best, [1f], [1f], [0.5f], []));

    private static NewJob New(JobSpec spec, string title) => new(spec.Key(), spec.Kind, title, spec.ToJson(), spec.DependsOn, spec switch
    {
        FoldSpec f => new JobLabels(f.Corpus, f.Manifest, f.Upstream, f.Protocol, f.Folds, f.Fold, CanonicalJson.Write(f.Head), f.Seed),
        ExtractSpec e => new JobLabels(e.Corpus, e.Manifest, e.Upstream),
        _ => null,
    });

    private ServiceProvider Open()
    {
        var collection = new ServiceCollection().AddLogging().AddSingleton(time).AddStore(StoreProvider.Of(connection, File));
        foreach (var interceptor in interceptors) collection.AddSingleton(interceptor);
        return collection.BuildServiceProvider();
    }
}
