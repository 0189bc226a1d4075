using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v checkpoint convert FILE OUT</c>: another format, precision or naming.</summary>
internal static class CheckpointConvertVerb
{
    private static readonly Dictionary<string, ElementType> Types = new(StringComparer.Ordinal)
    {
        ["fp32"] = ElementType.Float32, ["fp16"] = ElementType.Float16, ["bf16"] = ElementType.BFloat16,
    };

    public static Command Create()
    {
        var input = new Argument<string>("FILE") { Description = "Checkpoint to read" };
        var output = new Argument<string>("OUT") { Description = "File to write: .safetensors or .pt" };
        var type = new Option<string?>("--dtype") { Description = "Precision of real numbers: fp32, fp16 or bf16 (default: as they are)", HelpName = "TYPE" };
        var names = new Option<string>("--names") { Description = "Whose names: keep, fairseq or hf (which has no teacher)", HelpName = "WHOSE", DefaultValueFactory = _ => "keep" };
        var prefix = new Option<string>("--prefix") { Description = "Put before every name", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var noTeacher = new Option<bool>("--no-teacher") { Description = "Leave out the averaged teacher" };
        var modelOnly = new Option<bool>("--model-only") { Description = "Leave out teacher, optimizer and training state" };
        var command = new Command("convert", "Write a checkpoint in another format, precision or naming") { input, output, type, names, prefix, noTeacher, modelOnly };
        command.SetAction(parse =>
        {
            var target = OutputPath.File(parse.GetRequiredValue(output));
            Action<string, CheckpointContents> write = Path.GetExtension(target) switch
            {
                ".safetensors" => SafetensorsWriter.Write,
                ".pt" or ".bin" => TorchWriter.Write,
                var other => throw new InputException($"checkpoint convert: '{other}' of {parse.GetRequiredValue(output)} is neither .safetensors nor .pt"),
            };
            var precision = Precision(parse.GetValue(type));
            if (Path.GetFullPath(parse.GetRequiredValue(input)) == target) throw new InputException($"checkpoint convert: {parse.GetRequiredValue(output)} is the file to read; name another one to write");
            using var file = CheckpointFile.Open(parse.GetRequiredValue(input));
            var bare = parse.GetValue(modelOnly);
            var model = Named(file, parse.GetValue(names)!).Select(t => t.Renamed(parse.GetValue(prefix) + t.Name));
            write(target, new CheckpointContents
            {
                Model = Cast(model), Ema = bare || parse.GetValue(noTeacher) || parse.GetValue(names) == "hf" ? [] : Cast(file.Ema), Other = bare ? [] : file.Other,
                Config = file.Config, Extra = bare ? [] : file.Extra,
            });
            var size = new FileInfo(target).Length;
            if (parse.GetValue(CommonOptions.Json)) Printer.Json(new { file = target, tensors = file.Tensors.Length, bytes = size });
            else Console.Out.WriteLine($"{Settings.Shown(target)}: {file.Tensors.Length} tensors, {size.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} bytes");
            return ExitCode.Done;

            CheckpointTensor[] Cast(IEnumerable<CheckpointTensor> tensors) => [.. precision is { } p ? tensors.Select(t => t.As(p)) : tensors];
        });
        return command;
    }

    private static ElementType? Precision(string? name) => name is null ? null : Types.TryGetValue(name, out var type)
        ? type
        : throw new InputException($"checkpoint convert: --dtype '{name}' is unknown{Nearest.Hint(name, Types.Keys)}; there are {string.Join(", ", Types.Keys)}");

    private static IEnumerable<CheckpointTensor> Named(CheckpointFile file, string names) => names switch
    {
        "keep" => file.Tensors,
        "fairseq" => StateDictNames.ToFairseq(file.Path, file.Tensors),
        "hf" => StateDictNames.ToHuggingFace(file.Path, file.Tensors),
        _ => throw new InputException($"checkpoint convert: --names '{names}' is unknown; there are keep, fairseq, hf"),
    };
}
