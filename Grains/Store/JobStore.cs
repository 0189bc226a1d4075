using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emotion2Vec.Grains.Store;

/// <summary>
/// The truth. Every change of a job, an attempt or a result is one unit of work here, guarded by the states it expects,
/// so that whatever a second activation, a late worker or a repeated message asks for, the rows stay consistent.
/// Split by concern: submission, leases, completion, reading.
/// </summary>
public sealed partial class JobStore : IAsyncDisposable
{
    private readonly IDbContextFactory<StoreContext> contexts;
    private readonly StoreProvider provider;
    private readonly TimeProvider time;
    private readonly StoreWriter writer;
    private readonly HotQueries queries = new();
    private readonly int freeLosses;

    /// <summary>Opens the store and brings its schema up to date.</summary>
    /// <exception cref="InputException">The store cannot be opened, or a newer version wrote it.</exception>
    public JobStore(
        IDbContextFactory<StoreContext> contexts, StoreProvider provider, Telemetry telemetry, TimeProvider time, IOptions<LeaseOptions> leases,
        ILogger<JobStore> logger)
    {
        freeLosses = leases.Value.FreeLosses;
        this.contexts = contexts;
        this.provider = provider;
        Telemetry = telemetry;
        this.time = time;
        using (var context = contexts.CreateDbContext())
        {
            try
            {
                Schema.Upgrade(context, provider);
            }
            catch (System.Data.Common.DbException error)
            {
                throw new InputException($"{provider.Name}: cannot be used as a store: {error.Message}", error);
            }
        }
        writer = new StoreWriter(contexts, provider, telemetry, logger);
    }

    /// <summary>Where the silo on this store counts.</summary>
    public Telemetry Telemetry { get; }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private JobRow Find(StoreContext context, string key) =>
        queries.Job(context, key) ?? throw new KeyNotFoundException($"no job has the key {key}");

    private void End(JobRow job, JobState state, string? error)
    {
        job.State = state;
        job.Error = Storable(error);
        job.Ended = state.IsFinal() ? Now() : null;
    }

    private void End(AttemptRow attempt, AttemptState state, string? error)
    {
        attempt.State = state;
        attempt.Error = Storable(error);
        attempt.Ended = Now();
    }

    // PostgreSQL's text has no NUL character; a worker's last words may.
    private static string? Storable(string? error) => error?.Replace("\0", "");

    /// <summary>Gives every job that depends on <paramref name="changed"/> the state that its dependencies call for, and so on along the chain.</summary>
    private void Propagate(StoreContext context, JobRow changed)
    {
        context.SaveChanges();
        var dependants = queries.Dependants(context, changed.Id).ToList();
        foreach (var job in dependants)
        {
            var (state, error) = StateByDependencies(context, job.Id);
            if (state == job.State) continue;
            End(job, state, error);
            Propagate(context, job);
        }
    }

    private static (JobState State, string? Error) StateByDependencies(StoreContext context, long jobId)
    {
        var dependencies = (from d in context.JobDependencies
                            where d.JobId == jobId
                            join job in context.Jobs on d.DependsOn equals job.Id
                            select new { job.State, job.Title }).ToList();
        if (dependencies.Find(d => d.State.IsDeadEnd()) is { } dead)
            return (JobState.Blocked, $"needs \"{dead.Title}\", which is {dead.State}");
        return (dependencies.TrueForAll(d => d.State == JobState.Succeeded) ? JobState.Queued : JobState.Waiting, null);
    }
}
