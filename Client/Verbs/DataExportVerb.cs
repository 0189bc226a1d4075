using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data export CORPUS --format emobox --out DIR [--protocol P]</c>: a corpus and its folds for other tools.</summary>
internal static class DataExportVerb
{
    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Name of a known corpus, or a manifest (.csv, .jsonl)" };
        var format = new Option<string>("--format") { Description = "emobox", HelpName = "FORMAT", DefaultValueFactory = _ => "emobox" };
        var target = new Option<string>("--out") { Description = "Folder in which the corpus gets a folder", HelpName = "DIR", Required = true };
        var protocol = new Option<string?>("--protocol") { Description = "Write its folds too", HelpName = "PROTOCOL" };
        var command = new Command("export", "Write a corpus and its folds in the format of another tool") { corpus, format, target, protocol };
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            if (parse.GetRequiredValue(format) is var name && name != "emobox") throw new InputException($"data export: unknown format '{name}'{Nearest.Hint(name, ["emobox"])}; there is emobox");
            var rule = parse.GetValue(protocol) is { } p ? ProtocolCatalogue.Find(p) : null;
            var into = OutputPath.Folder(parse.GetRequiredValue(target));
            var manifest = DataVerb.Scan(settings, parse.GetRequiredValue(corpus), ct);
            var data = settings.Data.Length > 0 ? settings.Data : null;
            var folds = rule?.Split(manifest, data);
            var audio = new AudioIndex(new HomeFolder(settings.Home).AudioIndex).Describe([.. manifest.Utterances.Select(u => new AudioStretch(u.Path, u.Start, u.End))], null, ct);
            var folder = EmoBoxExport.Write(manifest, folds, audio, data, into);
            var unlabelled = manifest.LabelIndices.Count(l => l < 0);
            if (settings.Json) Printer.Json(new { folder, utterances = manifest.Utterances.Length - unlabelled, unlabelled, folds = folds?.Folds.Length ?? 0 });
            else
            {
                Console.Out.WriteLine($"{Settings.Shown(folder)}: {Counted.Of(manifest.Utterances.Length - unlabelled, "utterance")}"
                    + (folds is null ? "" : $", {Counted.Of(folds.Folds.Length, "fold")} of {folds.Protocol}")
                    + (unlabelled > 0 ? $"; {unlabelled} without label were left out" : ""));
            }
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
