using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Engine.Heads;

/// <summary>Makes downstream heads by name.</summary>
public static class HeadFactory
{
    /// <exception cref="InputException">An unknown name, or a number out of range.</exception>
    public static void Check(HeadSpec spec)
    {
        var usual = HeadCatalogue.Find(spec.Name);
        if (!HeadCatalogue.Optimizers.Contains(spec.Optimizer))
            throw new InputException($"unknown optimizer '{spec.Optimizer}'{Nearest.Hint(spec.Optimizer, HeadCatalogue.Optimizers)}; there are {string.Join(", ", HeadCatalogue.Optimizers)}");
        AtLeastOne(spec.Hidden, "hidden");
        AtLeastOne(spec.Epochs, "epochs");
        AtLeastOne(spec.Batch, "batch");
        AtLeastOne(spec.Accumulate, "accumulate");
        if (!(spec.LearningRate > 0 && double.IsFinite(spec.LearningRate))) throw new InputException($"head {spec.Name}: learningRate is {spec.LearningRate}, but must be above 0");
        if (spec.Optimizer == "rmsprop" && !(spec.MaxLearningRate >= spec.LearningRate && double.IsFinite(spec.MaxLearningRate)))
            throw new InputException($"head {spec.Name}: maxLearningRate is {spec.MaxLearningRate}, but must not be below learningRate, {spec.LearningRate}");
        Setting(spec.Turns, usual.Turns, "turns", t => t >= 1, "must be at least 1");
        Setting(spec.Blocks, usual.Blocks, "blocks", b => b is >= 1 and <= HeadCatalogue.MostBlocks, $"must be 1 to {HeadCatalogue.MostBlocks}");
        Setting(spec.Dropout, usual.Dropout, "dropout", p => p is >= 0 and < 1, "must be at least 0 and below 1");
        Setting(spec.LabelSmoothing, usual.LabelSmoothing, "labelSmoothing", p => p is >= 0 and < 1, "must be at least 0 and below 1");
        if (!(spec.ClipNorm >= 0)) throw new InputException($"head {spec.Name}: clipNorm is {spec.ClipNorm}, but must not be negative");

        void Setting<T>(T? value, T? usually, string field, Func<T, bool> allowed, string rule) where T : struct
        {
            if (value is null != usually is null) throw new InputException($"head {spec.Name}: {field} is {(usually is null ? "no hyper-parameter of it" : "missing")}");
            if (value is { } given && !allowed(given)) throw new InputException($"head {spec.Name}: {field} is {given}, but {rule}");
        }

        void AtLeastOne(int value, string field)
        {
            if (value < 1) throw new InputException($"head {spec.Name}: {field} is {value}, but must be at least 1");
        }
    }

    /// <param name="spec">What <see cref="Check"/> accepts.</param>
    /// <param name="frames">Features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="random">Draws the initial weights.</param>
    /// <param name="manifest">The corpus, for heads that look at more than one utterance.</param>
    /// <exception cref="InputException">The corpus lacks what the head needs.</exception>
    internal static Head Create(HeadSpec spec, FrameSource frames, int classes, SplitMix64 random, Manifest? manifest = null) => spec.Name switch
    {
        "linear" => new LinearHead(frames, spec.Hidden, classes, random),
        "superb" => new SuperbHead(frames, spec.Hidden, classes, random),
        "gru" => new GruHead(frames, spec.Hidden, classes, random),
        "conversation" => new ConversationHead(frames, new Dialogues(manifest!), spec.Turns!.Value, spec.Hidden, classes, random),
        "timnet" => new TimNetHead(frames, spec, classes, random),
        _ => throw new ArgumentException($"unknown head {spec.Name}", nameof(spec)),
    };
}
