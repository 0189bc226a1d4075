using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data folds CORPUS [PROTOCOL…]</c>: the folds of a protocol, and what each test part shares with training.</summary>
internal static class DataFoldsVerb
{
    private const int NamedSpeakers = 6;

    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Name of a known corpus, or a manifest (.csv, .jsonl)" };
        var protocols = new Argument<string[]>("PROTOCOL") { Description = $"Protocols: {string.Join(", ", ProtocolCatalogue.Names)}", Arity = ArgumentArity.OneOrMore };
        var command = new Command("folds", "Show the folds of a protocol and what test parts share with training") { corpus, protocols };
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var chosen = parse.GetRequiredValue(protocols).Select(ProtocolCatalogue.Find).ToArray();
            var manifest = DataVerb.Scan(settings, parse.GetRequiredValue(corpus), ct);
            var sets = chosen.Select(p => p.Split(manifest, settings.Data.Length > 0 ? settings.Data : null)).ToArray();
            var reports = sets.Select(set => (Set: set, Overlaps: set.Folds.Select(f => FoldOverlap.Of(manifest, f)).ToArray())).ToArray();
            if (settings.Json)
            {
                Printer.Json(reports.Select(r => new
                {
                    r.Set.Corpus, r.Set.Manifest, r.Set.Protocol, r.Set.Version, r.Set.Hash, r.Set.Badges, r.Set.Warnings,
                    folds = r.Overlaps.Select(o => new
                    {
                        o.Fold, o.Train, o.Validation, o.Test, o.TestSpeakers, o.SharedSpeakers, o.TestTexts, o.SharedTexts, o.TestDialogues, o.SharedDialogues,
                        identicalAudio = o.IdenticalAudio.Select(p => new[] { p.Test, p.Heard }),
                    }),
                }));
                return Task.FromResult(ExitCode.Done);
            }
            foreach (var (set, overlaps) in reports) Print(set, overlaps);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Print(FoldSet set, FoldOverlap[] overlaps)
    {
        Console.Out.WriteLine($"{set.Corpus}, {set.Protocol} (version {set.Version}): {Counted.Of(set.Folds.Length, "fold")}, {string.Join(", ", set.Badges)}");
        var table = new PlainTable("fold", "train", "valid", "test", "speakers shared", "texts shared", "").Right(1, 2, 3, 4, 5);
        foreach (var o in overlaps)
        {
            table.Add(o.Fold, $"{o.Train}", $"{o.Validation}", $"{o.Test}", $"{o.SharedSpeakers.Length} of {o.TestSpeakers.Length}",
                o.TestTexts == 0 ? "–" : $"{o.SharedTexts.Length} of {o.TestTexts}",
                string.Join(", ", o.SharedSpeakers.Take(NamedSpeakers)) + (o.SharedSpeakers.Length > NamedSpeakers ? $" and {o.SharedSpeakers.Length - NamedSpeakers} more" : ""));
        }
        Console.Out.Write(table.Render("  "));
        foreach (var warning in set.Warnings) Console.Out.WriteLine($"  warning  {warning}");
        Console.Out.WriteLine($"  hash     {set.Hash}");
    }
}
