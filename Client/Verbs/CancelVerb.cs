using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v cancel ID</c>: stop an experiment; jobs that another one wants go on.</summary>
internal static class CancelVerb
{
    public static Command Create() => ChangeCommand("cancel", "Stop an experiment (jobs that another live experiment wants go on)",
        "cancelled", (silo, id, ct) => silo.CancelAsync(id, ct));

    /// <summary>A verb that changes jobs of one experiment and says how many.</summary>
    public static Command ChangeCommand(string name, string description, string done, Func<SiloClient, string, CancellationToken, Task<ChangedJobs>> change)
    {
        var id = new Argument<string>("ID") { Description = "Experiment: id, its beginning, or name" };
        var command = new Command(name, description) { id };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            var experiment = await Experiments.ResolveAsync(session.Client, parse.GetRequiredValue(id), ct);
            var changed = await change(session.Client, experiment.Id, ct);
            if (settings.Json) Printer.Json(changed);
            else Console.Out.WriteLine($"{experiment.Name} ({experiment.Id}): {Counted.Of(changed.Jobs, "job")} {done}");
            return ExitCode.Done;
        });
        return command;
    }
}
