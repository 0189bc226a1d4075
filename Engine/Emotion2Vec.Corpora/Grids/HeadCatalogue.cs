using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>The downstream heads a grid can name, with the recipe each has by default; the engine trains them.</summary>
public static partial class HeadCatalogue
{
    /// <summary>
    /// All heads: <c>linear</c> is the linear head of emotion2vec's IEMOCAP experiments; <c>superb</c> is SUPERB's emotion
    /// classifier with its optimiser (its batches of 4, accumulated over 8, are one batch of 32 here); <c>gru</c> is the paper's head for
    /// sequences; <c>conversation</c> predicts a speaker's coming emotion from the turns before (docs/TASKS.md, where their recipes come from);
    /// <c>timnet</c> is the specialist of Ye et al., 2023 (docs/TASKS.md).
    /// </summary>
    public static ImmutableArray<HeadSpec> All { get; } =
    [
        new("linear"),
        new("superb", Optimizer: "adam", Batch: 32, LearningRate: 1e-4, ClipNorm: 1),
        new("gru", Optimizer: "adam", Epochs: 30, Batch: 32, LearningRate: 1e-3, ClipNorm: 1),
        new("conversation", Optimizer: "adam", Hidden: 128, Epochs: 50, Batch: 64, LearningRate: 1e-3, ClipNorm: 1, Turns: 6),
        new("timnet", Optimizer: "adam", Hidden: 39, Epochs: 100, Batch: 64, LearningRate: 1e-3, Blocks: 8, Dropout: 0.1, LabelSmoothing: 0.1),
    ];

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. All.Select(h => h.Name)];

    /// <summary>Whether a head weighs the layers of a model, and so wants all of them.</summary>
    public static bool WeighsLayers(HeadSpec head) => head.Name == "superb";

    /// <summary>Whether the layers that an upstream is told to have are some that the head can weigh.</summary>
    /// <exception cref="InputException">One layer is left: <c>last</c>, <c>mean4</c> or a number.</exception>
    public static void Check(HeadSpec head, GridUpstream upstream)
    {
        if (WeighsLayers(head) && upstream.Layers is { } rule and not FeatureRules.All)
            throw new InputException($"{head.Name} weighs the layers of a model; 'layers: {rule}' leaves one of {upstream.Name} (leave 'layers' out, or say '{FeatureRules.All}')");
    }

    /// <summary>Names of optimisers.</summary>
    public static ImmutableArray<string> Optimizers { get; } = ["rmsprop", "adam"];

    /// <summary>Most temporal-aware blocks of <c>timnet</c>: the last then looks back 32,768 frames.</summary>
    public const int MostBlocks = 16;

    /// <summary>A head with its defaults.</summary>
    /// <exception cref="InputException">No head has this name.</exception>
    public static HeadSpec Find(string name) => All.FirstOrDefault(h => h.Name == name)
        ?? throw new InputException($"unknown head '{name}'{Nearest.Hint(name, Names)}; there are {string.Join(", ", Names)}");

    /// <summary>A head in a table: its name, and what differs from its defaults: <c>linear (epochs 50, learning_rate 0.001)</c>.</summary>
    public static string Describe(HeadSpec head)
    {
        var usual = All.FirstOrDefault(h => h.Name == head.Name) ?? new HeadSpec(head.Name);
        var different = Fields
            .Select(f => (f.Key, Value: f.Value.GetValue(head), Usual: f.Value.GetValue(usual)))
            .Where(f => !Equals(f.Value, f.Usual))
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key} {f.Value}")).ToArray();
        return different.Length == 0 ? head.Name : $"{head.Name} ({string.Join(", ", different)})";
    }

    /// <summary>The fields of a head under their names in a grid file (<c>learning_rate</c>), in the order of <see cref="HeadSpec"/>.</summary>
    internal static ImmutableArray<KeyValuePair<string, PropertyInfo>> Fields { get; } =
        [.. typeof(HeadSpec).GetConstructors().OrderByDescending(c => c.GetParameters().Length).First().GetParameters()
            .Select(p => KeyValuePair.Create(WordStart().Replace(p.Name!, "_$0").ToLowerInvariant(), typeof(HeadSpec).GetProperty(p.Name!)!))];

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
