using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v leaderboard</c>: results as text, Markdown, LaTeX, CSV or JSON.</summary>
internal static class LeaderboardVerb
{
    public static Command Create()
    {
        var experiment = new Option<string?>("--experiment") { Description = "Only this experiment: id, its beginning, or name", HelpName = "ID" };
        var corpus = new Option<string?>("--corpus") { Description = "Only this corpus", HelpName = "NAME" };
        var format = new Option<string?>("--format") { Description = string.Join(", ", Leaderboard.Formats), HelpName = "FORMAT" };
        format.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Leaderboard.Formats.Contains(text))
                result.AddError($"--format: '{text}' is not one of {string.Join(", ", Leaderboard.Formats)}");
        });
        var select = new Option<bool>("--select") { Description = "Choose the hyper-parameters of each head by validation, fold by fold: one row instead of one per setting" };
        var command = new Command("leaderboard", "Print results per corpus and protocol, best first") { experiment, corpus, select, format };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            var id = parse.GetValue(experiment) is { } text ? (await Experiments.ResolveAsync(session.Client, text, ct)).Id : null;
            var rows = await session.Client.LeaderboardAsync(id, parse.GetValue(corpus), ct, parse.GetValue(select));
            Leaderboard.Print(rows, parse.GetValue(format) ?? (settings.Json ? "json" : "text"));
            return ExitCode.Done;
        });
        return command;
    }
}
