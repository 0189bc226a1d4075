using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data scan CORPUS</c>: read a corpus and say what is in it.</summary>
internal static class DataScanVerb
{
    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Name of a known corpus, or a manifest (.csv, .jsonl)" };
        var command = new Command("scan", "Read a corpus and say what is in it") { corpus };
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var manifest = DataVerb.Scan(settings, parse.GetRequiredValue(corpus), ct);
            if (settings.Json) Printer.Json(Summary(manifest));
            else Print(manifest);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    public static object Summary(Manifest m) => new
    {
        m.Corpus, m.Hash, m.Synthetic, utterances = m.Utterances.Length, speakers = Speakers(m), seconds = Seconds(m),
        classes = m.Classes.Select((name, i) => new { name, utterances = m.LabelIndices.Count(l => l == i) }), m.Warnings,
    };

    public static void Print(Manifest m)
    {
        var classes = m.Classes.Select((name, i) => $"{name} {m.LabelIndices.Count(l => l == i)}");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{m.Corpus}{(m.Synthetic ? " (synthetic speech)" : "")}: {Counted.Of(m.Utterances.Length, "utterance")}, {Counted.Of(Speakers(m), "speaker")}, {Say.Duration(Seconds(m), days: false)}"));
        Console.Out.WriteLine($"  classes   {string.Join(", ", classes)}");
        Console.Out.WriteLine($"  manifest  {m.Hash}");
        foreach (var warning in m.Warnings) Console.Out.WriteLine($"  warning   {warning}");
    }

    private static int Speakers(Manifest m) => m.Utterances.Select(u => u.Speaker).OfType<string>().Distinct().Count();

    private static double Seconds(Manifest m) => m.Utterances.Sum(u => u.Seconds);
}
