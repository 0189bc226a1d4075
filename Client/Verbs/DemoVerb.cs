using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora.Synthesis;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v demo</c>: a small synthetic corpus, a grid on it, the leaderboard.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var command = new Command("demo", "Make a small synthetic corpus, run a grid on it, print the leaderboard");
        var slots = new SlotOptions(command, fewest: 1);
        command.SetAction(async (parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var data = DataSynthVerb.Root(settings);
            if (DataSynthVerb.Make(settings, data, ct))
                Printer.Notes(settings.Json).WriteLine($"made {SynthCorpus.Count} utterances of synthetic speech with espeak-ng");
            using var grid = new StreamReader(typeof(DemoVerb).Assembly.GetManifestResourceStream("demo.yaml")!);
            return await RunVerb.RunAsync(settings, new SubmitRequest(await grid.ReadToEndAsync(ct), "demo.yaml", data), await slots.ReadAsync(parse, ct), ct);
        });
        return command;
    }
}
