using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Synthesis;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data synth</c>: the demo corpus, spoken by espeak-ng.</summary>
internal static class DataSynthVerb
{
    public static Command Create()
    {
        var command = new Command("synth", "Make the synthetic demo corpus with espeak-ng, in 'synthetic' below the data folder");
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var data = Root(settings);
            var made = Make(settings, data, ct);
            var folder = Folder(data);
            if (settings.Json) Printer.Json(new { folder, made, utterances = SynthCorpus.Count, synthetic = true });
            else Console.Out.WriteLine($"{Settings.Shown(folder)}: {SynthCorpus.Count} utterances of synthetic speech{(made ? "" : ", there already")}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>The data folder, or one in the home where none is named.</summary>
    public static string Root(Settings settings) => settings.Data.Length > 0 ? settings.Data : Path.Combine(settings.Home, "data");

    /// <returns>False where it was complete already.</returns>
    /// <exception cref="InputException">espeak-ng is missing or failed.</exception>
    public static bool Make(Settings settings, string data, CancellationToken ct) =>
        Printer.WithBar("speaking the synthetic corpus", settings.Json, bar => SynthCorpus.Make(Folder(data), bar, ct));

    private static string Folder(string data) => Path.Combine(data, "synthetic");
}
