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
        if (spec.Turns is null != usual.Turns is null) throw new InputException($"head {spec.Name}: turns {(usual.Turns is null ? "is no hyper-parameter of it" : "is missing")}");
        AtLeastOne(spec.Turns ?? 1, "turns");
        if (!(spec.ClipNorm >= 0)) throw new InputException($"head {spec.Name}: clipNorm is {spec.ClipNorm}, but must not be negative");

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
        _ => throw new ArgumentException($"unknown head {spec.Name}", nameof(spec)),
    };
}
