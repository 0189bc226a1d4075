using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data …</c>: corpora, without a silo.</summary>
internal static class DataVerb
{
    public static Command Create() => new("data", "Corpora: list, scan, verify, synthesize")
    {
        List(), DataScanVerb.Create(), DataVerifyVerb.Create(), DataSynthVerb.Create(),
    };

    /// <summary>Scans a corpus by name or manifest path with a bar on a terminal; hashes go to the index of the home.</summary>
    /// <param name="labels">Whether every utterance of a manifest must have a label.</param>
    public static Manifest Scan(Settings settings, string nameOrPath, CancellationToken ct, bool labels = true)
    {
        var index = new AudioIndex(new HomeFolder(settings.Home).AudioIndex);
        var data = settings.Data.Length > 0 ? settings.Data : null;
        return Printer.WithBar($"reading {nameOrPath}", settings.Json, progress => CorpusCatalogue.Scan(nameOrPath, data, index, progress, ct, labels: labels));
    }

    private static Command List()
    {
        var command = new Command("list", "List the known corpora and where they are");
        command.SetAction(parse =>
        {
            var settings = CommonOptions.Read(parse);
            var known = CorpusCatalogue.All.Select(c => new
            {
                c.Name, c.Title, Utterances = c.Published.Sum(p => p.Utterances), c.Speakers, Classes = c.Published.Select(p => p.Label),
                Folder = settings.Data.Length > 0 ? c.Find(settings.Data) : null,
            }).ToArray();
            if (settings.Json)
            {
                Printer.Json(known);
                return ExitCode.Done;
            }
            var table = new PlainTable("corpus", "utterances", "speakers", "classes", "folder", "").Right(1, 2, 3);
            foreach (var c in known)
                table.Add(c.Name, $"{c.Utterances}", $"{c.Speakers}", $"{c.Classes.Count()}", c.Folder is null ? "–" : Settings.Shown(c.Folder), c.Title);
            Console.Out.Write(table.Render());
            if (settings.Data.Length == 0) Console.Out.WriteLine("no data folder is named (--data or E2V_DATA)");
            return ExitCode.Done;
        });
        return command;
    }
}
