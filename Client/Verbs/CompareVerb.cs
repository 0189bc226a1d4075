using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v compare ROW ROW</c>: two rows of the leaderboard on the same utterances.</summary>
internal static class CompareVerb
{
    public static Command Create()
    {
        var first = new Argument<string>("ROW") { Description = "Upstream of a row, or more of it: UPSTREAM/HEAD, CORPUS/PROTOCOL/UPSTREAM" };
        var second = new Argument<string>("OTHER") { Description = "The row to compare it with" };
        var experiment = new Option<string?>("--experiment") { Description = "Only this experiment: id, its beginning, or name", HelpName = "ID" };
        var corpus = new Option<string?>("--corpus") { Description = "Only this corpus", HelpName = "NAME" };
        var protocol = new Option<string?>("--protocol") { Description = "Only this protocol", HelpName = "NAME" };
        var command = new Command("compare", "Compare two rows of the leaderboard on the same utterances") { first, second, experiment, corpus, protocol };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            var id = parse.GetValue(experiment) is { } text ? (await Experiments.ResolveAsync(session.Client, text, ct)).Id : null;
            var comparisons = await session.Client.CompareAsync(parse.GetRequiredValue(first), parse.GetRequiredValue(second), id, parse.GetValue(corpus), parse.GetValue(protocol), ct);
            if (settings.Json) Printer.Json(comparisons);
            else Console.Out.Write(Comparisons.Text(comparisons));
            return ExitCode.Done;
        });
        return command;
    }
}
