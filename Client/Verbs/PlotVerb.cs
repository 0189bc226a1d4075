using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v plot</c>: the figures of the pages as files, SVG or PNG.</summary>
internal static class PlotVerb
{
    private const string Converter = "rsvg-convert";

    public static Command Create()
    {
        var command = new Command("plot", "Write a figure as SVG or PNG: curves, confusion, leaderboard, umap");
        command.Subcommands.Add(OfJob("curves", "Curves of a fold or of a pre-training, e.g. e2v plot curves 3fa9c1 --out curves.svg"));
        command.Subcommands.Add(OfJob("confusion", "Confusion matrix of a fold, e.g. e2v plot confusion 3fa9c1 --out confusion.png"));
        command.Subcommands.Add(Leaderboard());
        command.Subcommands.Add(Projection());
        return command;
    }

    private static Command OfJob(string name, string description)
    {
        var key = new Argument<string>("KEY") { Description = "Job key or its beginning" };
        var (file, command) = (Out(name), new Command(name, description) { key });
        command.Options.Add(file);
        command.SetAction((parse, ct) => WriteAsync(parse, file, name, _ => Task.FromResult($"api/figures/{name}?job={Uri.EscapeDataString(parse.GetRequiredValue(key))}"), ct));
        return command;
    }

    private static Command Leaderboard()
    {
        var experiment = new Option<string?>("--experiment") { Description = "Only this experiment: id, its beginning, or name", HelpName = "ID" };
        var corpus = new Option<string?>("--corpus") { Description = "Only this corpus", HelpName = "NAME" };
        var protocol = new Option<string?>("--protocol") { Description = "Only this protocol", HelpName = "NAME" };
        var file = Out("leaderboard");
        var command = new Command("leaderboard", "WA with intervals, e.g. e2v plot leaderboard --corpus emodb --out emodb.svg") { experiment, corpus, protocol, file };
        command.SetAction((parse, ct) => WriteAsync(parse, file, "leaderboard", async client => SiloClient.Path("api/figures/leaderboard",
            ("experiment", parse.GetValue(experiment) is { } text ? (await Experiments.ResolveAsync(client, text, ct)).Id : null),
            ("corpus", parse.GetValue(corpus)), ("protocol", parse.GetValue(protocol))), ct));
        return command;
    }

    private static Command Projection()
    {
        var corpus = new Option<string?>("--corpus") { Description = "The corpus (default: the first with features)", HelpName = "NAME" };
        var upstream = new Option<string?>("--upstream") { Description = "Whose features (default: the first of the corpus)", HelpName = "NAME" };
        var fold = new Option<string?>("--fold") { Description = "Not features, but what the head of a fold makes of its test part: job key or its beginning", HelpName = "KEY" };
        var colour = new Option<string?>("--colour") { Description = "emotion, arousal or speaker", HelpName = "NAME" };
        colour.CompletionSources.Add("emotion", "arousal", "speaker");
        var file = Out("umap");
        var command = new Command("umap", "Features in two dimensions, e.g. e2v plot umap --corpus emodb --upstream mfcc --colour speaker") { corpus, upstream, fold, colour, file };
        command.SetAction((parse, ct) => WriteAsync(parse, file, "umap", _ => Task.FromResult(SiloClient.Path("api/figures/umap",
            ("corpus", parse.GetValue(corpus)), ("upstream", parse.GetValue(upstream)), ("fold", parse.GetValue(fold)), ("colour", parse.GetValue(colour)))), ct));
        return command;
    }

    private static Option<string?> Out(string name)
    {
        var option = new Option<string?>("--out") { Description = $"File to write: .svg or .png (default: {name}.svg)", HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Path.GetExtension(text).ToLowerInvariant() is not (".svg" or ".png")) result.AddError($"--out: '{text}' ends in neither .svg nor .png");
        });
        return option;
    }

    private static async Task<int> WriteAsync(ParseResult parse, Option<string?> file, string name, Func<SiloClient, Task<string>> address, CancellationToken ct)
    {
        var settings = CommonOptions.Read(parse);
        var path = Path.GetFullPath(parse.GetValue(file) ?? name + ".svg");
        await using var session = await SiloSession.ForQuestionsAsync(settings, ct);
        var svg = await session.Client.TextAsync(await address(session.Client), ct);
        try
        {
            if (Path.GetExtension(path).ToLowerInvariant() == ".svg") await File.WriteAllTextAsync(path, svg, ct);
            else await PngAsync(svg, path, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Settings.Shown(path)}: cannot be written: {e.Message}", e);
        }
        if (settings.Json) Printer.Json(new { File = path });
        else Console.Out.WriteLine(Settings.Shown(path));
        return ExitCode.Done;
    }

    private static async Task PngAsync(string svg, string path, CancellationToken ct)
    {
        Process converter;
        try
        {
            // Twice the size: sharp in print.
            converter = Process.Start(new ProcessStartInfo(Converter, ["--zoom", "2", "--output", path]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw new InputException($"PNG needs {Converter}: apt-get install librsvg2-bin, or name a file that ends in .svg", e);
        }
        using (converter)
        {
            var errors = converter.StandardError.ReadToEndAsync(ct);
            await converter.StandardInput.WriteAsync(svg.AsMemory(), ct);
            converter.StandardInput.Close();
            await converter.WaitForExitAsync(ct);
            if (converter.ExitCode != 0) throw new WorkFailedException($"{Converter} ended with status {converter.ExitCode}: {await errors}");
        }
    }
}
