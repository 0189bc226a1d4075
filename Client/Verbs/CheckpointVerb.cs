using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v checkpoint inspect|verify|convert</c>: model files of torch, fairseq, Hugging Face and safetensors.</summary>
internal static class CheckpointVerb
{
    public static Command Create() => new("checkpoint", "Model files: inspect, verify, convert")
    {
        Inspect(), Verify(), CheckpointConvertVerb.Create(),
    };

    private static Argument<string> File() => new("FILE") { Description = "Checkpoint (.pt, .bin, .safetensors, or an index of shards)" };

    private static Command Inspect()
    {
        var path = File();
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor" };
        var command = new Command("inspect", "Say what a checkpoint holds, without loading it") { path, tensors };
        command.SetAction(parse =>
        {
            using var file = CheckpointFile.Open(parse.GetRequiredValue(path));
            var summary = CheckpointSummary.Of(file);
            var all = parse.GetValue(tensors);
            if (parse.GetValue(CommonOptions.Json)) Printer.Json(Description(file, summary, all));
            else Print(file, summary, all);
            return ExitCode.Done;
        });
        return command;
    }

    private static object Description(CheckpointFile file, CheckpointSummary summary, bool tensors) => new
    {
        file = file.Path, format = Name(file.Format), file.Bytes, summary.Family, summary.Architecture, summary.Parameters, summary.FeatureParameters, summary.TeacherParameters,
        settings = file.Config, tensorCount = file.Tensors.Length,
        tensors = tensors ? file.Tensors.Select(Description).ToArray() : null, teacher = tensors ? file.Ema.Select(Description).ToArray() : null,
        other = tensors ? file.Other.Select(Description).ToArray() : null,
    };

    private static object Description(CheckpointTensor t) => new { t.Name, type = t.Type.TorchName(), shape = t.Shape.ToArray() };

    private static void Print(CheckpointFile file, CheckpointSummary summary, bool tensors)
    {
        var types = file.Tensors.GroupBy(t => t.Type).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key.TorchName()}");
        var head = summary.Parameters - summary.FeatureParameters;
        Console.Out.WriteLine(file.Path);
        Line("format", $"{Name(file.Format)}, {Count(file.Bytes)} bytes");
        Line("model", summary.Architecture ?? (summary.Family == "unknown" ? "unknown" : $"{summary.Family}, of no published size"));
        Line("parameters", $"{Count(summary.Parameters)}{(head > 0 ? $"; {Count(summary.FeatureParameters)} without the {Count(head)} that only pre-training uses" : "")}");
        if (file.Ema.Length > 0) Line("teacher", $"{Count(summary.TeacherParameters)} parameters in {file.Ema.Length} tensors, not counted above");
        Line("tensors", $"{file.Tensors.Length}: {string.Join(", ", types)}");
        if (file.Other.Length > 0) Line("beside", $"{file.Other.Length} tensors of training state");
        foreach (var (path, value) in summary.Settings) Line(path == summary.Settings[0].Path ? "settings" : "", $"{path} = {value}");
        if (!tensors) return;
        var table = new PlainTable("tensor", "type", "shape");
        foreach (var t in file.Tensors) table.Add(t.Name, t.Type.TorchName(), t.ShapeText);
        foreach (var t in file.Ema) table.Add($"_ema: {t.Name}", t.Type.TorchName(), t.ShapeText);
        foreach (var t in file.Other) table.Add($"beside: {t.Name}", t.Type.TorchName(), t.ShapeText);
        Console.Out.WriteLine();
        Console.Out.Write(table.Render());
    }

    private static Command Verify()
    {
        var path = File();
        var name = new Option<string?>("--as") { Description = "Published model to compare with (default: the one of its family)", HelpName = "MODEL" };
        var features = new Option<bool>("--features") { Description = "Leave out what only pre-training uses" };
        var command = new Command("verify", "Compare names and shapes with a published model, and the data with its checksums") { path, name, features };
        command.SetAction(parse =>
        {
            using var file = CheckpointFile.Open(parse.GetRequiredValue(path));
            var published = Expected(file, parse.GetValue(name));
            bool Wanted(string tensor) => !parse.GetValue(features) || !Architectures.OnlyForPretraining(tensor);
            var tensors = StateDictNames.ToFairseq(file.Path, file.Tensors).Where(t => Wanted(t.Name)).ToArray();
            var difference = StateDictLoader.Compare(file.Path, tensors, [.. published.Tensors.Where(t => Wanted(t.Name))], MatchRules.Exact, out _);
            file.CheckData();
            var wild = NotFinite(file);
            var good = difference.None && wild.Length == 0;
            // Files for features often lack the heads of pre-training.
            var whole = !good && wild.Length == 0 && difference is { Unexpected.IsEmpty: true, WrongShape.IsEmpty: true } && difference.Missing.All(Architectures.OnlyForPretraining);
            if (parse.GetValue(CommonOptions.Json))
            {
                Printer.Json(new { file = file.Path, model = published.Name, ok = good, features = good || whole, difference.Missing, difference.Unexpected, difference.WrongShape, notFinite = wild });
                return good ? ExitCode.Done : ExitCode.Failed;
            }
            foreach (var tensor in difference.Missing) Console.Out.WriteLine($"  missing      {tensor}");
            foreach (var tensor in difference.WrongShape) Console.Out.WriteLine($"  wrong shape  {tensor}");
            foreach (var tensor in difference.Unexpected) Console.Out.WriteLine($"  unexpected   {tensor}");
            foreach (var tensor in wild) Console.Out.WriteLine($"  not finite   {tensor}");
            Console.Out.WriteLine(good ? $"{file.Path}: {published.Name}, all {tensors.Length} tensors as published" : whole ? $"{file.Path}: {published.Name} without what only pre-training uses; --features leaves that out"
                : $"{file.Path}: not {published.Name}");
            return good ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Architecture Expected(CheckpointFile file, string? name)
    {
        if (name is not null) return Architectures.Find(name);
        var (family, published) = Architectures.Detect(file.Path, file.Tensors);
        return published ?? Architectures.All.FirstOrDefault(a => a.Family == family)
            ?? throw new InputException($"{file.Path}: of no known model family; --as names the model to compare with ({string.Join(", ", Architectures.All.Select(a => a.Name))})");
    }

    private static string[] NotFinite(CheckpointFile file) =>
        [.. file.Tensors.Concat(file.Ema).Where(t => t.Type.IsFloat() && t.ToFloats().Any(v => !float.IsFinite(v))).Select(t => t.Name)];

    private static void Line(string name, string value) => Console.Out.WriteLine($"  {name,-10}  {value}");

    private static string Count(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Name(CheckpointFormat format) => format switch
    {
        CheckpointFormat.TorchZip => "torch (zip)",
        CheckpointFormat.TorchLegacy => "torch (before 1.6)",
        CheckpointFormat.Safetensors => "safetensors",
        _ => "index of shards",
    };
}
