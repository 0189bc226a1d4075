using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data list [CORPUS]</c>: the known corpora, how much of each is there, and how it differs from the paper.</summary>
internal static class DataListVerb
{
    public static Command Create()
    {
        var name = new Argument<string?>("CORPUS") { Description = "One of them, with all that is known of it", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "List the known corpora and how much of each is there") { name };
        command.SetAction(parse =>
        {
            var settings = CommonOptions.Read(parse);
            ICorpus[] corpora = parse.GetValue(name) is { } one ? [CorpusCatalogue.Find(one)] : [.. CorpusCatalogue.All];
            var data = settings.Data.Length > 0 ? settings.Data : null;
            var rows = corpora.Select(c => (Corpus: c, Survey: data is null ? null : c.Survey(data))).ToArray();
            if (settings.Json) Printer.Json(rows.Select(r => Summary(r.Corpus, r.Survey)));
            else if (parse.GetValue(name) is not null) Print(rows[0].Corpus, rows[0].Survey);
            else Print(rows);
            if (data is null && !settings.Json) Console.Out.WriteLine("no data folder is named (--data or E2V_DATA)");
            return ExitCode.Done;
        });
        return command;
    }

    private static object Summary(ICorpus corpus, CorpusSurvey? survey) => new
    {
        corpus.Name, corpus.Card.Title, corpus.Card.Language, corpus.Card.Source, corpus.Card.Licence, corpus.Card.Request, corpus.Card.Layout,
        corpus.Card.Utterances, corpus.Card.Speakers, Classes = corpus.Card.Published.Select(c => new { c.Label, c.Utterances }), corpus.Card.Protocols, corpus.Card.Notes,
        corpus.Card.Paper, corpus.Card.EmoBox, DiffersFromPaper = corpus.Card.DifferencesFromPaper(survey?.Found),
        survey?.Folder, survey?.State, survey?.Found, survey?.Expected, survey?.Differences,
    };

    private static void Print((ICorpus Corpus, CorpusSurvey? Survey)[] rows)
    {
        var table = new PlainTable("corpus", "state", "utterances", "speakers", "classes", "language", "source", "differs from the paper").Right(2, 3, 4);
        foreach (var (corpus, survey) in rows)
        {
            var card = corpus.Card;
            table.Add(corpus.Name, survey?.Text ?? "–", Number(card.Utterances), card.Speakers == 0 ? "–" : Number(card.Speakers), $"{card.Published.Length}",
                card.Language, card.Source, string.Join("; ", card.DifferencesFromPaper(survey?.Found > 0 ? survey.Found : null)));
        }
        Console.Out.Write(table.Render());
        foreach (var (corpus, survey) in rows.Where(r => r.Survey is not null && r.Survey.State is not (CorpusState.Absent or CorpusState.Complete)))
            foreach (var difference in survey!.Differences) Console.Out.WriteLine($"{corpus.Name}: {Tail(corpus, difference)}");
    }

    private static void Print(ICorpus corpus, CorpusSurvey? survey)
    {
        var card = corpus.Card;
        Console.Out.WriteLine($"{corpus.Name}: {card.Title}");
        Line("state", survey is null ? null : survey.Text + (survey.Folder is null ? "" : $", {Settings.Shown(survey.Folder)}"));
        foreach (var difference in survey?.Differences ?? []) Line("", Tail(corpus, difference));
        Line("language", card.Language);
        Line("source", card.Source);
        Line("licence", card.Licence);
        Line("ask", card.Request);
        Line("layout", card.Layout);
        Line("classes", string.Join(", ", card.Published.Select(c => c.Utterances is null ? c.Label : $"{c.Label} {c.Utterances}")));
        Line("published", $"{Number(card.Utterances)} utterances, {(card.Speakers == 0 ? "speakers not told apart" : $"{Number(card.Speakers)} speakers")}");
        if (card.Paper is { } paper)
            Line("paper", string.Create(CultureInfo.InvariantCulture, $"{paper.Utterances} utterances, {paper.Speakers} speakers, {paper.Emotions} emotions, {paper.Hours:0.0} hours"));
        if (card.EmoBox is { } emobox) Line("emobox", $"{emobox.Dataset}: {emobox.Utterances} utterances, {Counted.Of(emobox.Folds, "fold")}");
        Line("protocols", string.Join(", ", card.Protocols));
        foreach (var note in card.Notes) Line("note", note);

        static void Line(string what, string? text)
        {
            if (text is not null) Console.Out.WriteLine($"  {what,-10} {text}");
        }
    }

    // Messages begin with the corpus where they stand alone.
    private static string Tail(ICorpus corpus, string message) =>
        message.StartsWith(corpus.Name + ": ", StringComparison.Ordinal) ? message[(corpus.Name.Length + 2)..] : message;

    private static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "?";
}
