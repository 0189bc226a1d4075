using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v run GRID.yaml</c>: a silo with worker slots in this process, submit, progress, leaderboard, exit.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var grid = new Argument<string>("GRID.yaml") { Description = "Grid to run" };
        var command = new Command("run", "Run a grid here: starts slots, submits, shows progress and the leaderboard") { grid };
        var slots = new SlotOptions(command, fewest: 1);
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var file = parse.GetRequiredValue(grid);
            var request = SubmitVerb.Request(settings, file, dryRun: false);
            return await RunAsync(settings, request, await slots.ReadAsync(parse, ct), ct);
        });
        return command;
    }

    public static async Task<int> RunAsync(Settings settings, SubmitRequest request, SlotChoice slots, CancellationToken ct)
    {
        var notes = Printer.Notes(settings.Json);
        await using var session = await SiloSession.ForWorkAsync(settings, slots, ct);
        if (!session.Own) notes.WriteLine($"using the silo that runs already at {session.Client.Address}{(session.Pid is { } pid ? $" (process {pid})" : "")}");
        ExperimentStatus? status = null;
        try
        {
            var answer = await session.SubmitAsync(request, ct);
            Outcome.Submitted(answer, notes);
            status = await session.Client.ExperimentAsync(answer.Experiment!, ct);
            status = await ProgressView.FollowAsync(session.Client, answer.Experiment!, settings.Json, ct);
            return await Outcome.ReportAsync(session.Client, status, settings.Json, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            var goOn = session.Own
                ? $"state is kept in {Settings.Shown(settings.Home)}; the same command continues"
                : $"the silo at {session.Client.Address} goes on{(status is null ? "" : $"; 'e2v watch {status.Id}' shows it, 'e2v cancel {status.Id}' stops it")}";
            Console.Error.WriteLine($"e2v: interrupted; {goOn}");
            return ExitCode.Interrupted;
        }
        catch (SiloGoneException e)
        {
            throw new WorkFailedException($"{e.Message}; what was done is kept, the same command continues", e);
        }
    }
}
