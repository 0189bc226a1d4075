using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Tests;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>What is counted at every change is what counting every job anew gives, whatever happened.</summary>
public sealed class TallyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Counts_are_those_of_all_jobs_after_any_history(int seed)
    {
        await using var test = new TestStore();
        await Live(test, seed);
    }

    [SkippableTheory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Counts_are_those_of_all_jobs_on_PostgreSQL(int seed)
    {
        await using var test = new TestStore(PostgresServer.Shared.NewDatabase());
        await Live(test, seed);
    }

    private static async Task Live(TestStore test, int seed)
    {
        var random = new Random(seed);
        var store = test.Store;
        NewJob[][] grids = [TestStore.ExtractAndFolds(4), TestStore.ExtractAndFolds(3, "other"), [.. TestStore.ExtractAndFolds(4), .. TestStore.NoOps(3)], TestStore.ExtractAndFolds(6)];
        var attempts = new List<Assignment>();
        for (var step = 0; step < 150; step++)
        {
            var (experiment, attempt) = (random.Next(grids.Length), attempts.Count == 0 ? null : attempts[random.Next(attempts.Count)]);
            switch (random.Next(10))
            {
                case 0: await store.Submit($"e{experiment}", $"e{experiment}", "", grids[experiment]); break;
                case 1 when random.Next(3) == 0: await Ignore(store.Cancel($"e{experiment}")); break;
                case 2: await Ignore(store.Retry($"e{experiment}")); break;
                case 3 or 4 or 5: if (await store.Claim($"s{random.Next(3)}") is { } claimed) attempts.Add(claimed); break;
                // Late and repeated messages of attempts that ended long ago are among these.
                case 6 or 7 when attempt is not null: await store.Complete(attempt.Key, attempt.Attempt, attempt.Kind == FoldSpec.Name ? TestStore.FoldResult(random.NextDouble()) : "{}", TestStore.Run); break;
                case 8 when attempt is not null: await store.Fail(attempt.Key, attempt.Attempt, "an error", outOfMemory: random.Next(2) == 0, halve: true); break;
                case 9 when attempt is not null: await store.Lose(attempt.Key, attempt.Attempt, "signal 9"); break;
            }
            if (step % 10 == 9) await Same(test);
        }
        await Same(test);

        static async Task Ignore(Task work)
        {
            try
            {
                await work;
            }
            catch (KeyNotFoundException)
            {
                // Not submitted yet.
            }
        }
    }

    private static async Task Same(TestStore test)
    {
        await using var context = test.Context();
        var (jobs, links) = (await context.Jobs.AsNoTracking().ToListAsync(), await context.ExperimentJobs.AsNoTracking().ToListAsync());
        var results = await context.Results.AsNoTracking().ToDictionaryAsync(r => r.JobId);
        var byId = jobs.ToDictionary(j => j.Id);
        Assert.Equal(jobs.CountBy(j => j.State).OrderBy(c => c.Key), (await test.Store.Counts()).OrderBy(c => c.Key));
        Assert.Equal(
            results.Values.GroupBy(r => (byId[r.JobId].Kind, byId[r.JobId].Corpus, byId[r.JobId].Upstream)).Select(g => new MeanDuration(g.Key.Kind, g.Key.Corpus, g.Key.Upstream, g.Average(r => r.WallSeconds))).OrderBy(d => $"{d}"),
            (await test.Store.Durations()).OrderBy(d => $"{d}"));
        foreach (var e in await test.Store.Experiments())
        {
            var wanted = links.Where(l => l.ExperimentId == e.Id).Select(l => byId[l.JobId]).ToArray();
            Assert.Equal(wanted.CountBy(j => j.State).OrderBy(c => c.Key), e.Jobs.OrderBy(c => c.Key));
            if (wanted.All(j => j.State.IsFinal())) Assert.Equal(wanted.Max(j => j.Ended), e.LastEnded);
            Assert.Equal(wanted.GroupBy(j => (j.Kind, j.State)).Select(g => new KindCount(g.Key.Kind, g.Key.State, g.Count())).OrderBy(k => $"{k}"), (await test.Store.Kinds(e.Id)).OrderBy(k => $"{k}"));
            Assert.Equal(wanted.Count(j => !j.State.IsFinal()), (await test.Store.Remaining(e.Id)).Sum(r => r.Jobs));
            Cells(wanted, await test.Store.GridCells(e.Id));
            foreach (var state in Enum.GetValues<JobState>())
            {
                var (total, listed) = await test.Store.JobPage(e.Id, new JobFilter(state, Corpus: "emodb"), 0, 1000);
                Assert.Equal(wanted.Count(j => j.State == state && j.Corpus == "emodb"), total);
                Assert.Equal(total, listed.Count);
            }
        }
        Cells(jobs, await test.Store.GridCells(""));

        void Cells(IEnumerable<JobRow> of, IReadOnlyList<GridCell> counted)
        {
            var anew = of.Where(j => j.Fold is not null).GroupBy(j => (j.Corpus, j.Protocol, j.Upstream, j.Head, j.Fold, j.State))
                .Select(g => new GridCell(g.Key.Corpus!, g.Key.Protocol!, g.Key.Upstream!, g.Key.Head!, g.Key.Fold!.Value, g.Key.State, g.Count(), g.Average(j => results.GetValueOrDefault(j.Id)?.Wa)));
            Assert.Equal(anew.Select(c => c with { Wa = null }).OrderBy(c => $"{c}"), counted.Select(c => c with { Wa = null }).OrderBy(c => $"{c}"));
            foreach (var (a, b) in anew.OrderBy(c => $"{c with { Wa = null }}").Zip(counted.OrderBy(c => $"{c with { Wa = null }}"))) Assert.Equal(a.Wa ?? -1, b.Wa ?? -1, 1e-9);
        }
    }
}
