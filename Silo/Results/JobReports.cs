using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using AttemptRow = Emotion2Vec.Silo.Api.AttemptRow;
using JobRow = Emotion2Vec.Silo.Api.JobRow;

namespace Emotion2Vec.Silo.Results;

/// <summary>One job, told to a person.</summary>
internal static class JobReports
{
    public static JobRow Row(JobSummary job) => new(job.Key, job.Kind, job.Title, State(job.State), job.Attempts, job.Error);

    public static JobDetail Detail(JobPicture picture) => new(
        picture.Job.Key, picture.Job.Kind, picture.Job.Title, State(picture.Job.State), picture.Job.Spec,
        [.. Explain(picture)],
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

    private static IEnumerable<string> Explain(JobPicture picture)
    {
        var job = picture.Job;
        switch (job.State)
        {
            case JobState.Waiting:
                foreach (var dependency in picture.DependsOn.Where(d => d.State != JobState.Succeeded))
                    yield return $"It waits for \"{dependency.Title}\", which is {State(dependency.State)}.";
                break;
            case JobState.Queued:
                yield return picture.QueuedBefore == 0
                    ? "It is the next in the queue: the first free slot takes it."
                    : $"It is in the queue behind {picture.QueuedBefore} other jobs.";
                if (job.Error is not null) yield return $"Its last attempt ended: {job.Error}. It is tried again.";
                break;
            case JobState.Running:
                yield return $"Attempt {job.Attempt} runs on {picture.Attempts[^1].Slot}.";
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
                break;
            case JobState.Cancelled:
                yield return "It was cancelled; submitting its grid again queues it.";
                break;
        }
    }
}
