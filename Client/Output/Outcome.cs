using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Output;

/// <summary>What a person reads at the end of an experiment, and the exit code that goes with it.</summary>
internal static class Outcome
{
    /// <summary>Prints what a submission came to.</summary>
    public static void Submitted(SubmitAnswer answer, TextWriter notes)
    {
        foreach (var warning in answer.Warnings) notes.WriteLine($"warning: {warning}");
        var done = answer.Done > 0 ? $", {answer.Done} already done" : "";
        notes.WriteLine($"{answer.Name}: {Counted.Of(answer.Jobs, "job")}, {answer.New} new{done}{(answer.Experiment is null ? "" : $" (experiment {answer.Experiment})")}");
    }

    /// <summary>Prints the leaderboard of an ended experiment and, on stderr, what has no result.</summary>
    public static async Task<int> ReportAsync(SiloClient silo, ExperimentStatus status, bool json, CancellationToken ct)
    {
        var rows = await silo.LeaderboardAsync(status.Id, null, ct);
        if (!json) Console.Out.WriteLine();
        Leaderboard.Print(rows, json ? "json" : "text");
        if (status.State == "succeeded") return ExitCode.Done;
        if (status.State == "cancelled")
        {
            Console.Error.WriteLine($"e2v: {status.Name} was cancelled; submitting the grid again takes it up");
            return ExitCode.Failed;
        }
        var broken = (await silo.JobsAsync(status.Id, null, ct)).Where(j => j.State.ToLowerInvariant() is "failed" or "poisoned").ToArray();
        foreach (var job in broken.Take(10))
            Console.Error.WriteLine($"  {job.Key[..Math.Min(12, job.Key.Length)]}  {job.Title}: {job.State.ToLowerInvariant()}{(job.Error is null ? "" : ": " + UsageErrors.OneLine(job.Error))}");
        if (broken.Length > 10) Console.Error.WriteLine($"  … and {broken.Length - 10} more");
        Console.Error.WriteLine($"e2v: {Counted.Of(ProgressView.Broken(status), "job")} of {status.Total} without result; 'e2v why KEY' explains one, 'e2v retry {status.Id}' queues them again");
        return ExitCode.Failed;
    }
}
