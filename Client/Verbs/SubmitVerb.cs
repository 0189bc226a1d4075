using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v submit GRID.yaml</c>: give a grid to a running silo.</summary>
internal static class SubmitVerb
{
    public static Command Create()
    {
        var grid = new Argument<string>("GRID.yaml") { Description = "Grid to submit" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the jobs and the estimated time, change nothing" };
        var wait = new Option<bool>("--wait") { Description = "Show progress until the end, then the leaderboard" };
        var slots = new Option<bool>("--wait-for-slots") { Description = "Queue jobs that need what no slot has, until one has it" };
        var command = new Command("submit", "Give a grid to a running silo") { grid, dryRun, wait, slots };
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var request = Request(settings, parse.GetRequiredValue(grid), parse.GetValue(dryRun)) with { WaitForSlots = parse.GetValue(slots) };
            return request.DryRun ? DryRunAsync(settings, request, ct) : SubmitAsync(settings, request, parse.GetValue(wait), ct);
        });
        return command;
    }

    /// <summary>The grid file as the API takes it.</summary>
    /// <exception cref="InputException">There is no such file.</exception>
    public static SubmitRequest Request(Settings settings, string file, bool dryRun)
    {
        try
        {
            return new SubmitRequest(File.ReadAllText(file), file, settings.Data, dryRun);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = e is FileNotFoundException or DirectoryNotFoundException ? "no such file" : Directory.Exists(file) ? "is a folder, not a grid" : e.Message;
            throw new InputException($"{file}: {reason}", e);
        }
    }

    private static async Task<int> SubmitAsync(Settings settings, SubmitRequest request, bool wait, CancellationToken ct)
    {
        await using var session = await SiloSession.RunningAsync(settings, ct);
        var answer = await session.SubmitAsync(request, ct);
        if (!wait)
        {
            if (settings.Json) Printer.Json(answer);
            else Outcome.Submitted(answer, Console.Out);
            return ExitCode.Done;
        }
        Outcome.Submitted(answer, Printer.Notes(settings.Json));
        return await WatchVerb.WatchAsync(settings, session.Client, answer.Experiment!, ct);
    }

    private static async Task<int> DryRunAsync(Settings settings, SubmitRequest request, CancellationToken ct)
    {
        await using var session = await SiloSession.ForWorkAsync(settings, SlotChoice.None, ct);
        var answer = await session.SubmitAsync(request, ct);
        if (settings.Json)
        {
            Printer.Json(answer);
            return ExitCode.Done;
        }
        Outcome.Submitted(answer, Console.Out);
        var table = new PlainTable("kind", "corpus", "upstream", "protocol", "head", "jobs", "done", "").Right(5, 6);
        foreach (var group in answer.Plan)
            table.Add(group.Kind, group.Corpus, group.Upstream, group.Protocol ?? "", group.Head ?? "", $"{group.Jobs}", $"{group.Done}", group.Note ?? "");
        Console.Out.Write(table.Render("  "));
        Console.Out.WriteLine(answer.EstimatedSeconds is { } seconds ? $"estimated time: {Say.Duration(seconds, days: false)}" : "estimated time: unknown before the first jobs have run");
        return ExitCode.Done;
    }
}
