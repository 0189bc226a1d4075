using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v why KEY</c>: everything known about one job, in sentences.</summary>
internal static class WhyVerb
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "Job key or its beginning" };
        var command = new Command("why", "Explain why a job waits, runs, failed or is blocked") { key };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            var job = await session.Client.JobAsync(parse.GetRequiredValue(key), ct);
            if (settings.Json) Printer.Json(job);
            else Print(job);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(JobDetail job)
    {
        Console.Out.WriteLine($"{job.Title}: {job.State}");
        foreach (var sentence in job.Explanation) Console.Out.WriteLine(sentence);
        Console.Out.WriteLine();
        Console.Out.WriteLine($"key   {job.Key}");
        Console.Out.WriteLine($"spec  {job.Spec}");
        if (job.Result is { } result)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"result  WA {result.Wa * 100:F1}  UA {result.Ua * 100:F1}  WF1 {result.Wf1 * 100:F1} on {result.Test.Length} utterances, epoch {result.BestEpoch + 1} of {result.TrainLoss.Length}"));
        }
        if (job.DependsOn.Length > 0)
        {
            var table = new PlainTable("depends on", "state", "what");
            foreach (var other in job.DependsOn) table.Add(other.Key[..Math.Min(12, other.Key.Length)], other.State, other.Title);
            Console.Out.Write(table.Render());
        }
        if (job.Attempts.Length > 0)
        {
            var table = new PlainTable("attempt", "slot", "state", "started", "took", "error");
            foreach (var a in job.Attempts)
            {
                table.Add($"{a.Number}", a.Slot, a.State, a.Started.ToString("u", CultureInfo.InvariantCulture),
                    a.Ended is { } end ? Say.Duration((end - a.Started).TotalSeconds, days: false) : "", a.Error is null ? "" : UsageErrors.OneLine(a.Error));
            }
            Console.Out.Write(table.Render());
        }
    }
}
