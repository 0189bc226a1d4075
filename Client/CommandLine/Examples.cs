using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>Adds an example to the help of every command.</summary>
internal sealed class Examples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string> ByCommand = new(StringComparer.Ordinal)
    {
        [""] = "demo",
        ["demo"] = "demo",
        ["data"] = "data list emodb --data data",
        ["data list"] = "data list emodb --data data",
        ["data scan"] = "data scan my-corpus.csv",
        ["data verify"] = "data verify emodb urdu --data data",
        ["data folds"] = "data folds emodb leave-one-speaker-out --data data",
        ["data export"] = "data export emodb --format emobox --out folds --protocol random10 --data data",
        ["data synth"] = "data synth --data data",
        ["upstream"] = "upstream list --data data",
        ["upstream list"] = "upstream list --data data",
        ["upstream show"] = "upstream show emotion2vec_base",
        ["upstream verify"] = "upstream verify emotion2vec_base --data data",
        ["run"] = "run experiments/open-corpora.yaml --data data",
        ["silo"] = "silo --listen http://127.0.0.1:5005 --slots 2",
        ["submit"] = "submit experiments/open-corpora.yaml --data data --dry-run",
        ["watch"] = "watch open-corpora",
        ["status"] = "status open-corpora",
        ["cancel"] = "cancel open-corpora",
        ["retry"] = "retry open-corpora",
        ["why"] = "why 3fa9c1",
        ["leaderboard"] = "leaderboard --corpus emodb --format latex",
        ["compare"] = "compare mfcc fbank --corpus emodb --protocol leave-one-speaker-out",
        ["plot"] = "plot leaderboard --corpus emodb --out emodb.png",
        ["plot curves"] = "plot curves 3fa9c1 --out curves.svg",
        ["plot confusion"] = "plot confusion 3fa9c1 --out confusion.png",
        ["plot leaderboard"] = "plot leaderboard --corpus emodb --out emodb.png",
        ["plot umap"] = "plot umap --corpus emodb --upstream mfcc --colour speaker",
        ["pretrain"] = "pretrain experiments/pretrain-mini.yaml --data data --steps 100",
        ["probe"] = "probe --corpus emodb --upstream mfcc --protocol random10 --fold 1 --seed 1 --data data",
        ["extract"] = "extract --corpus emodb --upstream mfcc --out features --data data",
        ["checkpoint"] = "checkpoint inspect emotion2vec_base.pt",
        ["checkpoint inspect"] = "checkpoint inspect emotion2vec_base.pt",
        ["checkpoint verify"] = "checkpoint verify emotion2vec_base.pt",
        ["checkpoint convert"] = "checkpoint convert emotion2vec_base.pt emotion2vec_base.safetensors",
        ["completion"] = "completion bash > ~/.local/share/bash-completion/completions/e2v",
        ["test"] = "test PlotTests",
    };

    /// <summary>Puts the examples behind a root command's help.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            if (option.Action is HelpAction help) option.Action = new Examples(help);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var status = help.Invoke(parseResult);
        if (ByCommand.TryGetValue(Name(parseResult.CommandResult), out var example))
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  ./e2v {example}\n");
        return status;
    }

    private static string Name(CommandResult command) => command.Parent is not CommandResult parent ? ""
        : $"{Name(parent)} {command.Command.Name}".Trim();
}
