using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v status [ID]</c>: all experiments and slots, or the jobs of one experiment.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var id = WatchVerb.ExperimentArgument("all experiments");
        var state = new Option<string?>("--state") { Description = "Only jobs in this state, e.g. failed", HelpName = "STATE" };
        var command = new Command("status", "List experiments and slots, or the jobs of one experiment") { id, state };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            if (parse.GetValue(id) is { } text) await OneAsync(settings, session.Client, text, parse.GetValue(state), ct);
            else await AllAsync(settings, session, ct);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task AllAsync(Settings settings, SiloSession session, CancellationToken ct)
    {
        var experiments = await session.Client.ExperimentsAsync(ct);
        var slots = session.Own ? [] : await session.Client.SlotsAsync(ct);
        if (settings.Json)
        {
            Printer.Json(new { silo = session.Own ? null : session.Client.Address, experiments, slots });
            return;
        }
        Console.Out.WriteLine(session.Own ? $"no silo runs on {Settings.Shown(settings.Home)}" : $"silo at {session.Client.Address}");
        if (experiments.Length > 0)
        {
            var table = new PlainTable("experiment", "name", "state", "jobs");
            foreach (var e in experiments.OrderByDescending(e => e.Submitted)) table.Add(e.Id, e.Name, e.State, ProgressView.Line(e));
            Console.Out.Write(table.Render());
        }
        if (slots.Length > 0)
        {
            Console.Out.WriteLine();
            var table = new PlainTable("slot", "device", "state", "process", "job");
            foreach (var s in slots) table.Add(s.Name, s.MemoryGb is { } memory ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{s.Device}, {memory} GB") : s.Device, s.State, $"{s.WorkerPid}", s.Title ?? s.Reason ?? "");
            Console.Out.Write(table.Render());
        }
    }

    private static async Task OneAsync(Settings settings, SiloClient silo, string text, string? state, CancellationToken ct)
    {
        var experiment = await Experiments.ResolveAsync(silo, text, ct);
        var jobs = await silo.JobsAsync(experiment.Id, state, ct);
        if (settings.Json)
        {
            Printer.Json(new { experiment, jobs });
            return;
        }
        Console.Out.WriteLine($"{experiment.Name} ({experiment.Id}): {experiment.State}, {ProgressView.Line(experiment)}");
        var table = new PlainTable("job", "state", "attempts", "what", "error").Right(2);
        foreach (JobRow job in jobs)
            table.Add(job.Key[..Math.Min(12, job.Key.Length)], job.State, $"{job.Attempts}", job.Title, job.Error is null ? "" : UsageErrors.OneLine(job.Error));
        Console.Out.Write(table.Render("  "));
    }
}
