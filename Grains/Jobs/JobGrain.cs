using System.Diagnostics;
using System.Text.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;

namespace Emotion2Vec.Grains.Jobs;

/// <summary>What all job grains share. See <see cref="IJobGrain"/>.</summary>
public abstract partial class JobGrain(JobStore store, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger logger) : Grain
{
    private readonly LeaseOptions leases = options.Value;
    private Lease? lease;
    private int cancelled;

    /// <summary>Whether running out of memory is worth one more try with half the micro-batch.</summary>
    protected abstract bool HalvesOnOutOfMemory { get; }

    /// <summary>What kind of reading speech its results tell of; null for jobs that read none.</summary>
    protected virtual string? Listening => null;

    private string Key => this.GetPrimaryKeyString();

    public Task Leased(int attempt, string slot)
    {
        lease?.Dispose();
        var clock = this.RegisterGrainTimer(CheckLease, new GrainTimerCreationOptions(leases.Lease, leases.Heartbeat) { KeepAlive = true });
        lease = new Lease(attempt, slot, time.GetTimestamp(), clock, Span(attempt, slot))
        {
            Renewed = time.GetTimestamp(),
            Directive = cancelled == attempt ? Directive.Cancel : Directive.Continue,
        };
        return Task.CompletedTask;
    }

    public async Task Watched(int attempt, string slot)
    {
        if (lease is not null) return;
        var (runs, wanted) = await store.Running(Key, attempt);
        if (!runs) return;
        if (!wanted) cancelled = attempt;
        await Leased(attempt, slot);
    }

    public async Task<Directive> Heartbeat(int attempt, string? progress)
    {
        if (lease?.Attempt == attempt)
        {
            lease.Renewed = time.GetTimestamp();
            lease.Progress = progress ?? lease.Progress;
            if (lease.Directive == Directive.Superseded)
            {
                await store.Supersede(Key, attempt);
                End(attempt, AttemptState.Superseded);
                return Directive.Superseded;
            }
            return lease.Directive;
        }
        // Not the attempt that holds the lease: a worker that was frozen past it, or one whose silo restarted. It may
        // still be the first with a result, so it goes on unless there is one.
        var state = await store.State(Key);
        if (state == JobState.Succeeded)
        {
            await store.Supersede(Key, attempt);
            return Directive.Superseded;
        }
        return state == JobState.Cancelled ? Directive.Cancel : Directive.Continue;
    }

    public async Task<Completion> Complete(int attempt, string result, string run)
    {
        var completion = await store.Complete(Key, attempt, result, CanonicalJson.Read<RunInfo>(run));
        End(attempt, completion.Accepted ? AttemptState.Succeeded : AttemptState.Superseded);
        if (completion.Accepted && Listening is { } kind) Count(result, kind);
        if (lease is not null) lease.Directive = Directive.Superseded;
        queue.Set();
        return completion;
    }

    public async Task Fail(int attempt, string error, bool outOfMemory)
    {
        var state = await store.Fail(Key, attempt, error, outOfMemory, HalvesOnOutOfMemory);
        LogFailed(logger, Key, attempt, error);
        End(attempt, outOfMemory ? AttemptState.OutOfMemory : AttemptState.Failed);
        if (state == JobState.Queued) queue.Set();
    }

    public async Task Lose(int attempt, string evidence)
    {
        var state = await store.Lose(Key, attempt, evidence);
        LogLost(logger, Key, attempt, evidence, state);
        End(attempt, AttemptState.Lost);
        queue.Set();
    }

    public async Task Release(int attempt, string reason)
    {
        await store.Release(Key, attempt, reason);
        End(attempt, AttemptState.Cancelled);
        queue.Set();
    }

    public Task Cancel(int attempt)
    {
        // Remembered also for a lease that begins later: the claim may be committed and its slot not yet here.
        cancelled = attempt;
        if (lease?.Attempt == attempt) lease.Directive = Directive.Cancel;
        return Task.CompletedTask;
    }

    public Task<JobLive> Live() => Task.FromResult(lease is null
        ? new JobLive(Key, 0, "", 0, null, 0)
        : new JobLive(Key, lease.Attempt, lease.Slot, time.GetElapsedTime(lease.Began).TotalSeconds, lease.Progress, time.GetElapsedTime(lease.Renewed).TotalSeconds));

    private async Task CheckLease(CancellationToken cancel)
    {
        if (lease is null) return;
        var silence = time.GetElapsedTime(lease.Renewed);
        if (silence < leases.Lease) return;
        store.Telemetry.Expired();
        await Lose(lease.Attempt, $"silent for {silence.TotalSeconds:F0} s on {lease.Slot}");
    }

