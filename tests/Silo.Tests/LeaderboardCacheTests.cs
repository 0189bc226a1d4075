using System.Net.Http.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion2Vec.Silo.Tests;

/// <summary>The leaderboard of a silo that keeps rows in memory is the one that its store has, whatever happens between two looks.</summary>
public sealed class LeaderboardCacheTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("e2v-home-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(home, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Rows_are_those_of_the_store_after_every_change(int seed)
    {
        await using var silo = await SiloHost.StartAsync(new SiloOptions { Home = home, WorkerCommand = ["true"], CpuSlots = 0 });
        using var http = new HttpClient { BaseAddress = silo.Address };
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStore(StoreProvider.Of(null, new HomeFolder(home).Store)).BuildServiceProvider();
        var store = services.GetRequiredService<JobStore>();
        foreach (var corpus in new[] { "emodb", "savee" })
        {
            await store.Record(new DatasetRow { Manifest = corpus, Corpus = corpus, Classes = "{}", Warnings = "[]" });
            await store.Record(new FoldSetRow { Hash = corpus, Manifest = corpus, Protocol = "random10", Badges = "[\"speaker-dependent\"]" });
        }
        var random = new Random(seed);
        var attempts = new List<Assignment>();
        for (var step = 0; step < 60; step++)
        {
            var attempt = attempts.Count == 0 ? null : attempts[random.Next(attempts.Count)];
            var experiment = random.Next(4);
            switch (random.Next(8))
            {
                case 0: await store.Submit($"e{experiment}", "e", "", Grid(experiment)); break;
                case 1 when step > 30 && await store.GridText($"e{experiment}") is not null: await store.Cancel($"e{experiment}"); break;
                case 2 when await store.GridText($"e{experiment}") is not null: await store.Retry($"e{experiment}"); break;
                case 3 when attempt is not null: await store.Fail(attempt.Key, attempt.Attempt, "an error", false, false); break;
                case 4 or 5 when attempt is not null: await store.Complete(attempt.Key, attempt.Attempt, attempt.Kind == FoldSpec.Name ? Result(random.NextDouble()) : "{}", Run); break;
                default: if (await store.Claim($"s{random.Next(3)}") is { } claimed) attempts.Add(claimed); break;
            }
            foreach (var id in new[] { null, "e1" })
            {
                if (id is not null && await store.GridText(id) is null) continue;
                var shown = await http.GetFromJsonAsync<LeaderboardRow[]>(id is null ? "api/leaderboard" : $"api/leaderboard?experiment={id}", CanonicalJson.Options);
                var anew = (await store.Scores(new(id))).GroupBy(s => (s.Corpus, s.Upstream)).Select(g => (g.Key.Corpus, g.Key.Upstream, g.Count(s => s.Wa is not null), g.Count(),
                    g.GroupBy(s => s.Fold).Select(f => f.Average(s => s.Wa)).Average()));
                Assert.Equal(Texts(anew), Texts(shown!.Select(r => (r.Corpus, r.Upstream, r.FoldsDone, r.FoldsExpected, r.Wa?.Mean / 100))));
            }
        }

        static IEnumerable<string> Texts(IEnumerable<(string, string, int, int, double? Wa)> rows) => rows.Select(r => $"{(r.Item1, r.Item2, r.Item3, r.Item4)} {r.Wa:F9}").Order(StringComparer.Ordinal);
    }

    private static RunInfo Run { get; } = new(1.5, 1.4, "cpu", "here", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);

    // Experiments share jobs: 1 has those of 0, 3 those of 2.
    private static NewJob[] Grid(int experiment)
    {
        var corpus = experiment < 2 ? "emodb" : "savee";
        return [.. new[] { "mfcc", "fbank" }[..(1 + (experiment % 2))].SelectMany(upstream =>
        {
            var extract = new ExtractSpec(corpus, corpus, upstream);
            return new[] { new NewJob(extract.Key(), extract.Kind, upstream, extract.ToJson(), [], new JobLabels(corpus, corpus, upstream)) }.Concat(Enumerable.Range(0, 3).Select(i =>
            {
                var fold = new FoldSpec(corpus, corpus, upstream, extract.Key(), "random10", corpus, i, new HeadSpec(), 1);
                return new NewJob(fold.Key(), fold.Kind, $"fold {i}", fold.ToJson(), fold.DependsOn, new JobLabels(corpus, corpus, upstream, "random10", corpus, i, CanonicalJson.Write(fold.Head), 1));
            }));
        })];
    }

    private static string Result(double wa) => CanonicalJson.Write(new FoldResult(wa, 0.5, 0.4, 0.3, ["a", "b"], [1, 0, 0, 1], [0, 1], [0, 1], [0, 1], [1, 2, 3, 4], 0, [1f], [1f], [0.5f], []));
}
