using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v leaderboard</c>: results as text, Markdown, LaTeX, CSV or JSON.</summary>
internal static class LeaderboardVerb
{
    public static Command Create()
    {
        var experiment = new Option<string?>("--experiment") { Description = "Only this experiment: id, its beginning, or name", HelpName = "ID" };
        var corpus = new Option<string?>("--corpus") { Description = "Only this corpus", HelpName = "NAME" };
        var protocol = new Option<string?>("--protocol") { Description = "Only this protocol", HelpName = "NAME" };
        var paper = new Option<string?>("--paper") { Description = "A table of the paper (table2 … table11, figure3, figure5), or a YAML file with one, in its own layout", HelpName = "TABLE" };
        var format = new Option<string?>("--format") { Description = string.Join(", ", Leaderboard.Formats), HelpName = "FORMAT" };
        format.CompletionSources.Add(Leaderboard.Formats);
        format.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !Leaderboard.Formats.Contains(text))
                result.AddError($"--format: '{text}' is not one of {string.Join(", ", Leaderboard.Formats)}");
        });
        var select = new Option<bool>("--select") { Description = "Choose the hyper-parameters of each head by validation, fold by fold: one row instead of one per setting" };
        var gap = new Option<bool>("--gap") { Description = "The protocols of a corpus side by side, and what it is worth that training has heard the speakers" };
        var command = new Command("leaderboard", "Print results per corpus and protocol, best first") { experiment, corpus, protocol, paper, select, gap, format };
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
            var id = parse.GetValue(experiment) is { } text ? (await Experiments.ResolveAsync(session.Client, text, ct)).Id : null;
            if (parse.GetValue(paper) is { } table)
            {
                foreach (var other in (Option[])[corpus, protocol, select, gap])
                    if (parse.GetResult(other) is { Implicit: false }) throw new InputException($"{other.Name} does not go with --paper: the table says which rows it has");
                var (file, yaml) = PaperFile.Read(table);
                PaperText.Print(await session.Client.PaperAsync(new(yaml, file, id), ct), parse.GetValue(format) ?? (settings.Json ? "json" : "text"));
                return ExitCode.Done;
            }
            var form = parse.GetValue(format) ?? (settings.Json ? "json" : "text");
            if (parse.GetValue(gap))
            {
                if (parse.GetValue(protocol) is not null) throw new InputException("--protocol does not go with --gap: protocols stand side by side");
                if (parse.GetValue(select)) throw new InputException("--select does not go with --gap: settings are compared one by one");
                var gaps = await session.Client.GapsAsync(id, parse.GetValue(corpus), ct);
                if (gaps.Length > 0 || !await OthersAsync(session.Client, id, parse.GetValue(corpus), form, ct)) Gaps.Print(gaps, form);
                return ExitCode.Done;
            }
            var rows = await session.Client.LeaderboardAsync(id, parse.GetValue(corpus), ct, parse.GetValue(select), parse.GetValue(protocol));
            if (rows.Length == 0 && parse.GetValue(protocol) is { } named) ProtocolCatalogue.Find(named);
            if (rows.Length > 0 || !await OthersAsync(session.Client, id, parse.GetValue(corpus), form, ct)) Leaderboard.Print(rows, form);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Says for people which corpora there are where one was asked for that is not among them; false where that is no answer.</summary>
    private static async Task<bool> OthersAsync(SiloClient client, string? experiment, string? corpus, string format, CancellationToken ct)
    {
        if (corpus is null || format != "text") return false;
        var known = await client.LeaderboardCorporaAsync(experiment, ct);
        if (known.Length == 0 || known.Contains(corpus)) return false;
        Console.Out.WriteLine($"no results of {corpus}{Nearest.Hint(corpus, known)}; there are results of {string.Join(", ", known)}");
        return true;
    }
}
