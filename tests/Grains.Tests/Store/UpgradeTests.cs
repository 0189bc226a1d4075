using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.EntityFrameworkCore;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>
/// One store file per schema version, as a build of that version left it at the end of <see cref="StoreScript"/>. Whoever
/// adds a schema script adds the file of the version before.
/// </summary>
public sealed class UpgradeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("e2v-store-").FullName;

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, Schema.Newest(StoreProvider.Of(null, "any")))];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_store_of_every_schema_is_brought_up_to_date_with_all_its_results(int version)
    {
        var file = Path.Combine(folder, "e2v.db");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "stores", $"schema-{version:D3}.db"), file);
        Assert.Equal($"schema_version|{version}", StoreImage.Rows(file).Single(r => r.StartsWith("schema_version", StringComparison.Ordinal)));

        await using var test = new TestStore(file: file);
        await using var context = test.Context();
        // Keys follow the recipes of the build that wrote them.
        var jobs = (await context.Jobs.Where(j => j.Corpus != null).OrderBy(j => j.Id).ToListAsync())
            .ConvertAll(j => new NewJob(j.Key, j.Kind, j.Title, j.Spec, j.Features is null ? [] : [j.Features], null));
        Assert.Equal("ok", StoreImage.Check(file));
        Assert.Equal([0.5, 0.25, null], (await test.Store.Scores(new("a"))).Select(s => s.Wa));
        Assert.All(await test.Store.Scores(new()), s => Assert.Equal(jobs[0].Key, s.Features));
        Assert.Equal(3, (await test.Store.ResultTexts([1, 2, 3])).Count);
        Assert.Equal([AttemptState.Succeeded, AttemptState.Superseded], (await test.Store.Job(jobs[2].Key))!.Attempts.Select(a => a.State));

        // The same grid is the same jobs, and the queue goes on.
        Assert.Equal(new Submitted(0, 3), await test.Store.Submit("a", "a", "grid a", jobs));
        Assert.Equal(jobs[3].Key, (await test.Store.Claim("s0"))!.Key);
        Assert.Equal([Schema.Newest(StoreProvider.Of(null, "any"))], await context.Database.SqlQueryRaw<int>("SELECT version AS Value FROM schema_version").ToListAsync());
    }

    [Fact]
    public void A_file_that_is_no_store_is_refused_with_its_name_and_left_alone()
    {
        var file = Path.Combine(folder, "e2v.db");
        File.WriteAllText(file, string.Join('\n', Enumerable.Repeat("this is a text, not a database", 100)));
        var before = File.ReadAllBytes(file);
        var error = Assert.Throws<Corpora.InputException>(() => new TestStore(file: file));
        Assert.Contains(file, error.Message);
        Assert.Equal(before, File.ReadAllBytes(file));
    }
}
