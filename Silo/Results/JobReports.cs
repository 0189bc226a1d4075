using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using AttemptRow = Emotion2Vec.Silo.Api.AttemptRow;
using JobRow = Emotion2Vec.Silo.Api.JobRow;

namespace Emotion2Vec.Silo.Results;

/// <summary>One job, told to a person.</summary>
internal static class JobReports
{
    public static JobRow Row(JobSummary job) => new(job.Key, job.Kind, job.Title, State(job.State), job.Attempts, job.Error);

    public static JobDetail Detail(JobPicture picture, JobMoment? around = null) => new(
        picture.Job.Key, picture.Job.Kind, picture.Job.Title, State(picture.Job.State), picture.Job.Spec,
        [.. Explain(picture, around)],
        [.. picture.DependsOn.Select(Row)],
        [
            .. picture.Attempts.Select(a => new AttemptRow(
                a.Number, a.Slot, State(a.State), ExperimentReports.Time(a.Started), a.Ended is null ? null : ExperimentReports.Time(a.Ended.Value), a.Error)),
        ],
        picture is { Job.Kind: FoldSpec.Name, Result: { } result } ? CanonicalJson.Read<FoldResult>(result.Result) : null);

    internal static string State<T>(T state) where T : struct, Enum
    {
        var name = state.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static IEnumerable<string> Explain(JobPicture picture, JobMoment? around)
    {
        var job = picture.Job;
        switch (job.State)
        {
            case JobState.Waiting:
                foreach (var dependency in picture.DependsOn.Where(d => d.State != JobState.Succeeded))
                    yield return $"It waits for \"{dependency.Title}\" ({dependency.Key[..Math.Min(12, dependency.Key.Length)]}), which is {State(dependency.State)}.";
                break;
            case JobState.Queued:
                yield return picture.QueuedBefore == 0
                    ? "It is the next in the queue: the first free slot takes it."
                    : $"It is in the queue behind {picture.QueuedBefore} other jobs.";
                if (job.Error is not null) yield return $"Its last attempt ended: {job.Error}. It is tried again.";
                if (around is not null)
                {
                    foreach (var sentence in ExplainSlots(around, picture.Needs)) yield return sentence;
                }
                break;
            case JobState.Running:
                yield return $"Attempt {job.Attempt} runs on {picture.Attempts[^1].Slot}{(around?.Live is { } live && live.Attempt == job.Attempt ? Live(live) : "")}.";
                if (job.Losses > 0) yield return $"It has lost its worker {Times(job.Losses)} before.";
                break;
            case JobState.Succeeded:
                yield return $"It has its result, from attempt {picture.Result?.Attempt}.";
                break;
            case JobState.Failed:
                yield return $"It failed: {job.Error}.";
                yield return "Such an error comes from the data or the code, so it is not tried again by itself; mend the cause and retry the experiment.";
                break;
            case JobState.Poisoned:
                yield return $"It is taken for the cause of its workers' deaths: {job.Error}.";
                yield return "The evidence is in the attempts and in the worker logs; retry the experiment to give it another chance.";
                break;
            case JobState.Blocked:
                yield return $"It cannot run: it {job.Error}. See that job; a retry of the experiment queues both.";
                foreach (var dependency in picture.DependsOn.Where(d => d.Error is not null && d.State.IsDeadEnd()))
                    yield return $"\"{dependency.Title}\" ({dependency.Key[..Math.Min(12, dependency.Key.Length)]}): {dependency.Error}.";
                break;
            case JobState.Cancelled:
                yield return "It was cancelled; submitting its grid again queues it.";
                break;
        }
    }

    private static string Live(JobLive live)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $", for {live.Seconds:F0} s");
        if (live.Progress is not null && CanonicalJson.Read<JobProgress>(live.Progress) is var progress)
            text += $", {progress.Done} of {progress.Total}{(progress.Message is null ? "" : $" ({progress.Message})")}";
        return text + string.Create(CultureInfo.InvariantCulture, $"; its worker was heard {live.Silence:F0} s ago");
    }

    private static IEnumerable<string> ExplainSlots(JobMoment around, JobNeeds needs)
    {
        if (around.Slots.Count == 0)
        {
            yield return "No slot serves this silo: 'e2v silo' or 'e2v run' brings some.";
            yield break;
        }
        int In(string state) => around.Slots.Count(s => s.State == state);
        yield return $"Of {around.Slots.Count} slots {In("leased")} work, {In("free")} are free and {In("quarantined")} are quarantined{(In("away") is > 0 and var away ? $"; {away} are away" : "")}.";
        if (needs != JobNeeds.None)
        {
            var able = around.Slots.Where(s => s.Offer.Meets(needs)).ToArray();
            var hardware = (needs with { Audio = null }) == JobNeeds.None ? "" : $"{needs with { Audio = null }}";
            var audio = needs.Audio is null ? "" : $"{(hardware.Length > 0 ? ", on " : "")}a machine with the audio that it reads";
            if (hardware.Length > 0 || able.Length < around.Slots.Count)
                yield return $"It needs {hardware}{audio}: {(able.Length == 0 ? "no slot has that; it waits for one that has" : string.Join(", ", able.Take(8).Select(s => s.Name)) + (able.Length > 8 ? " and others" : ""))}.";
        }
        foreach (var slot in around.Slots.Where(s => s.Reason is not null)) yield return $"{slot.Name}: {slot.Reason}.";
        if (around.Stall is not null) yield return $"The watchdog reports: {around.Stall}.";
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}

/// <summary>What is around a job at the moment of asking.</summary>
/// <param name="Live">How it runs; null where nobody knows.</param>
/// <param name="Slots">All slots.</param>
/// <param name="Stall">What the watchdog has to say.</param>
internal sealed record JobMoment(JobLive? Live, IReadOnlyList<SlotPicture> Slots, string? Stall);
