using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains.Store;

public sealed partial class JobStore
{
    /// <summary>
    /// Stores the result of an attempt, whatever became of the attempt meanwhile: the first complete, valid result wins.
    /// Result, job, attempt and the jobs that waited for it change in one transaction. A later result is stored nowhere.
    /// </summary>
    public Task<Completion> Complete(string key, int attempt, string result, RunInfo run) => writer.Write(context =>
    {
        var job = Find(context, key);
        var row = context.Attempts.Find(job.Id, attempt) ?? throw new KeyNotFoundException($"job {key} has no attempt {attempt}");
        if (queries.StoredAttempt(context, job.Id) is { } stored)
        {
            if (row.State == AttemptState.Running) End(row, AttemptState.Superseded, null);
            return new Completion(stored == attempt, stored);
        }

        var fold = job.Kind == FoldSpec.Name ? CanonicalJson.Read<FoldResult>(result) : null;
        context.Results.Add(new ResultRow
        {
            JobId = job.Id,
            JobKey = job.Key,
            Attempt = attempt,
            Finished = Now(),
            WallSeconds = run.WallSeconds,
            Wa = fold?.Wa,
            Ua = fold?.Ua,
            Wf1 = fold?.Wf1,
            MacroF1 = fold?.MacroF1,
            ValidationWa = fold is not null && fold.BestEpoch < fold.ValidationWa.Length ? fold.ValidationWa[fold.BestEpoch] : null,
            Warnings = fold is { Warnings.IsEmpty: false } ? CanonicalJson.Write(fold.Warnings) : null,
            Run = CanonicalJson.Write(run),
            Result = result,
        });
        End(row, AttemptState.Succeeded, null);
        End(job, JobState.Succeeded, null);
        Propagate(context, job);
        return new Completion(true, attempt);
    });

    /// <summary>
    /// An attempt ended with an error of code or data. Running out of memory is tried once more with half the
    /// micro-batch where <paramref name="halve"/> allows it.
    /// </summary>
    public Task<JobState> Fail(string key, int attempt, string error, bool outOfMemory, bool halve) => writer.Write(context =>
    {
        var job = Find(context, key);
        var row = context.Attempts.Find(job.Id, attempt);
        if (row is not { State: AttemptState.Running }) return job.State;
        End(row, outOfMemory ? AttemptState.OutOfMemory : AttemptState.Failed, error);
        if (job.State != JobState.Running || job.Attempt != attempt) return job.State;
        if (outOfMemory && halve && job.Halvings == 0)
        {
            job.Halvings++;
            End(job, Wanted(context, job.Id) ? JobState.Queued : JobState.Cancelled, error);
        }
        else
        {
            End(job, JobState.Failed, error);
        }
        Propagate(context, job);
        return job.State;
    });

    /// <summary>An attempt stopped because another one's result came first.</summary>
    public Task<bool> Supersede(string key, int attempt) => writer.Write(context =>
    {
        var job = Find(context, key);
        if (context.Attempts.Find(job.Id, attempt) is { State: AttemptState.Running } row) End(row, AttemptState.Superseded, null);
        return true;
    });
}