    // The result is stored already: nothing here may fail on it.
    private void Count(string result, string kind)
    {
        using var document = JsonDocument.Parse(result);
        if (document.RootElement.TryGetProperty("audioSeconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number)
            store.Telemetry.Heard(seconds.GetDouble(), kind);
    }

    // A span of its own, not a part of the request that leased the job: that ends at once.
    private Activity? Span(int attempt, string slot)
    {
        var around = Activity.Current;
        Activity.Current = null;
        var span = Telemetry.Spans.StartActivity("job", ActivityKind.Internal, default(ActivityContext),
            [new("e2v.job", Key), new("e2v.attempt", attempt), new("e2v.slot", slot), new("e2v.grain", GetType().Name)]);
        Activity.Current = around;
        return span;
    }

    private void End(int attempt, AttemptState how)
    {
        store.Telemetry.Ended(how);
        if (lease?.Attempt != attempt) return;
        store.Telemetry.Freed(time.GetElapsedTime(lease.Began));
        lease.Span?.SetTag("e2v.outcome", how.ToString()).SetStatus(how is AttemptState.Failed or AttemptState.OutOfMemory or AttemptState.Lost ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        lease.Dispose();
        lease = null;
        // What is left is in the store; tens of thousands of ended jobs should not wait here for the collector of idle grains.
        DeactivateOnIdle();
    }

    [LoggerMessage(LogLevel.Warning, "Job {Key}, attempt {Attempt} failed: {Error}")]
    private static partial void LogFailed(ILogger logger, string key, int attempt, string error);

    [LoggerMessage(LogLevel.Warning, "Job {Key}, attempt {Attempt} is lost ({Evidence}); the job is now {State}")]
    private static partial void LogLost(ILogger logger, string key, int attempt, string evidence, JobState state);

    // On the monotonic clock: a changed wall clock neither expires nor prolongs it.
    private sealed class Lease(int attempt, string slot, long began, IGrainTimer clock, Activity? span) : IDisposable
    {
        public Activity? Span { get; } = span;
        public int Attempt { get; } = attempt;
        public string Slot { get; } = slot;
        public long Began { get; } = began;
        public long Renewed { get; set; }
        public string? Progress { get; set; }
        public Directive Directive { get; set; }

        public void Dispose()
        {
            clock.Dispose();
            Span?.Stop();
        }
    }
}

/// <inheritdoc cref="IFoldJobGrain"/>
public sealed class FoldJobGrain(JobStore store, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger<FoldJobGrain> logger)
    : JobGrain(store, queue, options, time, logger), IFoldJobGrain
{
    // A smaller batch would be another recipe.
    protected override bool HalvesOnOutOfMemory => false;
}

/// <inheritdoc cref="IExtractJobGrain"/>
public sealed class ExtractJobGrain(JobStore store, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger<ExtractJobGrain> logger)
    : JobGrain(store, queue, options, time, logger), IExtractJobGrain
{
    // The features of an utterance do not depend on how many are computed at once.
    protected override bool HalvesOnOutOfMemory => true;

    protected override string Listening => ExtractSpec.Name;
}

/// <inheritdoc cref="IPretrainJobGrain"/>
public sealed class PretrainJobGrain(JobStore store, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger<PretrainJobGrain> logger)
    : JobGrain(store, queue, options, time, logger), IPretrainJobGrain
{
    // Clips are cropped to the shortest of their micro-batch: another size of it gives another model.
    protected override bool HalvesOnOutOfMemory => false;

    protected override string Listening => PretrainSpec.Name;
}

/// <inheritdoc cref="INoOpJobGrain"/>
public sealed class NoOpJobGrain(JobStore store, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger<NoOpJobGrain> logger)
    : JobGrain(store, queue, options, time, logger), INoOpJobGrain
{
    protected override bool HalvesOnOutOfMemory => false;
}

/// <summary>Finds the grain of a job.</summary>
public static class JobGrains
{
    /// <summary>The grain of the job with this kind and key.</summary>
    public static IJobGrain Job(this IGrainFactory grains, string kind, string key) => kind switch
    {
        FoldSpec.Name => grains.GetGrain<IFoldJobGrain>(key),
        PretrainSpec.Name => grains.GetGrain<IPretrainJobGrain>(key),
        ExtractSpec.Name => grains.GetGrain<IExtractJobGrain>(key),
        NoOpSpec.Name => grains.GetGrain<INoOpJobGrain>(key),
        _ => throw new ArgumentException($"unknown job kind '{kind}'", nameof(kind)),
    };
}
