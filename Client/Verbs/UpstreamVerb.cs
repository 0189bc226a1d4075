using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v upstream list|show|verify</c>: what features can be made of, and whose weights are there.</summary>
internal static class UpstreamVerb
{
    public static Command Create() => new("upstream", "Upstreams: list, show, verify") { List(), Show(), Verify() };

    private static Command List()
    {
        var command = new Command("list", "List the upstreams, and whose weights are there");
        command.SetAction(parse =>
        {
            var settings = CommonOptions.Read(parse);
            var checks = UpstreamCatalogue.All.Select(u => WeightsCheck.Of(u, Data(settings))).ToArray();
            if (settings.Json) Printer.Json(checks.Select(Summary));
            else Print(checks, settings);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "An upstream" };
        var command = new Command("show", "All that is known of one: paper, licence, where its weights are published and what is in the file") { name };
        command.SetAction(parse =>
        {
            var settings = CommonOptions.Read(parse);
            var check = WeightsCheck.Of(UpstreamCatalogue.Find(parse.GetRequiredValue(name)), Data(settings));
            if (settings.Json) Printer.Json(Summary(check));
            else Print(check, settings);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var names = new Argument<string[]>("NAME") { Description = "Upstreams (default: all whose weights are there)", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("verify", "Compare names, shapes and data of the weights with what was published; exit 1 where they differ") { names };
        command.SetAction(parse =>
        {
            var settings = CommonOptions.Read(parse);
            var asked = parse.GetValue(names) ?? [];
            Upstream[] upstreams = asked.Length > 0 ? [.. asked.Select(n => UpstreamCatalogue.Find(n))] : [.. UpstreamCatalogue.All];
            var checks = upstreams.Select(u => WeightsCheck.Of(u, Data(settings), data: true)).Where(c => asked.Length > 0 || c.State is WeightsState.Found or WeightsState.Wrong).ToArray();
            if (settings.Json) Printer.Json(checks.Select(Summary));
            foreach (var check in settings.Json ? [] : checks) Console.Out.WriteLine($"{check.Upstream.Name}: {Text(check)}{(check.Path is null ? "" : $", {Settings.Shown(check.Path)}")}");
            if (checks.Length == 0 && !settings.Json) Console.Out.WriteLine($"no weights are there{(Data(settings) is null ? ": no data folder is named (--data or E2V_DATA)" : "")}");
            // What was asked for by name must be there.
            return checks.Any(c => c.State == WeightsState.Wrong || c.State == WeightsState.Absent && asked.Length > 0) ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    /// <exception cref="InputException">The folder that is named is not there.</exception>
    private static string? Data(Settings settings) => settings.Data.Length == 0 ? null
        : Directory.Exists(settings.Data) ? settings.Data : throw new InputException($"no such data folder: {settings.Data}");

    private static object Summary(WeightsCheck check) => new
    {
        check.Upstream.Name, Kind = check.Upstream.Kind.ToString().ToLowerInvariant(), check.Upstream.Paper, check.Upstream.Parameters, check.Upstream.Dimension, check.Upstream.Layers, check.Upstream.FrameRate,
        check.Upstream.UtteranceTokens, check.Upstream.Weights, State = check.State.ToString().ToLowerInvariant(), check.Path, check.Faults,
    };

    private static void Print(WeightsCheck[] checks, Settings settings)
    {
        var table = new PlainTable("upstream", "weights", "parameters", "values", "layers", "frames/s", "licence", "paper").Right(2, 3, 4, 5);
        foreach (var check in checks)
        {
            var u = check.Upstream;
            table.Add(u.Name, check.State == WeightsState.Wrong ? "wrong" : Text(check), u.Parameters == 0 ? "–" : Millions(u.Parameters), u.Dimension == 0 ? "–" : $"{u.Dimension}", $"{u.Layers}", u.FrameRate == 0 ? "–" : Number(u.FrameRate), u.Weights?.Licence ?? "–", u.Paper);
        }
        Console.Out.Write(table.Render());
        foreach (var check in checks.Where(c => c.State == WeightsState.Wrong)) Console.Out.WriteLine($"{check.Upstream.Name}: {Text(check)}, {Settings.Shown(check.Path!)}");
        if (Data(settings) is null) Console.Out.WriteLine("no data folder is named (--data or E2V_DATA)");
    }

    private static void Print(WeightsCheck check, Settings settings)
    {
        var u = check.Upstream;
        Console.Out.WriteLine($"{u.Name}: {u.Paper}");
        if (u.Kind == UpstreamKind.Imported)
        {
            Line("features", "as the files have them, one or more rows an utterance");
            Line("goes to", Settings.Shown(Path.Combine(ModelFiles.Folder(u.Name, Data(settings)), "CORPUS.npy")) + ", .emo and .lengths (docs/TASKS.md)");
            Line("state", Text(check));
            return;
        }
        Line("features", $"{u.Dimension} values, {Number(u.FrameRate)} frames a second, {(u.Layers == 1 ? "1 layer" : $"layers 0 to {u.Layers}")}{(u.UtteranceTokens > 0 ? $", {u.UtteranceTokens} utterance tokens" : "")}");
        if (u.Weights is not { } weights) return;
        var published = Architectures.Find(u.Shapes ?? u.Name);
        var (first, last) = (published.Tensors[0], published.Tensors[^1]);
        Line("parameters", u.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        Line("licence", weights.Licence);
        Line("published", $"{weights.File}, {weights.Address}");
        if (weights.HuggingFace is { } other) Line("or", $"{other.Repository} (Hugging Face's names), model.safetensors or pytorch_model.bin; licence there: {other.Licence}");
        Line("holds", $"{published.Tensors.Length} tensors under '{weights.Key}', from {first.Name} to {last.Name}");
        Line("waveform", weights.Input);
        Line("goes to", Settings.Shown(ModelFiles.Expected(u.Name, Data(settings))) + " (or .safetensors, .bin)");
        Line("state", Text(check));
    }

    private static void Line(string what, string text) => Console.Out.WriteLine($"  {what,-10}  {text}");

    private static string Text(WeightsCheck check) => check.State switch
    {
        WeightsState.NotNeeded => "needs none",
        WeightsState.Absent => "absent",
        WeightsState.Found => "found",
        // Which file it is stands beside.
        _ => $"wrong: {string.Join("; ", check.Faults.Select(f => f.StartsWith(check.Path + ": ", StringComparison.Ordinal) ? f[(check.Path!.Length + 2)..] : f))}",
    };

    private static string Millions(long n) => (n / 1e6).ToString("0.00 M", CultureInfo.InvariantCulture);

    private static string Number(double n) => n.ToString("0.##", CultureInfo.InvariantCulture);
}
