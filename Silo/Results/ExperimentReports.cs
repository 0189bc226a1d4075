using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Slots;
using Emotion2Vec.Silo.Submissions;
using Orleans;

namespace Emotion2Vec.Silo.Results;

/// <summary>How experiments stand: counts from the store, progress from the grains of running jobs.</summary>
internal sealed class ExperimentReports(JobStore store, IGrainFactory grains, SlotPictures slots, TimeProvider time)
{
    private const int RateWindow = 20;

    public async Task<ImmutableArray<ExperimentStatus>> All() =>
        [.. (await Task.WhenAll((await store.Experiments()).Select(e => Report(e, live: false))))];

    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<ExperimentStatus> One(string id) => await Report(
        (await store.Experiments(id)).SingleOrDefault() ?? throw new KeyNotFoundException($"no experiment has the id '{id}'"), live: true);

    private async Task<ExperimentStatus> Report(ExperimentCounts e, bool live)
    {
        var open = e.Count(JobState.Waiting) + e.Count(JobState.Queued) + e.Count(JobState.Running);
        var state = open > 0 ? (e.Cancelled is null ? "running" : "cancelled")
            : e.Count(JobState.Succeeded) == e.Total ? "succeeded"
            : e.Cancelled is not null ? "cancelled" : "failed";
        var ended = open == 0 ? e.LastEnded : null;
        var detail = live && open > 0;
        return new ExperimentStatus(
            e.Id, e.Name, state, Time(e.Submitted), ended is null ? null : Time(ended.Value),
            e.Total, e.Count(JobState.Waiting), e.Count(JobState.Queued), e.Count(JobState.Running), e.Count(JobState.Succeeded),
            e.Count(JobState.Failed), e.Count(JobState.Poisoned), e.Count(JobState.Blocked), e.Count(JobState.Cancelled),
            detail ? await JobsPerMinute(e) : null, detail ? await SecondsLeft(e.Id) : null, detail ? await Current(e.Id) : []);
    }

    // Over the last results of this submission, so that a night's pause does not count as slowness.
    private async Task<double?> JobsPerMinute(ExperimentCounts e)
    {
        var since = await store.LastFinished(e.Id, RateWindow, e.Submitted);
        if (since.Count < 2) return null;
        var minutes = (time.GetUtcNow().ToUnixTimeMilliseconds() - since[^1]) / 60000.0;
        return minutes > 0 ? (since.Count - 1) / minutes : null;
    }

    private async Task<double?> SecondsLeft(string id) => DurationEstimate.Seconds(
        (await store.Remaining(id)).Select(r => (r.Group.Kind, r.Group.Corpus, r.Group.Upstream, r.Jobs)), await store.Durations(), Math.Max(1, (await slots.All()).Count));

    private async Task<ImmutableArray<RunningJob>> Current(string id)
    {
        var running = await grains.GetGrain<IExperimentGrain>(id).Running();
        var titles = await store.Titles([.. running.Select(r => r.Key)]);
        return
        [
            .. running.Select(r => new RunningJob(
                r.Key, titles.GetValueOrDefault(r.Key, r.Key), r.Slot, r.Attempt, r.Seconds,
                r.Progress is null ? null : CanonicalJson.Read<JobProgress>(r.Progress))),
        ];
    }

    internal static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
