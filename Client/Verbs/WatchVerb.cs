using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v watch [ID]</c>: progress of an experiment until its end, then its leaderboard.</summary>
internal static class WatchVerb
{
    public static Command Create()
    {
        var id = ExperimentArgument("newest");
        var command = new Command("watch", "Show the progress of an experiment until its end") { id };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.RunningAsync(settings, ct);
            var experiment = await Experiments.ResolveAsync(session.Client, parse.GetValue(id), ct);
            return await WatchAsync(settings, session.Client, experiment.Id, ct);
        });
        return command;
    }

    public static Argument<string?> ExperimentArgument(string without) => new("ID")
    {
        Description = $"Experiment: id, its beginning, or name (default: {without})", Arity = ArgumentArity.ZeroOrOne,
    };

    public static async Task<int> WatchAsync(Settings settings, SiloClient silo, string experiment, CancellationToken ct)
    {
        try
        {
            var status = await ProgressView.FollowAsync(silo, experiment, settings.Json, ct);
            return await Outcome.ReportAsync(silo, status, settings.Json, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Console.Error.WriteLine($"e2v: interrupted; the experiment goes on ('e2v cancel {experiment}' stops it)");
            return ExitCode.Interrupted;
        }
        catch (SiloGoneException e)
        {
            throw new WorkFailedException($"{e.Message}; what was done is kept", e);
        }
    }
}
